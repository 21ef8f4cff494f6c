package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

const synchronousConfig = `
hostname: gw.example.test
data: %[1]s/data
admin: {address: ""}
listeners:
  - {name: now, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8], synchronous: true}
  - {name: users, address: "127.0.0.1:0", mode: plain, auth_plaintext: true, pass_through: main}
exchange:
  - {name: main, url: %[2]s, user_dn: %[3]s, user: robot, password: secret, ca_file: %[1]s/ca.pem, mailbox: robot@example.test, recipients: {domains: [example.test]}}
routes:
  - {to: [example.test], via: exchange}
  - {via: internet}
`

// A direct world has no queue between its clients and Exchange.
type directWorld struct {
	*testing.T
	exchange *mapitest.Server
	gateway  *gateway.Gateway
	refused  atomic.Int32 // sign-ins that Exchange refused
}

type countRefused struct {
	slog.Handler
	n *atomic.Int32
}

func (c countRefused) Enabled(context.Context, slog.Level) bool { return true }
func (c countRefused) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "NTLM refused" {
		c.n.Add(1)
	}
	return nil
}
func (c countRefused) WithAttrs([]slog.Attr) slog.Handler { return c }
func (c countRefused) WithGroup(string) slog.Handler      { return c }

func newDirectWorld(t *testing.T) *directWorld {
	t.Helper()
	w := &directWorld{T: t}
	w.open(synchronousConfig, mapitest.Options{Logger: slog.New(countRefused{slog.DiscardHandler, &w.refused})})
	return w
}

// open begins the world with an Exchange that has a robot and alice, and with a gateway whose configuration names the folder of the
// certificate, and the URL and DN of the robot's mailbox. In the end there must be nothing in its queue.
func (w *directWorld) open(text string, o mapitest.Options) {
	w.Helper()
	t := w.T
	o.Domains = []string{"example.test"}
	var err error
	if w.exchange, err = mapitest.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.exchange.Close() })
	for _, name := range []string{"robot", "alice"} {
		if _, err := w.exchange.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), w.exchange.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	robot := w.exchange.Mailbox("robot")
	c, err := config.Parse("test.yaml", fmt.Appendf(nil, text, dir, robot.URL(), robot.LegacyDN()))
	if err != nil {
		t.Fatal(err)
	}
	if w.gateway, err = gateway.New(c, gateway.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.gateway.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		page, err := w.gateway.Queue().List(context.Background(), queue.Filter{})
		if err == nil && len(page.Records) > 0 {
			t.Errorf("%d mails in the queue", len(page.Records))
		}
	})
}

// send gives the reply that decided: 250, or the refusal.
func (w *directWorld) send(listener string, auth smtp.Auth, from, to, subject string) string {
	w.Helper()
	err := smtp.SendMail(w.gateway.Addresses()[listener].String(), auth, from, []string{to},
		fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: %s\r\n\r\nHello.\r\n", from, to, subject))
	var refused *textproto.Error
	switch {
	case err == nil:
		return "250"
	case errors.As(err, &refused):
		return fmt.Sprintf("%d %s", refused.Code, refused.Msg)
	}
	return err.Error()
}

// copies counts messages of a subject in somebody's Inbox. Exchange has the mail when 250 is said, but its transport takes
// a moment to put it there.
func (w *directWorld) copies(who, subject string) (n int) {
	for deadline := time.Now().Add(10 * time.Second); n == 0 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		for _, m := range w.exchange.Mailbox(who).Messages(mapitest.Inbox) {
			if mapi.PidTagSubject.Get(m.Props) == subject {
				n++
			}
		}
	}
	return n
}

// stories looks for what the queue tells of mail that never was in it: the attempts that each took, the oldest mail first.
func (w *directWorld) stories(to string, attempts ...int) {
	w.Helper()
	page, err := w.gateway.Queue().List(w.Context(), queue.Filter{Recipient: to, All: true})
	if err != nil || len(page.Records) != len(attempts) {
		w.Fatalf("%d stories, %v; want %d", len(page.Records), err, len(attempts))
	}
	slices.Reverse(page.Records)
	for i, rec := range page.Records {
		r := rec.Recipients[0]
		if r.State != queue.Delivered || r.Attempts != attempts[i] || r.Last.RemoteID == "" || rec.Finished.IsZero() || rec.Mail.MessageID == "" {
			w.Errorf("story %d: %+v", i, rec)
		}
		events, err := w.gateway.Queue().Events(w.Context(), rec.Mail.ID)
		if err != nil || len(events) != 1+attempts[i] || events[0].Kind != queue.EventAccepted || events[len(events)-1].Outcome.Verdict != mail.Delivered {
			w.Errorf("story %d: %+v, %v", i, events, err)
		}
	}
}

