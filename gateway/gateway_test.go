package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A world is a test Exchange, an SMTP sink that is the internet, and a gateway
// between them.
type world struct {
	*testing.T
	exchange *mapitest.Server
	sink     *smtptest.Sink
	dir      string
	config   string
	gateway  *gateway.Gateway
	stop     func()
}

const gatewayConfig = `
hostname: gw.example.test
data: %[1]s/data
admin: {address: "127.0.0.1:0"}
listeners:
  - {name: apps, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8]}
exchange:
  - name: main
    url: %[2]s
    user_dn: %[3]s
    user: robot
    password: secret
    ca_file: %[1]s/ca.pem
    mailbox: robot@example.test
outbox:
  - mailboxes: [robot@example.test]
    mode: outbox
    dedicated: true
    grace: 0s
    poll: 1s
    acknowledge_bypassed_checks: true
routes:
  - {source: [outbox], to: [nowhere.test], via: reject, text: nobody lives there}
  - {to: [example.test], via: exchange}
  - {via: smarthost/sink}
internet:
  smarthosts:
    - {name: sink, hosts: ["%[4]s"], tls: never}
retry: {first: 1s, most: 2s}
`

func newWorld(t *testing.T) *world { t.Helper(); return newWorldWith(t, gatewayConfig, setting{}) }

// A setting is what is not as usual in a world.
type setting struct {
	// without are extensions that the sink does not offer.
	without []string
	// prepare is called before the gateway starts.
	prepare func(*mapitest.Server)
}

// newWorldWith starts a world whose gateway has another configuration.
func newWorldWith(t *testing.T, text string, o setting) *world {
	t.Helper()
	w := &world{T: t, exchange: mapitest.NewServer(t), dir: t.TempDir(), config: text}
	for _, name := range []string{"robot", "alice"} {
		if _, err := w.exchange.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	robot := w.exchange.Mailbox("robot")
	if err := robot.Grant("robot@example.test", mapitest.SendAs); err != nil {
		t.Fatal(err)
	}
	if err := w.exchange.Mailbox("alice").Grant("robot@example.test", mapitest.SendAs); err != nil {
		t.Fatal(err)
	}
	sink, err := smtptest.NewSink(smtptest.Options{Without: o.without})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	w.sink = sink
	if err := os.WriteFile(filepath.Join(w.dir, "ca.pem"), w.exchange.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	if o.prepare != nil {
		o.prepare(w.exchange)
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// start starts the gateway, again after a stop.
func (w *world) start() {
	w.Helper()
	robot := w.exchange.Mailbox("robot")
	text := fmt.Sprintf(w.config, w.dir, robot.URL(), robot.LegacyDN(), w.sink.Addr)
	c, err := config.Parse("test.yaml", []byte(text))
	if err != nil {
		w.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	if w.gateway, err = gateway.New(c, gateway.Options{Log: log}); err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.gateway.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			w.Errorf("the gateway ended with %v", err)
		}
		w.stop = func() {}
	}
}

func (w *world) send(from string, to []string, message string) error {
	return smtp.SendMail(w.gateway.Addresses()["apps"].String(), nil, from, to, []byte(strings.ReplaceAll(message, "\n", "\r\n")))
}

// inbox waits for a message of a subject in somebody's Inbox.
func (w *world) inbox(who, subject string) mapitest.Stored {
	w.Helper()
	return w.folder(who, mapitest.Inbox, func(m *mapitest.Stored) bool { return mapi.PidTagSubject.Get(m.Props) == subject })
}

func (w *world) folder(who, folder string, match func(*mapitest.Stored) bool) mapitest.Stored {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	m, err := w.exchange.Mailbox(who).WaitFor(ctx, folder, match)
	if err != nil {
		w.Fatalf("%s's %s: %v", who, folder, err)
	}
	return m
}

func outgoing(subject, to string) *mapi.Message {
	entryID, err := mapi.EntryIDBytes(mapi.NewOneOff(to, to))
	if err != nil {
		panic(err)
	}
	return &mapi.Message{
		Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(subject), mapi.PidTagBody.Of("Hello from Exchange.")},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of(to),
			mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(to), mapi.PidTagSmtpAddress.Of(to), mapi.PidTagEntryId.Of(entryID)}}},
	}
}

