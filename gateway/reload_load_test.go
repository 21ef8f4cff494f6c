package gateway_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// loadConfig is the configuration of a round; every part of the gateway changes in some rounds.
func (w *reloadWorld) loadConfig(round int) string {
	bit := func(every int) int { return round / every % 2 }
	robot := w.exchange.Mailbox("robot")
	text := fmt.Sprintf(`
hostname: gw.example.test
data: %[1]s/data
admin: {address: ""}
listeners:
  - {name: plain, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8], limits: {message_size: %[6]dMiB, sessions_per_address: 1000}}
  - {name: secure, address: "127.0.0.1:0", mode: starttls, require_tls: true, cert: %[1]s/cert.pem, key: %[1]s/key.pem, networks: [127.0.0.0/8], limits: {message_size: %[6]dMiB, sessions_per_address: 1000}}
exchange:
  - name: main
    url: %[2]s
    user_dn: %[3]s
    user: robot
    password: secret
    ca_file: %[1]s/ca.pem
    mailbox: robot@example.test
    workers: %[7]d
    timeout: %[8]ds
outbox:
  - {mailboxes: [robot@example.test], exchange: main, mode: outbox, dedicated: true, grace: 0s, poll: %[9]ds, acknowledge_bypassed_checks: true}
routes:
  - {to: [nowhere.test], via: reject, text: round %[5]d}
  - {to: [example.test], via: exchange/main}
  - {via: smarthost/sink}
internet:
  smarthosts:
    - {name: sink, hosts: ["%[4]s"], tls: never, connections: %[10]d}
retry: {first: 1s, most: 2s}
`, w.dir, robot.URL(), robot.LegacyDN(), w.sink.Addr, round, 50+round%10, 4+bit(2), 60+bit(7), 1+bit(5), 3+bit(3))
	if bit(4) == 1 {
		text = strings.Replace(text, "exchange:\n  - name: main", `  - {name: extra, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8]}
exchange:
  - {name: second, url: "`+robot.URL()+`", user_dn: "`+robot.LegacyDN()+`", user: robot, password: secret, ca_file: `+w.dir+`/ca.pem, mailbox: robot@example.test}
  - name: main`, 1)
	}
	return text
}

// A reloadWorld is a gateway that reloads all the time, between an Exchange and a sink.
type reloadWorld struct {
	*testing.T
	exchange *mapitest.Server
	sink     *smtptest.Sink
	ca       *smtptest.CA
	dir      string
	gateway  *gateway.Gateway
	stop     func()

	sessions, dropped, numbers atomic.Int64
	mu                         sync.Mutex
	sent                       map[string]string // where each subject is to arrive
}

func newReloadWorld(t *testing.T) *reloadWorld {
	t.Helper()
	w := &reloadWorld{T: t, exchange: mapitest.NewServer(t), dir: t.TempDir(), sent: map[string]string{}}
	for _, name := range []string{"robot", "alice"} {
		if _, err := w.exchange.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"robot", "alice"} {
		if err := w.exchange.Mailbox(name).Grant("robot@example.test", mapitest.SendAs); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if w.sink, err = smtptest.NewSink(smtptest.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.sink.Close() })
	if w.ca, err = smtptest.NewCA(); err != nil {
		t.Fatal(err)
	}
	w.write("ca.pem", w.exchange.CertificatePEM())
	w.certify("gw.example.test")
	return w
}

func (w *reloadWorld) write(name string, text []byte) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), text, 0o600); err != nil {
		w.Fatal(err)
	}
}

// certify gives the listeners another certificate.
func (w *reloadWorld) certify(name string) {
	w.Helper()
	cert, key, err := w.ca.Files(name)
	if err != nil {
		w.Fatal(err)
	}
	w.write("key.pem", key)
	w.write("cert.pem", cert)
}

func (w *reloadWorld) parse(text string) *config.Config {
	w.Helper()
	c, err := config.Parse(filepath.Join(w.dir, "mapigate.yaml"), []byte(text))
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *reloadWorld) start(text string, o gateway.Options) {
	w.Helper()
	if testing.Verbose() && o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	var err error
	if w.gateway, err = gateway.New(w.parse(text), o); err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.gateway.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.Errorf("the gateway ended with %v", err)
		}
	})
	w.Cleanup(w.stop)
	c, err := smtp.Dial(w.gateway.Addresses()["plain"].String()) // it runs when somebody answers
	if err != nil {
		w.Fatal(err)
	}
	c.Close()
}

// letter makes a mail that is to arrive once, at Exchange or at the sink.
func (w *reloadWorld) letter() (to, text string) {
	n := w.numbers.Add(1)
	subject, where := fmt.Sprintf("load %d", n), "sink"
	to = "x@elsewhere.test"
	if n%2 == 0 {
		to, where = "alice@example.test", "alice"
	}
	w.mu.Lock()
	w.sent[subject] = where
	w.mu.Unlock()
	return to, fmt.Sprintf("From: robot@example.test\r\nTo: %s\r\nSubject: %s\r\n\r\n%s", to, subject, strings.Repeat("Some text on a line.\r\n", 50))
}

