package config

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

func parseText(t *testing.T, text string) (*Config, error) {
	t.Helper()
	return Parse(filepath.Join(t.TempDir(), "test.yaml"), []byte(text))
}

// The sample says what the defaults are, and with its examples it names every key that there is.
func TestSample(t *testing.T) {
	got, err := parseText(t, Describe())
	if err != nil {
		t.Fatalf("the sample: %v", err)
	}
	want := Default()
	got.where = where{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the sample gives\n%+v, the defaults are\n%+v", got, want)
	}
	t.Setenv("RELAY_PASSWORD", "x")
	t.Setenv("LDAP_PASSWORD", "x")
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte("geheim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("a-token-that-is-long-enough\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := regexp.MustCompile(`(?m)^#: `).ReplaceAllString(Describe(), "")
	full = strings.ReplaceAll(full, "/etc/mapigate/night-shift.token", token)
	full = strings.ReplaceAll(full, "/etc/mapigate/srs.secret", token)
	for _, name := range []string{"exchange.password", "exchange.secret", "oidc.secret"} {
		full = strings.ReplaceAll(full, "/etc/mapigate/"+name, secret)
	}
	c, err := parseText(t, full)
	if err != nil {
		t.Fatalf("the sample with its examples: %v", err)
	}
	if c.Exchange[0].Password != "geheim" || c.Internet.Smarthosts[0].Password != "x" {
		t.Errorf("passwords %q, %q", string(c.Exchange[0].Password), string(c.Internet.Smarthosts[0].Password))
	}
	for _, key := range keysOf(reflect.TypeFor[Config](), "") {
		pattern := regexp.MustCompile(`\[[0-9]+\]`)
		found := false
		for path := range c.lines {
			found = found || pattern.ReplaceAllString(path, "") == key
		}
		if !found {
			t.Errorf("the sample does not explain %s", key)
		}
	}
}

// The examples show the defaults of entries, save where an entry cannot be without a value of its own.
func TestSampleShowsDefaultsOfEntries(t *testing.T) {
	full := regexp.MustCompile(`(?m)^#: `).ReplaceAllString(Describe(), "")
	for key, v := range map[string]any{
		"mode: starttls": ModeSTARTTLS, "auth: ntlm": AuthNTLM, "deliver: submit": DeliverSubmit, "tls: required": TLSRequired,
	} {
		if !strings.Contains(full, key) {
			t.Errorf("the sample does not say %s (%v)", key, v)
		}
	}
	var l Listener
	l.setDefaults()
	var e Exchange
	e.setDefaults()
	var o Outbox
	o.setDefaults()
	for _, line := range []string{
		"message_size: " + l.Limits.MessageSize.String(), fmt.Sprint("recipients: ", l.Limits.Recipients),
		fmt.Sprint("sessions: ", l.Limits.Sessions), fmt.Sprint("sessions_per_address: ", l.Limits.SessionsPerAddress),
		"command_timeout: 5m", "data_timeout: 3m", fmt.Sprint("workers: ", e.Workers), "timeout: 2m",
		"folder: " + o.Folder, "grace: " + o.Grace.String(), "poll: " + o.Poll.String(),
	} {
		if !strings.Contains(full, line+"\n") {
			t.Errorf("the sample does not say %q", line)
		}
	}
}

func keysOf(t reflect.Type, prefix string) (all []string) {
	for key, f := range fieldsOf(t) {
		path := join(prefix, key)
		all = append(all, path)
		ft := f.Type
		if ft.Kind() == reflect.Slice {
			ft = ft.Elem()
		}
		if ft.Kind() == reflect.Struct && !isText(ft) {
			all = append(all, keysOf(ft, path)...)
		}
	}
	return all
}

const listener = "listeners:\n  - name: apps\n    address: :25\n    mode: plain\n    networks: 127.0.0.0/8\n"

// exchange is the beginning of one that is right.
const exchange = "exchange:\n  - name: main\n    autodiscover: gw@b.test\n    user: gw\n    password: x\n    mailbox: gw@b.test\n"

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":         {"hostnam: x\n", `test.yaml:1: hostnam: unknown key; did you mean "hostname"?`},
		"swapped letters":     {"log:\n  levle: info\n", `test.yaml:2: log.levle: unknown key; did you mean "level"?`},
		"unknown in a list":   {listener + "    limits:\n      mesage_size: 1\n", `test.yaml:7: listeners[0].limits.mesage_size: unknown key; did you mean "message_size"?`},
		"nothing near":        {"q: 1\n", `test.yaml:1: q: unknown key`},
		"two of them":         {"hostnam: x\nlogg: y\n", `test.yaml:2: logg: unknown key; did you mean "log"?`},
		"syntax":              {"a: b: c\n", "test.yaml:1: "},
		"tab":                 {"log:\n\tlevel: info\n", "test.yaml:2: "},
		"twice":               {"data: /a\ndata: /b\n", "test.yaml:2: "},
		"two documents":       {"data: /a\n---\ndata: /b\n", "test.yaml:3: one document only"},
		"anchors":             {"data: &x /a\n", "test.yaml:1: data: want a single value, not anchors"},
		"list for a value":    {"data: [a]\n", "test.yaml:1: data: want a single value, not a list"},
		"value for a section": {"log: info\n", "test.yaml:1: log: want keys with values"},
		"section for a list":  {"listeners:\n  name: x\n", `test.yaml:1: listeners: want a list: begin each entry with "- "`},
		"bad bool":            {listener + "    require_tls: maybe\n", "test.yaml:6: listeners[0].require_tls: want true or false, not maybe"},
		"bad number":          {"internet:\n  workers: many\n", "test.yaml:2: internet.workers: want a number, not many"},
		"negative number":     {"internet:\n  workers: -1\n", "test.yaml:2: internet.workers: want a number, not -1"},
		"huge number":         {"internet:\n  workers: 99999999999\n", "want a number"},
		"bad duration":        {"retry:\n  first: soon\n", `test.yaml:2: retry.first: "soon" is no duration: write 90s, 5m, 4h or 5d`},
		"bad size":            {"queue:\n  min_free: 3 elephants\n", `test.yaml:2: queue.min_free: "3 elephants" is no size`},
		"bad network":         {listener + "      \n    networks: [10.0.0.0]\n", "test.yaml:"},
		"no variable":         {"data: ${MAPIGATE_NOT_SET}\n", `test.yaml:1: data: the environment has no variable "MAPIGATE_NOT_SET"`},
		"bad level":           {"log:\n  level: loud\n", `test.yaml:2: log.level: "loud" is not one of debug, info, warn, error`},
		"no certificate":      {"listeners:\n  - name: apps\n    address: :25\n    networks: 127.0.0.0/8\n", "test.yaml:2: listeners[0].cert: mode starttls needs cert and key"},
		"bad rewriting":       {"rewrite:\n  canonical:\n    - match: old.test\n      to: a b\n", `test.yaml:3: rewrite.canonical[0]: "a b" is neither an address nor a domain`},
		"bad expression":      {"rewrite:\n  generic:\n    - match: /(/\n      to: a@b.test\n", "test.yaml:3: rewrite.generic[0]: /(/: "},
		"bad role":            {"rewrite:\n  generic:\n    - match: a.test\n      to: b.test\n      of: [everybody]\n", `rewrite.generic[0].of[0]: "everybody" is not one of sender, recipient`},
		"bad archive":         {"rewrite:\n  archive:\n    - mailbox: nobody\n", `test.yaml:3: rewrite.archive[0].mailbox: "nobody" is no mail address`},
		"identity of nobody":  {exchange + "    identities:\n      - mailbox: a@b.test\n", "exchange[0].identities[0]: give user, network, from, mail_from or header"},
		"identity both ways":  {exchange + "    identities:\n      - user: x\n        mailbox: a@b.test\n        refuse: never\n", "exchange[0].identities[0]: give mailbox, or refuse with a text"},
		"bad header pattern":  {exchange + "    identities:\n      - header: X-App\n        mailbox: a@b.test\n", `"X-App" is no header pattern`},
		"bad copies":          {exchange + "    sent_items: everywhere\n", `exchange[0].sent_items: "everywhere" is not one of none, mailbox, represented, both`},
		"nobody may send":     {"listeners:\n  - name: apps\n    address: :25\n    mode: plain\n", "nobody could send"},
		"the whole internet":  {strings.Replace(listener, "127.0.0.0/8", "0.0.0.0/0", 1), "test.yaml:5: listeners[0].networks[0]: 0.0.0.0/0 is the whole internet: this would be an open relay"},
		"clear passwords":     {listener + "    users: x\n", "passwords would travel in the clear"},
		"name of a kind":      {strings.Replace(listener, "apps", "outbox", 1), "is the name of a kind"},
		"no directory":        {"exchange:\n  - name: x\n    active_directory: {site: Berlin}\n", "exchange[0].active_directory.url: is needed"},
		"no such exchange":    {"routes:\n  - via: exchange/x\n", `test.yaml:2: routes[0].via: there is no exchange named "x"`},
		"no such smarthost":   {"routes:\n  - via: smarthost/x\n", `there is no smarthost named "x"`},
		"no via":              {"routes:\n  - to: x\n", "test.yaml:2: routes[0].via: is needed"},
		"bad via":             {"routes:\n  - via: pigeon\n", `test.yaml:2: routes[0].via: "pigeon" is no way`},
		"bad source":          {"routes:\n  - via: internet\n    source: [moon]\n", `test.yaml:3: routes[0].source[0]: "moon" is no source`},
		"outbox":              {"outbox:\n  - mailboxes: a@b\n    mode: outbox\n", "test.yaml:2: outbox[0].dedicated"},
		"a mark":              {"outbox:\n  - mailboxes: a@b\n    mode: outbox\n    mark: \"{x}/y\"\n", "test.yaml:4: outbox[0].mark"},
		"a journal of nobody": {"outbox:\n  - mailboxes: a@b\n    mode: journal\n", "outbox[0].journal.senders"},
		"a journal elsewhere": {"outbox:\n  - mailboxes: a@b\n    journal: {senders: a@b}\n", "outbox[0].journal: is for"},
		"no such fallback":    {"internet:\n  fallback: x\n", `internet.fallback: there is no smarthost named "x"`},
		"its own fallback":    {"internet:\n  smarthosts:\n    - {name: r, hosts: [\"a:25 b:25\"], fallback: r}\n", "cannot be the same smarthost"},
		"bad equals":          {"internet:\n  smarthosts:\n    - {name: r, hosts: [\"a:25 b\"]}\n", `"b" is no address`},
		"srs without secret":  {"internet:\n  srs: {domain: srs.example.org, own: [example.org]}\n", "internet.srs.secret: secret or secret_file is needed"},
		"srs, short secret":   {"internet:\n  srs: {domain: srs.example.org, own: [example.org], secret: short}\n", "16 characters at least"},
		"srs without own":     {"internet:\n  srs: {domain: srs.example.org, secret: correct-horse-battery}\n", "internet.srs.own: is needed"},
		"two passwords":       {"internet:\n  smarthosts:\n    - name: r\n      hosts: h:25\n      user: u\n      password: p\n      password_file: f\n", "test.yaml:6: internet.smarthosts[0].password: give password or password_file, not both"},
		"missing file":        {"internet:\n  smarthosts:\n    - name: r\n      hosts: h:25\n      user: u\n      password_file: nofile\n", "test.yaml:6: internet.smarthosts[0].password_file: open "},
		"clear smarthost":     {"internet:\n  smarthosts:\n    - name: r\n      hosts: h:25\n      tls: never\n      user: u\n      password: p\n", "could send the password in the clear"},
		"twice a name":        {listener + strings.TrimPrefix(listener, "listeners:\n"), `test.yaml:6: listeners[1].name: "apps" is the name of listeners[0] already`},
	} {
		_, err := parseText(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", name, err, c.want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "missing.yaml")); err == nil || !strings.Contains(err.Error(), "missing.yaml") {
		t.Errorf("missing file: %v", err)
	}
}