// An application's mail lands in an Exchange mailbox.
func TestIntoExchange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	err := w.send("robot@example.test", []string{"alice@example.test"},
		"From: robot@example.test\nTo: alice@example.test\nSubject: Into Exchange\n\nThe body.\n")
	if err != nil {
		t.Fatal(err)
	}
	m := w.inbox("alice", "Into Exchange")
	if body := mapi.PidTagBody.Get(m.Props); !strings.HasPrefix(body, "The body.") {
		t.Errorf("body %q", body)
	}
	// No copy clutters the robot's Sent Items: it lies in the ledger.
	if sent := w.exchange.Mailbox("robot").Messages(mapitest.SentItems); len(sent) != 0 {
		t.Errorf("%d messages in Sent Items", len(sent))
	}
	w.folder("robot", "/Mapigate Ledger", nil)
}

// A user's mail leaves the Outbox, once, and stands in Sent Items.
func TestOutOfExchange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.exchange.Mailbox("robot").Deposit(mapitest.Outbox, outgoing("Out", "someone@elsewhere.test")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	mails, err := w.sink.WaitFor(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(mails) != 1 || mails[0].From != "robot@example.test" || !strings.Contains(string(mails[0].Raw), "Hello from Exchange.") {
		t.Errorf("the sink got %+v", mails)
	}
	sent := w.folder("robot", mapitest.SentItems, nil)
	if sent.Flags&8 != 0 {
		t.Errorf("the sent message is a draft: flags 0x%X", sent.Flags)
	}
	w.stop()
	w.start()
	time.Sleep(1500 * time.Millisecond)
	if n := len(w.sink.Mails()); n != 1 {
		t.Errorf("%d mails at the sink after a restart", n)
	}
}

// What the other side refuses comes back into the user's Inbox as a report.
func TestRefusalComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sink.Fail(smtptest.Fault{Verb: "RCPT", Match: "gone@elsewhere.test", Reply: "550 5.1.1 no such user"})
	for _, to := range []string{"gone@elsewhere.test", "anyone@nowhere.test"} {
		if _, err := w.exchange.Mailbox("robot").Deposit(mapitest.Outbox, outgoing("To "+to, to)); err != nil {
			t.Fatal(err)
		}
		report := w.folder("robot", mapitest.Inbox, func(m *mapitest.Stored) bool {
			return strings.Contains(mapi.PidTagBody.Get(m.Props), to)
		})
		if class := mapi.PidTagMessageClass.Get(report.Props); class != "REPORT.IPM.Note.NDR" {
			t.Errorf("the report to %s is a %q", to, class)
		}
	}
}

// While Exchange is down mail is accepted; it arrives when Exchange is back.
func TestExchangeDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	down := w.exchange.Faults().Add(mapitest.Fault{At: mapitest.AnyRequest(), HTTPStatus: 503, Times: -1})
	for i := range 5 {
		err := w.send("robot@example.test", []string{"alice@example.test"},
			fmt.Sprintf("From: robot@example.test\nTo: alice@example.test\nSubject: Patience %d\n\nx\n", i))
		if err != nil {
			t.Fatalf("not accepted while Exchange is down: %v", err)
		}
	}
	time.Sleep(500 * time.Millisecond)
	down.Remove()
	for i := range 5 {
		w.inbox("alice", fmt.Sprintf("Patience %d", i))
	}
}

// A submit whose answer is lost is looked for, not repeated.
func TestLostAnswerIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exchange.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SubmitMessage), DropAnswer: true})
	if err := w.send("robot@example.test", []string{"alice@example.test"},
		"From: robot@example.test\nTo: alice@example.test\nSubject: Once\n\nx\n"); err != nil {
		t.Fatal(err)
	}
	w.inbox("alice", "Once")
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) && w.pending() > 0 {
		time.Sleep(200 * time.Millisecond)
	}
	if n := len(w.exchange.Mailbox("alice").Messages(mapitest.Inbox)); n != 1 {
		t.Errorf("%d copies arrived", n)
	}
}

// pending counts the mails that are not finished.
func (w *world) pending() int {
	w.Helper()
	page, err := w.gateway.Queue().List(w.Context(), queue.Filter{})
	if err != nil {
		w.Fatal(err)
	}
	return len(page.Records)
}
