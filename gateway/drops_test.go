package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A file in a drop folder becomes a mail, with the header that it lacks and without what nobody shall see; what no route takes
// lies aside with the reason.
func TestDropFolder(t *testing.T) {
	sink, err := smtptest.NewSink(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	dir := t.TempDir()
	folder := filepath.Join(dir, "erp")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(filepath.Join(dir, "test.yaml"), fmt.Appendf(nil, `
hostname: gw.test
data: data
admin: {address: ""}
drop: [{name: erp, folder: erp, grace: 0s, poll: 100ms}]
routes: [{to: [nowhere.test], via: reject, text: nobody lives there}, {source: [erp], via: smarthost/sink}]
internet: {smarthosts: [{name: sink, hosts: ["%s"], tls: never}]}
`, sink.Addr))
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(c, gateway.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	for name, text := range map[string]string{
		"good": "From: erp@here.test\nTo: bob@there.test\nBcc: eve@there.test\nSubject: Gr\xfc\xdfe\n\nhello\n.\nthere",
		"bad":  "From: erp@here.test\nTo: bob@nowhere.test\n\nx\n",
	} {
		written := filepath.Join(dir, name)
		if err := os.WriteFile(written, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(written, filepath.Join(folder, name+".eml")); err != nil {
			t.Fatal(err)
		}
	}
	wait, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	mails, err := sink.WaitFor(wait, 1)
	if err != nil {
		t.Fatal(err)
	}
	m, raw := mails[0], string(mails[0].Raw)
	if m.From != "erp@here.test" || strings.Join(m.To, " ") != "bob@there.test eve@there.test" || !strings.HasSuffix(raw, "\r\n\r\nhello\r\n.\r\nthere\r\n") ||
		!strings.Contains(raw, "\r\n\tby gw.test with local\r\n") || !strings.Contains(raw, "=?utf-8?q?Gr=C3=BC=C3=9Fe?=") || strings.Contains(raw, "Bcc") || m.MessageID() == "" {
		t.Errorf("from %s to %v:\n%s", m.From, m.To, raw)
	}
	for {
		list, err := filepath.Glob(filepath.Join(folder, "bad", "*-bad.eml.txt"))
		if err == nil && len(list) == 1 {
			why, err := os.ReadFile(list[0])
			if err != nil || !strings.Contains(string(why), "nobody lives there") {
				t.Errorf("the reason: %q, %v", why, err)
			}
			return
		}
		if wait.Err() != nil {
			t.Fatal("the file that no route takes is not aside")
		}
		time.Sleep(20 * time.Millisecond)
	}
}