func TestRead(t *testing.T) {
	t.Setenv("MAPIGATE_TEST_PASSWORD", "p$${x}") // what comes from the environment is not expanded again
	c, err := parseText(t, `
data: data
log:
routes: []
listeners:
  - name: apps
    address: :25
    mode: plain
    networks: 127.0.0.0/8
    limits: {message_size: 10MB, recipients: 100}
exchange:
  - name: main
    autodiscover: gw@here.test
    user: 4711
    password: ${MAPIGATE_TEST_PASSWORD}
    mailbox: gw@here.test
    identities:
      - {from: "*.app.test", mailbox: app@here.test}
outbox:
  - mailboxes: bob@here.test
    mode: folder
    acknowledge_bypassed_checks: true
retry: {first: 1d12h, most: 2d}
`)
	if err != nil {
		t.Fatal(err)
	}
	l, e := c.Listeners[0], c.Exchange[0]
	if l.Limits.MessageSize != 10<<20 || l.Limits.Recipients != 100 || l.Limits.Sessions != 1000 || len(l.Networks) != 1 {
		t.Errorf("listener %+v", l)
	}
	if e.User != "4711" || e.Password != "p$${x}" || e.Auth != AuthNTLM || !e.Identities[0].From.Match("x@y.app.test") {
		t.Errorf("exchange %+v", e)
	}
	if o := c.Outbox[0]; o.Exchange != "main" || o.Folder != "Internet Outbox" || o.Mailboxes[0] != "bob@here.test" {
		t.Errorf("outbox %+v", o)
	}
	if c.Log.Level != "info" || c.Retry.First != Duration(36*time.Hour) || filepath.Base(c.Data) != "data" || !filepath.IsAbs(c.Data) {
		t.Errorf("config %+v", c)
	}
	table := c.Table()
	for source, want := range map[string]string{"outbox": "internet", "smtp": "exchange/main", "gateway": "exchange/main"} {
		if leg, err := table.Find(mail.Source{Kind: source}, "a@b", "x@far.test"); err != nil || leg.Courier != want {
			t.Errorf("without routes, %s goes to %+v, %v", source, leg, err)
		}
	}
}

