// Package mapigate_test holds the rules of the whole house.
package mapigate_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mapigate/mapigate/"

// mayImport says which rooms a room may import; a room's own sub-rooms are
// always allowed. The longest matching room decides. What is not listed here
// is refused, so that a new room is drawn here first.
var mayImport = map[string][]string{
	"mapiclient/wire":          {},
	"mapiclient/mapi":          {"mapiclient/wire"},
	"mapiclient/rop":           {"mapiclient/wire", "mapiclient/mapi"},
	"mapiclient/frame":         {"mapiclient/wire"},
	"mapiclient/fasttransfer":  {"mapiclient/wire", "mapiclient/mapi"},
	"mapiclient/nspi":          {"mapiclient/wire", "mapiclient/mapi"},
	"mapiclient/mapihttp":      {"mapiclient/wire", "mapiclient/mapi", "mapiclient/frame", "mapiclient/nspi", "mapiclient/auth"},
	"mapiclient/auth":          {},
	"mapiclient/autodiscover":  {"mapiclient/auth"},
	"mapiclient/vectors":       {},
	"mapiclient/vectors/tally": {"mapiclient/vectors"},
	"mapiclient/mapitest":      {"mapiclient/wire", "mapiclient/mapi", "mapiclient/rop", "mapiclient/frame", "mapiclient/fasttransfer", "mapiclient/nspi"},
	"mapiclient":               {},
	"mapping":                  {"mapiclient/mapi"},
	"mapping/loss":             {},
	"mapping/contentline":      {},
	"mapping/rtf":              {"mapping/charset", "mapping/loss"},
	"mapping/tnef":             {"mapiclient/wire", "mapiclient/mapi", "mapping/charset", "mapping/loss"},
	"mapping/ical":             {"mapiclient/wire", "mapiclient/mapi", "mapping/contentline", "mapping/loss"},
	"mapping/htmltext":         {},
	"mapping/textform":         {},
	"mapping/apple":            {"mapiclient/mapi", "mapping/charset"},
	"mapping/msg":              {"mapiclient/mapi", "mapping/charset", "mapping/loss"},
	"mapping/vcard":            {"mapiclient/wire", "mapiclient/mapi", "mapping/contentline", "mapping/charset", "mapping/loss"},
	"smtpside":                 {},
	"smtpside/dkim":            {},
	"smtpside/tlspolicy":       {},
	"gateway/mail":             {},
	"gateway/queue":            {"gateway/mail"},
	"gateway/notice":           {"gateway/mail"},
	"gateway/ingress":          {"smtpside", "gateway/mail", "gateway/queue", "gateway/route", "gateway/rewrite", "gateway/pause"},
	"gateway/drop":             {"smtpside", "gateway/mail", "gateway/ingress"},
	"gateway/courier":          {"gateway/mail", "gateway/queue", "gateway/pause"},
	"gateway/verdict":          {"mapiclient/mapi", "gateway/mail"},
	"gateway/rewrite":          {"mapping/mime", "gateway/mail", "gateway/route"},
	"gateway/internet":         {"smtpside", "gateway/mail", "gateway/queue", "gateway/courier", "gateway/verdict", "gateway/rewrite"},
	"gateway/exchange":         {"mapiclient", "mapping", "gateway/mail", "gateway/queue", "gateway/route", "gateway/verdict"},
	"gateway/outbox":           {"mapiclient", "mapping", "gateway/mail", "gateway/queue", "gateway/pause"},
	"gateway/backup":           {"mapiclient", "mapping"},
	"gateway/config":           {"gateway/mail", "gateway/queue", "gateway/route", "smtpside", "gateway/rewrite"},
	"gateway/route":            {"gateway/mail", "gateway/queue"},
	"gateway/metrics":          {"mapiclient/mapihttp", "smtpside", "gateway/mail", "gateway/queue", "gateway/courier"},
	"gateway/tracing":          {"gateway/mail", "gateway/courier"},
	"gateway/admin":            {"gateway/mail", "gateway/queue"},
	"gateway/demo":             {"gateway", "mapiclient", "mapping", "smtpside"},
	"gateway/harness":          {"gateway", "mapiclient", "mapping", "smtpside"},
	"gateway/doctor":           {"gateway", "mapiclient", "smtpside"},
	"gateway":                  {"mapiclient", "mapping", "smtpside"},
	"gateway/organisation":     {"mapiclient", "gateway/config", "gateway/exchange"},
	"gateway/synchronous":      {"mapiclient", "smtpside", "gateway/config", "gateway/mail", "gateway/queue", "gateway/courier", "gateway/route", "gateway/ingress", "gateway/exchange", "gateway/organisation"},
	"gateway/recipients":       {"mapiclient", "smtpside", "gateway/config", "gateway/mail", "gateway/queue", "gateway/route", "gateway/ingress"},
	"gateway/roster":           {"mapiclient", "gateway/config", "gateway/route", "gateway/pause"},
	"gateway/reports":          {"smtpside", "gateway/mail", "gateway/queue", "gateway/route", "gateway/notice"},
	"gateway/orphan":           {"gateway/mail", "gateway/queue", "gateway/pause"},
	"gateway/sockets":          {},
	"gateway/outlets":          {"mapiclient/auth", "smtpside", "gateway/config", "gateway/internet", "gateway/metrics", "gateway/route", "gateway/rewrite", "gateway/organisation"},
	"gateway/store":            {"gateway/config", "gateway/queue"},
	"gateway/parts":            {},
	"gateway/pause":            {},
	"gateway/memory":           {},
	"cmd/mapigate":             {"gateway", "mapiclient", "mapping", "smtpside"},

	"cmd/mapigate/internal/cli":        {"mapiclient", "mapping"},
	"cmd/mapigate/internal/browse":     {"cmd/mapigate/internal/cli", "gateway/demo", "mapiclient", "mapping"},
	"cmd/mapigate/internal/mailbox":    {"cmd/mapigate/internal/cli", "cmd/mapigate/internal/browse", "gateway", "mapiclient", "mapping"},
	"cmd/mapigate/internal/queuecmd":   {"cmd/mapigate/internal/cli", "gateway"},
	"cmd/mapigate/internal/convert":    {"cmd/mapigate/internal/cli", "mapiclient/mapi", "mapping"},
	"cmd/mapigate/internal/sendmail":   {"cmd/mapigate/internal/cli", "smtpside"},
	"cmd/mapigate/internal/exchange":   {"cmd/mapigate/internal/cli", "gateway/demo", "gateway/config", "mapiclient/mapitest"},
	"cmd/mapigate/internal/supervisor": {"cmd/mapigate/internal/cli", "gateway"},

	"deploy": {"gateway/config", "gateway/metrics"},
}