func TestSynchronous(t *testing.T) {
	t.Parallel()
	w := newDirectWorld(t)
	send := func(from, to, subject, want string) {
		t.Helper()
		if got := w.send("now", nil, from, to, subject); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", subject, got, want)
		}
	}
	send("robot@example.test", "alice@example.test", "at once", "250")
	if n := w.copies("alice", "at once"); n != 1 {
		t.Errorf("%d copies when 250 was said", n)
	}
	send("alice@example.test", "robot@example.test", "not its own name", "550 5.7.60")
	send("robot@example.test", "someone@elsewhere.test", "not into Exchange", "550 5.7.1")
	send("robot@example.test", "nobody@example.test", "to nobody", "550 5.1.1")
	down := w.exchange.Faults().Add(mapitest.Fault{At: mapitest.AnyRequest(), HTTPStatus: 503, Times: -1})
	send("robot@example.test", "alice@example.test", "down", "451 4.")
	down.Remove()
	w.exchange.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SubmitMessage), DropAnswer: true})
	send("robot@example.test", "alice@example.test", "lost answer", "250")
	if n := w.copies("alice", "lost answer"); n != 1 {
		t.Errorf("%d copies after a lost answer", n)
	}
	w.stories("alice@example.test", 1, 2)
}

func TestPassThrough(t *testing.T) {
	t.Parallel()
	w := newDirectWorld(t)
	sign := func(name, password string) smtp.Auth { return smtp.PlainAuth("", name, password, "127.0.0.1") }
	if got := w.send("users", nil, "alice@example.test", "robot@example.test", "nobody"); !strings.HasPrefix(got, "530") {
		t.Errorf("without AUTH: %s", got)
	}
	for i := range 3 {
		subject := fmt.Sprint("as alice ", i)
		if got := w.send("users", sign("alice@example.test", "secret"), "alice@example.test", "robot@example.test", subject); got != "250" {
			t.Fatalf("%s: %s", subject, got)
		}
		if n := w.copies("robot", subject); n != 1 {
			t.Errorf("%s: %d copies", subject, n)
		}
	}
	if got := w.send("users", sign("alice@example.test", "secret"), "robot@example.test", "alice@example.test", "as another"); !strings.HasPrefix(got, "550 5.7.60") {
		t.Errorf("in another's name: %s", got)
	}
	if got := w.send("users", sign("alice", "secret"), "alice@example.test", "robot@example.test", "no address"); !strings.HasPrefix(got, "535") {
		t.Errorf("without a mail address: %s", got)
	}
	before := w.refused.Load()
	if got := w.send("users", sign("robot@example.test", "wrong"), "robot@example.test", "alice@example.test", "wrong"); !strings.HasPrefix(got, "535") {
		t.Errorf("wrong password: %s", got)
	}
	if n := w.refused.Load() - before; n != 1 {
		t.Errorf("Exchange saw %d failed sign-ins for one wrong password", n)
	}
}

// A device whose password was changed while it was connected must not go on signing in with it.
func TestPassThroughLosesItsPassword(t *testing.T) {
	t.Parallel()
	w := newDirectWorld(t)
	c, err := smtp.Dial(w.gateway.Addresses()["users"].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Auth(smtp.PlainAuth("", "alice@example.test", "secret", "127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Mail("alice@example.test"), c.Rcpt("robot@example.test")); err != nil {
		t.Fatal(err)
	}
	w.exchange.Faults().Add(mapitest.Fault{At: mapitest.AnyRequest(), HTTPStatus: 401, Times: -1})
	d, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(d, "From: alice@example.test\r\n\r\nhello\r\n")
	if err := d.Close(); err == nil || !strings.HasPrefix(err.Error(), "421") {
		t.Errorf("with the old password: %v", err)
	}
	if err := c.Mail("alice@example.test"); err == nil {
		t.Error("the connection goes on")
	}
}
