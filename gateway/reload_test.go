package gateway_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/smtp"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/admin/client"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// calm is a configuration of which the tests change one thing each.
func (w *reloadWorld) calm() string {
	robot := w.exchange.Mailbox("robot")
	return fmt.Sprintf(`
hostname: gw.example.test
data: %[1]s/data
log: {level: warn}
admin: {address: "127.0.0.1:0"}
listeners:
  - {name: plain, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8]}
  - {name: secure, address: "127.0.0.1:0", mode: starttls, cert: %[1]s/cert.pem, key: %[1]s/key.pem, networks: [127.0.0.0/8]}
exchange:
  - {name: main, url: "%[2]s", user_dn: "%[3]s", user: robot, password: secret, ca_file: "%[1]s/ca.pem", mailbox: robot@example.test}
outbox:
  - {mailboxes: [robot@example.test], exchange: main, mode: outbox, dedicated: true, grace: 0s, poll: 1s, acknowledge_bypassed_checks: true}
routes:
  - {to: [nowhere.test], via: reject, text: the old words}
  - {to: [example.test], via: exchange/main}
  - {via: smarthost/sink}
internet: {smarthosts: [{name: sink, hosts: ["%[4]s"], tls: never}]}
`, w.dir, robot.URL(), robot.LegacyDN(), w.sink.Addr)
}

// with gives calm with some strings replaced.
func (w *reloadWorld) with(pairs ...string) string {
	w.Helper()
	text := w.calm()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			w.Fatalf("there is no %q to be replaced", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// apply puts a configuration in force that must be taken.
func (w *reloadWorld) apply(text string) gateway.Change {
	w.Helper()
	change, err := w.gateway.Apply(w.parse(text))
	if err != nil {
		w.Fatal(err)
	}
	return change
}

// dial opens a session and greets.
func (w *reloadWorld) dial(listener string) *smtp.Client {
	w.Helper()
	c, err := smtp.Dial(w.gateway.Addresses()[listener].String())
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { c.Close() })
	if err := c.Hello("client.test"); err != nil {
		w.Fatal(err)
	}
	return c
}

// send sends one mail in an open session.
func (w *reloadWorld) send(c *smtp.Client, subject string, to string) error {
	w.Helper()
	if err := errors.Join(c.Mail("robot@example.test"), c.Rcpt(to)); err != nil {
		return err
	}
	data, err := c.Data()
	if err != nil {
		return err
	}
	_, err = io.WriteString(data, "From: robot@example.test\r\nTo: "+to+"\r\nSubject: "+subject+"\r\n\r\nHello.\r\n")
	return errors.Join(err, data.Close())
}

func (w *reloadWorld) wants(c gateway.Change, begun ...string) {
	w.Helper()
	if !slices.Equal(c.Begun, begun) {
		w.Errorf("begun %q, want %q (ended %q)", c.Begun, begun, c.Ended)
	}
}

// What is the same goes on untouched; a part that is made anew takes with it what stands on it, and nothing else.
func TestReloadTouchesWhatHasChanged(t *testing.T) {
	w := newReloadWorld(t)
	w.start(w.calm(), gateway.Options{})
	w.wants(w.apply(w.calm()))
	w.wants(w.apply(w.with("poll: 1s", "poll: 2s")), "watches of main", "watch robot@example.test")
	w.wants(w.apply(w.with("tls: never", "tls: never, connections: 3")), "internet", "watches of main", "watch robot@example.test")
	w.wants(w.apply(w.with("tls: never", "tls: never, connections: 3", "mailbox: robot@example.test", "mailbox: robot@example.test, timeout: 90s")),
		"exchange main", "couriers of main", "watch robot@example.test", "probe main", "listener plain", "listener secure")
}

func TestReloadListeners(t *testing.T) {
	w := newReloadWorld(t)
	w.start(w.calm(), gateway.Options{})
	old := w.dial("plain")
	addresses := w.gateway.Addresses()

	// One more, and one that changes: the address stays, old sessions keep their limits, new ones have the new.
	change := w.apply(w.with("mode: plain, networks: [127.0.0.0/8]}", `mode: plain, networks: [127.0.0.0/8], limits: {message_size: 1MiB}}
  - {name: more, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8]}`))
	w.wants(change, "listener plain", "socket 127.0.0.1:0 of more", "listener more")
	if now := w.gateway.Addresses()["plain"]; now.String() != addresses["plain"].String() {
		t.Errorf("the address is %s, was %s", now, addresses["plain"])
	}
	more := w.dial("more")
	fresh := w.dial("plain")
	if _, size := fresh.Extension("SIZE"); size != "1048576" {
		t.Errorf("new sessions may send %s bytes", size)
	}
	for i, c := range []*smtp.Client{old, fresh, more} {
		if err := w.send(c, fmt.Sprintf("Session %d", i), "x@elsewhere.test"); err != nil {
			t.Errorf("session %d: %v", i, err)
		}
	}

	// One less: its port is closed, its sessions go on.
	gone := w.gateway.Addresses()["more"].String()
	w.apply(w.calm())
	if err := w.send(more, "From the listener that is gone", "x@elsewhere.test"); err != nil {
		t.Error(err)
	}
	w.eventually("the port of a listener that is gone is closed", func() bool {
		conn, err := net.Dial("tcp", gone)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	w.sinkHas(4)
}

func (w *reloadWorld) sinkHas(n int) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), 20*time.Second)
	defer cancel()
	if _, err := w.sink.WaitFor(ctx, n); err != nil {
		w.Fatal(err)
	}
	if got := len(w.sink.Mails()); got != n {
		w.Errorf("%d mails at the sink, want %d", got, n)
	}
}

