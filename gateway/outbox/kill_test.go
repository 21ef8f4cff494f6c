package outbox

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// stepSent is the one point where a crash may send a mail twice: the sink has
// it and we have not written that down.
const stepSent Step = "sent"

// The test runs its own binary as the gateway, kills it at a step, and starts it again.
func TestMain(m *testing.M) {
	if os.Getenv("OUTBOX_TEST_DIR") != "" {
		if err := gatewayProcess(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// gatewayProcess watches a folder and "delivers" by writing Message-IDs to a
// file. It ends when everything is settled.
func gatewayProcess() error {
	dir := os.Getenv("OUTBOX_TEST_DIR")
	kill := Step(os.Getenv("OUTBOX_TEST_KILL"))
	at := func(s Step) {
		if s == kill {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	q, err := sqlite.Open(filepath.Join(dir, "queue"), sqlite.Options{MinFree: -1})
	if err != nil {
		return err
	}
	defer q.Close()
	client, err := serverOf(os.Getenv).client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	w, err := New(Options{
		Mailbox: os.Getenv("MAPI_TEST_USER"), Client: client, Queue: q, Folder: os.Getenv("OUTBOX_TEST_FOLDER"),
		Grace: -1, Poll: time.Second, Step: at,
		Legs: func(_ context.Context, m *mail.Mail) ([]queue.Leg, error) {
			legs := make([]queue.Leg, len(m.Envelope.Recipients))
			for i := range legs {
				legs[i] = queue.Leg{Courier: "sink", Destination: "sink"}
			}
			return legs, nil
		},
		Refuse: func(o mail.Outcome) queue.Leg { return queue.Leg{Courier: "refuse", Route: o.Text} },
		Log:    slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	settled := make(chan struct{})
	w.opts.Observer = observer(func(what string) {
		if what == "settled" {
			close(settled)
		}
	})
	c, err := courier.New(courier.Options{Name: "sink", Queue: q, Deliver: func(_ context.Context, g queue.Group) []mail.Outcome {
		f, err := os.OpenFile(filepath.Join(dir, "sink.txt"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = fmt.Fprintln(f, g.Mail.MessageID)
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			return []mail.Outcome{{Verdict: mail.Retry, Text: err.Error()}}
		}
		at(stepSent)
		return []mail.Outcome{{Verdict: mail.Delivered, Code: 250}}
	}, LeaseTime: 5 * time.Second, Poll: 100 * time.Millisecond})
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	runCtx, stop := context.WithCancel(ctx)
	go func() { ended <- w.Run(runCtx) }()
	go func() {
		if kill == StepQueued { // the courier could be as far as stepSent by then
			<-runCtx.Done()
			ended <- nil
			return
		}
		ended <- c.Run(runCtx)
	}()
	if kill == "" && os.Getenv("OUTBOX_TEST_IDLE") != "" {
		time.Sleep(1500 * time.Millisecond) // long enough to send again, if it were to
	} else {
		select {
		case <-settled:
		case <-ctx.Done():
			err = errors.New("nothing was settled in time")
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return errors.Join(err, <-ended, <-ended)
}

type observer func(what string)

func (observer) Watching(string, bool)     {}
func (o observer) Did(_ string, w string)  { o(w) }
func (observer) Lag(string, time.Duration) {}

// A server is where the tests find a mailbox, as MAPI_TEST_* variables.
type server map[string]string

func (s server) env() []string {
	list := os.Environ()
	for k, v := range s {
		list = append(list, k+"="+v)
	}
	return list
}

// serverOf gives the variables of the process's environment.
func serverOf(getenv func(string) string) server {
	s := server{}
	for _, k := range []string{"URL", "NSPI_URL", "USER", "USER_DN", "PASSWORD", "CA"} {
		s["MAPI_TEST_"+k] = getenv("MAPI_TEST_" + k)
	}
	return s
}

func (s server) client() (*mapiclient.Client, error) {
	pool := x509.NewCertPool()
	pem, err := os.ReadFile(s["MAPI_TEST_CA"])
	if err != nil {
		return nil, err
	}
	pool.AppendCertsFromPEM(pem)
	return mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: s["MAPI_TEST_URL"], UserDN: s["MAPI_TEST_USER_DN"], AddressBookURL: s["MAPI_TEST_NSPI_URL"]},
		Auth:     auth.NewBasic(auth.Credentials{User: s["MAPI_TEST_USER"], Password: auth.NewSecret(s["MAPI_TEST_PASSWORD"])}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: pool}},
	})
}

// newExchange starts a test Exchange with one user.
func newExchange(t *testing.T, options ...mapitest.Options) (*mapitest.Server, server) {
	t.Helper()
	x := mapitest.NewServer(t, options...)
	m, err := x.AddUser(mapitest.User{Name: "alice", Address: "alice@example.test", Password: "secret", DisplayName: "Alice"})
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, x.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return x, server{"MAPI_TEST_URL": m.URL(), "MAPI_TEST_NSPI_URL": m.AddressBookURL(), "MAPI_TEST_USER": m.Address(),
		"MAPI_TEST_USER_DN": m.LegacyDN(), "MAPI_TEST_PASSWORD": "secret", "MAPI_TEST_CA": ca}
}

// A message leaves once, whatever step the gateway dies at.
func TestKilledAtEveryStep(t *testing.T) {
	_, s := newExchange(t)
	killedAtEveryStep(t, s)
}

func TestKilledAtEveryStepOnRealServer(t *testing.T) {
	if os.Getenv("MAPI_TEST_URL") == "" {
		t.Skip("MAPI_TEST_URL is not set: no real server to run against")
	}
	killedAtEveryStep(t, serverOf(os.Getenv))
}

func killedAtEveryStep(t *testing.T, s server) {
	client, err := s.client()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, step := range append(Steps(), stepSent, "") {
		t.Run("killed at "+string(step), func(t *testing.T) { killedAt(t, s, client, step) })
	}
}

func killedAt(t *testing.T, s server, client *mapiclient.Client, step Step) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
	defer cancel()
	m, err := client.OpenMailbox(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(ctx)
	name := fmt.Sprintf("Kill test %08x", rand.Uint32())
	folder, err := m.CreateFolder(ctx, m.SpecialFolder(rop.FolderIPMSubtree), name)
	if err != nil {
		t.Fatal(err)
	}
	subject := name
	if _, err := m.Save(ctx, folder, draft(subject)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := append(s.env(), "OUTBOX_TEST_DIR="+dir, "OUTBOX_TEST_FOLDER="+name)
	if step != "" {
		runGateway(t, append(env, "OUTBOX_TEST_KILL="+string(step)), true)
	}
	if step != StepSettled {
		runGateway(t, env, false)
	}
	runGateway(t, append(env, "OUTBOX_TEST_IDLE=1"), false)

	want := 1
	if step == stepSent {
		want = 2
	}
	ids := lines(t, filepath.Join(dir, "sink.txt"))
	if len(ids) != want {
		t.Errorf("the sink got %d mails, want %d", len(ids), want)
	}
	for _, id := range ids {
		if id != ids[0] || id == "" {
			t.Errorf("Message-IDs %q differ", ids)
		}
	}
	checkSettled(ctx, t, m, folder, subject, ids[0])
}

// checkSettled looks that exactly one sent message stands in Sent Items, and
// nothing elsewhere.
func checkSettled(ctx context.Context, t *testing.T, m *mapiclient.Mailbox, folder mapi.FolderID, subject, messageID string) {
	t.Helper()
	find := func(f mapi.FolderID) []mapiclient.Row {
		rows, err := m.Messages(ctx, f, mapiclient.Query{
			Columns: []mapi.PropTag{mapi.PidTagMessageFlags.Tag(), mapi.PidTagInternetMessageId.Tag(), mapi.PidTagClientSubmitTime.Tag(), mapi.PidTagSenderName.Tag()},
			Where:   mapi.Equal(mapi.PidTagSubject.Of(subject)),
		})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	sent := find(m.SpecialFolder(rop.FolderSentItems))
	if len(sent) != 1 {
		t.Fatalf("%d messages in Sent Items, want 1", len(sent))
	}
	defer m.Delete(ctx, m.SpecialFolder(rop.FolderSentItems), sent[0].ID)
	p := sent[0].Props
	if f := mapi.PidTagMessageFlags.Get(p); f&(mapi.MfUnsent|mapi.MfRead) != mapi.MfRead {
		t.Errorf("the sent message has flags 0x%X: it is a draft, or unread", f)
	}
	if id := mapi.PidTagInternetMessageId.Get(p); id != messageID {
		t.Errorf("the sent message has Message-ID %q, the mail %q", id, messageID)
	}
	if mapi.PidTagClientSubmitTime.Get(p).IsZero() || mapi.PidTagSenderName.Get(p) == "" {
		t.Errorf("no submit time or sender: %v", p)
	}
	claimed, err := m.CreateFolder(ctx, m.SpecialFolder(rop.FolderRoot), ClaimedFolder)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]mapi.FolderID{"the watched folder": folder, "the hidden folder": claimed} {
		if rows := find(f); len(rows) != 0 {
			t.Errorf("%d messages are left in %s", len(rows), name)
		}
	}
}

func draft(subject string) *mapi.Message {
	entryID, err := mapi.EntryIDBytes(mapi.NewOneOff("Bob", "bob@elsewhere.test"))
	if err != nil {
		panic(err)
	}
	return &mapi.Message{
		Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(subject), mapi.PidTagBody.Of("Hello.\r\n"),
			mapi.PidTagMessageFlags.Of(mapi.MfUnsent | mapi.MfRead)},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{
			mapi.PidTagDisplayName.Of("Bob"), mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of("bob@elsewhere.test"),
			mapi.PidTagSmtpAddress.Of("bob@elsewhere.test"), mapi.PidTagEntryId.Of(entryID), mapi.PidTagObjectType.Of(6), mapi.PidTagDisplayType.Of(0)}}},
	}
}

func runGateway(t *testing.T, env []string, dies bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	killed := errors.As(err, &exit) && !exit.Exited()
	if killed != dies || err != nil && !dies {
		t.Fatalf("the gateway ended with %v, killed %v, want %v\n%s", err, killed, dies, out)
	}
	if testing.Verbose() {
		t.Logf("%s", out)
	}
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []string
	for s := bufio.NewScanner(f); s.Scan(); {
		list = append(list, strings.TrimSpace(s.Text()))
	}
	return list
}