// forbidden lists imports that no rule above may allow, with the reason.
var forbidden = []struct{ room, imported, why string }{
	{"mapiclient", "github.com/emersion/go-message", "mapiclient never sees MIME"},
	{"mapping", "net", "mapping is pure: no network"},
	{"mapping", "net/http", "mapping is pure: no network"},
	{"mapiclient", module + "mapiclient/mapitest", "the client must not lean on the test server"},
}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != "." {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		return checkFile(t, filepath.ToSlash(path))
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("looked at %d files only: is this the root of the repository?", files)
	}
}

func checkFile(t *testing.T, path string) error {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	dir := filepath.ToSlash(filepath.Dir(path))
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		for _, rule := range forbidden {
			if within(dir, rule.room) && imported == rule.imported {
				t.Errorf("%s imports %s: %s", path, imported, rule.why)
			}
		}
		if rest, ours := strings.CutPrefix(imported, module); ours {
			checkImport(t, path, dir, rest)
		}
	}
	return nil
}

func checkImport(t *testing.T, path, dir, imported string) {
	t.Helper()
	room := roomOf(dir)
	if room == "" {
		t.Errorf("%s: no room of that name; draw it in layering_test.go first", path)
		return
	}
	if within(imported, room) {
		return
	}
	for _, allowed := range mayImport[room] {
		if within(imported, allowed) {
			return
		}
	}
	t.Errorf("%s: room %s must not import %s", path, room, imported)
}

// roomOf gives the longest room that holds dir.
func roomOf(dir string) string {
	best := ""
	for room := range mayImport {
		if within(dir, room) && len(room) > len(best) {
			best = room
		}
	}
	return best
}

func within(path, room string) bool {
	return path == room || strings.HasPrefix(path, room+"/")
}