// One port under another name is handed over.
func TestReloadKeepsAPortThatIsRenamed(t *testing.T) {
	w := newReloadWorld(t)
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.Addr().String()
	probe.Close()
	w.start(w.with(`name: plain, address: "127.0.0.1:0"`, `name: plain, address: "`+address+`"`), gateway.Options{})
	old := w.dial("plain")
	w.wants(w.apply(w.with(`name: plain, address: "127.0.0.1:0"`, `name: other, address: "`+address+`"`)), "listener other")
	for i, c := range []*smtp.Client{old, w.dial("other")} {
		if err := w.send(c, fmt.Sprint(i), "x@elsewhere.test"); err != nil {
			t.Error(err)
		}
	}
}

func TestReloadCertificate(t *testing.T) {
	w := newReloadWorld(t)
	w.start(w.calm(), gateway.Options{})
	serial := func() string {
		c := w.dial("secure")
		if err := c.StartTLS(&tls.Config{RootCAs: w.ca.Pool(), ServerName: "gw.example.test"}); err != nil {
			t.Fatal(err)
		}
		state, _ := c.TLSConnectionState()
		return state.PeerCertificates[0].SerialNumber.String()
	}
	before := serial()
	w.certify("gw.example.test")
	w.wants(w.apply(w.calm()), "listener secure")
	if after := serial(); before == after {
		t.Error("new sessions have the old certificate")
	}

	// A key that does not fit: refused, and the certificate before stays.
	_, key, err := w.ca.Files("gw.example.test")
	if err != nil {
		t.Fatal(err)
	}
	w.write("key.pem", key)
	if _, err := w.gateway.Apply(w.parse(w.calm())); err == nil || !strings.Contains(err.Error(), "listener secure: certificate") {
		t.Errorf("a key that does not fit: %v", err)
	}
	serial()
}