func TestSecretIsHidden(t *testing.T) {
	e := Exchange{User: "u", Password: "geheim"}
	text := fmt.Sprintf("%v %+v %#v %s", e, e, e, e.Password) + slog.AnyValue(e.Password).Resolve().String()
	if strings.Contains(text, "geheim") || !strings.Contains(text, hidden) {
		t.Errorf("printed as %s", text)
	}
}

func TestValues(t *testing.T) {
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "5d": 5 * day, "1d12h": 36 * time.Hour, "0s": 0, "1h30m": 90 * time.Minute} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v", text, d, err)
		}
		var again Duration
		if err := again.UnmarshalText([]byte(d.String())); err != nil || again != d {
			t.Errorf("%s is written as %s", text, d)
		}
	}
	for _, bad := range []string{"", "5", "-5m", "d", "5x", "99999999d", "1d-1h", "106000d9999999h"} {
		var d Duration
		if err := d.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken as %v", bad, d)
		}
	}
	for text, want := range map[string]Size{"0": 0, "512": 512, "4k": 4096, "50MiB": 50 << 20, "50 MB": 50 << 20, "1GiB": 1 << 30, "7B": 7} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: %v, %v", text, s, err)
		}
		var again Size
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Errorf("%s is written as %s", text, s)
		}
	}
	for _, bad := range []string{"", "x", "-1", "1.5G", "99999999999G", "1BB", "1MM"} {
		var s Size
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken as %v", bad, s)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"level", "level", 0}, {"levle", "level", 1}, {"hostnam", "hostname", 1}, {"abc", "xyz", 3}, {"tls", "ls", 1}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%s, %s) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
