package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/admin/client"
	"github.com/mapigate/mapigate/gateway/queue/show"
)

// runningGateway serves the operator's side of a gateway: a queue with n mails, of which the first has failed for its first recipient, and the
// socket. Nothing is delivered.
func runningGateway(t *testing.T, n int) (dir string, ids []string, stop func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "mg") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	q, _, end := servedQueue(t, dir, n)
	view, err := admin.New(admin.Options{API: api.Options{
		Queue: q, Couriers: func() []string { return []string{"internet", "other"} }, Flush: q.Hasten,
	}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "admin.sock"))
	if err != nil {
		t.Skipf("skipped: no Unix sockets here: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- view.ServeSocket(ctx, l) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		end()
	})
	t.Cleanup(stop)
	var list []show.Mail
	got := runLine(t, "", "queue", "list", "--json", "--all", "--data", dir)
	if err := json.Unmarshal([]byte(got.out), &list); err != nil || len(list) != n {
		t.Fatalf("%v: %s%s", err, got.out, got.err)
	}
	for _, m := range list {
		ids = append(ids, string(m.ID))
	}
	return dir, ids, stop
}

func TestQueueChange(t *testing.T) {
	dir, ids, _ := runningGateway(t, 5)
	line := func(stdin string, args ...string) result {
		return runLine(t, stdin, append(append([]string{"queue"}, args...), "--data", dir)...)
	}
	if got := line("", "hold", ids[0], ids[1], "--reason", "a test"); got.code != cli.Fine || strings.Count(got.out, "held, ") != 2 {
		t.Errorf("hold: %d %q %q", got.code, got.out, got.err)
	}
	if got := line("", "show", ids[0]); !strings.Contains(got.out, "a test") || !strings.Contains(got.out, "held") {
		t.Errorf("the story lacks who and why:\n%s", got.out)
	}
	gone := "06aaaaaaaaaaaaaaaaaa"
	if got := line("", "release", gone, ids[0]); got.code != cli.Failed || !strings.Contains(got.err, "this mail has gone") || !strings.Contains(got.out, ids[0]+": released") {
		t.Errorf("one that has gone: %d %q %q", got.code, got.out, got.err)
	}
	if got := line("", "release", ids[0]); got.code != cli.Failed || !strings.Contains(got.err, "nothing to release") {
		t.Errorf("released twice: %d %q", got.code, got.err)
	}
	var list []struct {
		Error      string
		Recipients int
	}
	if got := line("", "drop", "--json", gone, ids[1]); json.Unmarshal([]byte(got.out), &list) != nil || len(list) != 2 || list[0].Error == "" || list[1].Recipients == 0 || got.code != cli.Failed {
		t.Errorf("as JSON: %d %s", got.code, got.out)
	}
	if got := line("n\n", "hold", "--to", "@far.test"); got.code != cli.Failed || !strings.Contains(got.err, "mails? [y/N]") || !strings.Contains(got.err, "nothing was changed") {
		t.Errorf("a no: %d %q", got.code, got.err)
	}
	if got := line("", "hold", "--to", "@far.test"); got.code != cli.Failed {
		t.Errorf("nobody there: %d %q", got.code, got.err)
	}
	if got := line("yes\n", "hold", "--to", "@far.test"); got.code != cli.Fine || !strings.Contains(got.out, "held: ") {
		t.Errorf("a yes: %d %q %q", got.code, got.out, got.err)
	}
	var done client.Result
	if got := line("", "release", "--all", "--yes", "--json"); json.Unmarshal([]byte(got.out), &done) != nil || !done.Done || done.Mails == 0 {
		t.Errorf("release all: %d %s %s", got.code, got.out, got.err)
	}
	if got := line("", "hold", "--older", "10h", "--yes"); got.code != cli.Fine || !strings.Contains(got.out, "0 mails") {
		t.Errorf("none so old: %d %q %q", got.code, got.out, got.err)
	}
	if got := line("", "flush", "far.test"); got.code != cli.Fine || !strings.Contains(got.out, "put forward") {
		t.Errorf("flush: %d %q %q", got.code, got.out, got.err)
	}
	if got := runLine(t, "", "trace", "--json", "--data", dir, ids[2]); got.code != cli.Fine || !strings.Contains(got.out, ids[2]) {
		t.Errorf("trace: %d %q %q", got.code, got.out, got.err)
	}
	if got := line("", "export", ids[2]); got.code != cli.Fine || got.out != "x" {
		t.Errorf("export: %d %q %q", got.code, got.out, got.err)
	}
}

// An archive goes from one queue to another, whether their gateways run or not.
func TestQueueExportImport(t *testing.T) {
	dir, ids, stop := runningGateway(t, 3)
	files := t.TempDir()
	archives := []string{filepath.Join(files, "running.tar"), filepath.Join(files, "stopped.tar")}
	for i, tar := range archives {
		if i == 1 {
			stop()
			if got := runLine(t, "", "queue", "hold", ids[0], "--data", dir); got.code != cli.Failed || !strings.Contains(got.err, "not running") || !strings.Contains(got.err, "mapigate serve") {
				t.Errorf("without a gateway: %d %q", got.code, got.err)
			}
		}
		if got := runLine(t, "", "queue", "export", "--all", "-o", tar, "--data", dir); got.code != cli.Fine {
			t.Fatalf("export: %d %q", got.code, got.err)
		}
	}
	other, err := os.MkdirTemp("", "mg")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(other)
	if got := runLine(t, "", "queue", "import", "--hold", "--data", other, archives[0]); got.code != cli.Fine || !strings.Contains(got.out, "3 mails taken in, 0 were") {
		t.Errorf("import: %d %q %q", got.code, got.out, got.err)
	}
	if got := runLine(t, "", "queue", "import", "--json", "--data", other, archives[1]); got.code != cli.Fine || !strings.Contains(got.out, `"repeated": 3`) {
		t.Errorf("import again: %d %q %q", got.code, got.out, got.err)
	}
	if got := runLine(t, "", "queue", "list", "--state", "held", "--data", other); strings.Count(got.out, "held") < 3 {
		t.Errorf("not held: %s", got.out)
	}
	if got := runLine(t, "no tar", "queue", "import", "--data", other); got.code != cli.Failed {
		t.Errorf("no tar: %d %q", got.code, got.out)
	}
	if got := runLine(t, "", "queue", "show", ids[0], "--data", other); got.code != cli.Fine || !strings.Contains(got.out, "accepted") {
		t.Errorf("show: %d %q %q", got.code, got.out, got.err)
	}
}