// A pause is what a client does between the steps of a session.
type pause func()

// session is one session with some mails in it. Whatever goes wrong in it is a drop.
func (w *reloadWorld) session(listener string, mails int, p pause) {
	w.sessions.Add(1)
	if err := w.talk(listener, mails, p); err != nil {
		w.dropped.Add(1)
		w.Errorf("a session at %s: %v", listener, err)
	}
}

func (w *reloadWorld) talk(listener string, mails int, p pause) error {
	c, err := smtp.Dial(w.gateway.Addresses()[listener].String())
	if err != nil {
		return err
	}
	defer c.Close()
	p()
	if listener == "secure" {
		if err := c.StartTLS(&tls.Config{RootCAs: w.ca.Pool(), ServerName: "gw.example.test"}); err != nil {
			return err
		}
	}
	for range mails {
		p()
		if err := w.mail(c, p); err != nil {
			return err
		}
	}
	p()
	return c.Quit()
}

func (w *reloadWorld) mail(c *smtp.Client, p pause) error {
	to, text := w.letter()
	if err := c.Mail("robot@example.test"); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	p()
	data, err := c.Data()
	if err != nil {
		return err
	}
	for half := range 2 {
		if _, err := data.Write([]byte(text[half*len(text)/2 : (half+1)*len(text)/2])); err != nil {
			return err
		}
		p()
	}
	return data.Close()
}

// reloadTime is how long the load lasts: a few seconds, or what MAPIGATE_RELOAD_TIME says.
func reloadTime(t *testing.T) time.Duration {
	text := os.Getenv("MAPIGATE_RELOAD_TIME")
	if text == "" {
		return 4 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// While mail goes both ways and sessions are open in every state, the configuration changes five times a second: no session is dropped,
// no mail is lost, none arrives twice.
func TestReloadUnderLoad(t *testing.T) {
	w := newReloadWorld(t)
	w.start(w.loadConfig(0), gateway.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), reloadTime(t))
	defer cancel()
	var clients sync.WaitGroup
	for _, c := range []struct {
		listener string
		mails    int
		pause    time.Duration
	}{
		{"plain", 1, 0}, {"plain", 3, 0}, {"plain", 2, 150 * time.Millisecond}, {"plain", 1, 400 * time.Millisecond},
		{"secure", 1, 0}, {"secure", 2, 150 * time.Millisecond}, {"secure", 1, 400 * time.Millisecond},
	} {
		clients.Go(func() {
			for ctx.Err() == nil {
				w.session(c.listener, c.mails, func() { time.Sleep(c.pause) })
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	clients.Go(func() { w.users(ctx) })
	reloads := 0
	for ctx.Err() == nil {
		if time.Sleep(200 * time.Millisecond); reloads%4 == 3 {
			w.certify("gw.example.test")
		}
		reloads++
		if _, err := w.gateway.Apply(w.parse(w.loadConfig(reloads))); err != nil {
			t.Fatal(err)
		}
	}
	clients.Wait()
	w.arrived()
	fmt.Printf("reload: %d reloads, %d sessions, %d dropped; %d mails, each arrived once\n", reloads, w.sessions.Load(), w.dropped.Load(), len(w.sent))
}

// users write mail in Exchange that leaves by the gateway, until ctx ends.
func (w *reloadWorld) users(ctx context.Context) {
	for ctx.Err() == nil {
		subject := fmt.Sprintf("load %d", w.numbers.Add(1))
		w.mu.Lock()
		w.sent[subject] = "sink"
		w.mu.Unlock()
		if _, err := w.exchange.Mailbox("robot").Deposit(mapitest.Outbox, outgoing(subject, "someone@elsewhere.test")); err != nil {
			w.Error(err)
		}
		time.Sleep(150 * time.Millisecond)
	}
}

// arrived waits until all is where it belongs, and a moment longer for what should not come.
func (w *reloadWorld) arrived() {
	w.Helper()
	deadline := time.Now().Add(time.Minute)
	var at map[string]int
	for {
		at = map[string]int{}
		for _, m := range w.sink.Mails() {
			at["sink "+m.Header("Subject")]++
		}
		for _, m := range w.exchange.Mailbox("alice").Messages(mapitest.Inbox) {
			at["alice "+mapi.PidTagSubject.Get(m.Props)]++
		}
		if len(at) >= len(w.sent) || time.Now().After(deadline) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(time.Second)
	for subject, where := range w.sent {
		if n := at[where+" "+subject]; n != 1 {
			w.Errorf("%q arrived at %s %d times", subject, where, n)
		}
	}
	if len(at) != len(w.sent) {
		w.Errorf("%d mails were sent, %d arrived", len(w.sent), len(at))
	}
}