func TestReloadRoutes(t *testing.T) {
	w := newReloadWorld(t)
	w.start(w.calm(), gateway.Options{})
	refusal := func(c *smtp.Client) string {
		defer c.Reset()
		return fmt.Sprint(errors.Join(c.Mail("robot@example.test"), c.Rcpt("x@nowhere.test")))
	}
	old := w.dial("plain")
	w.apply(w.with("the old words", "the new words"))
	if text := refusal(w.dial("plain")); !strings.Contains(text, "the new words") {
		t.Errorf("a new session is told %q", text)
	}
	if text := refusal(old); !strings.Contains(text, "the old words") {
		t.Errorf("a session of before is told %q", text)
	}
	// What is taken out of an Outbox goes by the new routes at once, although its watcher is the old one.
	w.wants(w.apply(w.with("to: [nowhere.test], via: reject, text: the old words", "to: [elsewhere.test], via: reject, text: no more")), "listener plain", "listener secure")
	if _, err := w.exchange.Mailbox("robot").Deposit(mapitest.Outbox, outgoing("Out", "someone@elsewhere.test")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := w.exchange.Mailbox("robot").WaitFor(ctx, mapitest.Inbox, func(m *mapitest.Stored) bool {
		return strings.Contains(mapi.PidTagBody.Get(m.Props), "no more")
	})
	if err != nil {
		t.Error(err)
	}
}

func TestReloadOrganisation(t *testing.T) {
	w := newReloadWorld(t)
	w.start(w.calm(), gateway.Options{})
	other := mapitest.NewServer(t)
	if _, err := other.AddUser(mapitest.User{Name: "carol", Address: "carol@second.test", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	w.write("second.pem", other.CertificatePEM())
	carol := other.Mailbox("carol")
	w.apply(w.with("outbox:", fmt.Sprintf(`  - {name: second, url: "%s", user_dn: "%s", user: carol, password: secret, ca_file: "%s/second.pem", mailbox: carol@second.test, deliver: deposit}
outbox:`, carol.URL(), carol.LegacyDN(), w.dir), "  - {to: [example.test]", "  - {to: [second.test], via: exchange/second}\n  - {to: [example.test]"))
	if err := w.send(w.dial("plain"), "To the second", "carol@second.test"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := carol.WaitFor(ctx, mapitest.Inbox, nil); err != nil {
		t.Error(err)
	}
	if !strings.Contains(w.metrics(), `mapigate_mapi_requests_total{exchange="second",result="error",type="PING"} 0`) {
		t.Error("the metrics do not know the second organisation")
	}
}

func (w *reloadWorld) metrics() string {
	w.Helper()
	resp, err := http.Get("http://" + w.gateway.Admin().String() + "/metrics")
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

// The level of the log changes; what only a restart changes is named and stays; who may ask for it changes, too.
func TestReloadTheRest(t *testing.T) {
	w := newReloadWorld(t)
	level := new(slog.LevelVar)
	level.Set(slog.LevelWarn)
	w.start(w.calm(), gateway.Options{Level: level})
	change := w.apply(w.with("level: warn", "level: debug, format: json", "data: "+w.dir+"/data", "data: "+w.dir+"/elsewhere", `admin: {address: "127.0.0.1:0"}`,
		`admin: {address: "127.0.0.1:1", open_metrics: false, tokens: [{name: x, token: 0123456789012345678901234}]}`))
	if level.Level() != slog.LevelDebug {
		t.Errorf("level %v", level)
	}
	if !slices.Equal(change.Fixed, []string{"data", "log.format", "admin.address"}) {
		t.Errorf("needs a restart: %v", change.Fixed)
	}
	resp, err := http.Get("http://" + w.gateway.Admin().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("metrics without a token: %s", resp.Status)
	}
}

// A mailbox that nobody wants watched any more raises no alarm; one that is watched anew is watched by one.
func TestReloadWatches(t *testing.T) {
	w := newReloadWorld(t)
	w.start(w.calm(), gateway.Options{})
	watched := `mapigate_outbox_watched{group="main/outbox"} 1`
	w.eventually("it is watched", func() bool { return strings.Contains(w.metrics(), watched) })
	w.apply(w.with("poll: 1s", "poll: 2s"))
	w.eventually("it is watched anew", func() bool { return strings.Contains(w.metrics(), watched) })
	text := w.calm()
	from, to := strings.Index(text, "outbox:\n"), strings.Index(text, "routes:\n")
	w.apply(text[:from] + text[to:])
	w.eventually("it is forgotten", func() bool {
		return strings.Contains(w.metrics(), `mapigate_outbox_watched{group="main/outbox"} 0`) &&
			strings.Contains(w.metrics(), `mapigate_outbox_mailboxes{group="main/outbox"} 0`)
	})
	w.apply(text)
	w.eventually("it is watched again", func() bool { return strings.Contains(w.metrics(), watched) })
}

func (w *reloadWorld) eventually(what string, is func() bool) {
	w.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if is() {
			return
		}
	}
	w.Fatalf("not within 20 s: %s", what)
}

// The files are watched; a mistake is refused with its line, as config check does, and told by metrics and to the command line.
func TestReloadFromFile(t *testing.T) {
	w := newReloadWorld(t)
	path := filepath.Join(w.dir, "mapigate.yaml")
	set := func(text string) { w.write("mapigate.yaml", []byte(text)) }
	text := w.calm() + "reload: {watch: 50ms}\n"
	set(text)
	w.start(text, gateway.Options{Load: func() (*config.Config, error) { return config.Load(path) }})
	if !strings.Contains(w.metrics(), "mapigate_config_last_reload_successful 1\n") {
		t.Error("a gateway that has started has no configuration")
	}
	set(strings.Replace(text, "the old words", "the new words", 1))
	w.eventually("the file is read again", func() bool {
		return strings.Contains(w.metrics(), `mapigate_config_reloads_total{result="taken"} 1`)
	})
	c := w.dial("plain")
	if text := fmt.Sprint(errors.Join(c.Mail("robot@example.test"), c.Rcpt("x@nowhere.test"))); !strings.Contains(text, "the new words") {
		t.Errorf("the client is told %q", text)
	}
	set(strings.Replace(text, "mode: starttls", "mode: starttsl", 1))
	w.eventually("the mistake is refused", func() bool {
		return strings.Contains(w.metrics(), "mapigate_config_last_reload_successful 0\n")
	})
	asked := client.New(filepath.Join(w.dir, "data", "admin.sock"))
	defer asked.Close()
	if _, err := asked.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), `mapigate.yaml:8: listeners[1].mode: "starttsl"`) {
		t.Errorf("asked for a reload with a mistake: %v", err)
	}
	set(text)
	done, err := asked.Reload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(done.Begun, "listener plain") {
		t.Errorf("%+v", done)
	}
	if !strings.Contains(w.metrics(), "mapigate_config_last_reload_successful 1\n") {
		t.Error("the metric still says that the configuration is refused")
	}
	w.certify("gw.example.test")
	w.eventually("a certificate is noticed", func() bool {
		return strings.Contains(w.metrics(), `mapigate_config_reloads_total{result="taken"} 3`)
	})
}

// A gateway that goes down has nothing to reload.
func TestReloadWhenDown(t *testing.T) {
	w := newReloadWorld(t)
	w.start(w.calm(), gateway.Options{})
	w.stop()
	if _, err := w.gateway.Apply(w.parse(w.calm())); !errors.Is(err, gateway.ErrNoReload) {
		t.Error(err)
	}
	if _, err := w.gateway.Reload(); !errors.Is(err, gateway.ErrNoReload) {
		t.Error(err)
	}
}
