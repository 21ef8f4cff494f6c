package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// submitSpooled submits a message for a spooler, as a client does.
func submitSpooled(ctx context.Context, t *testing.T, s server, subjects ...string) {
	t.Helper()
	client, err := s.client()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m, err := client.OpenMailbox(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(ctx)
	outbox, sent := m.SpecialFolder(rop.FolderOutbox), m.SpecialFolder(rop.FolderSentItems)
	for _, subject := range subjects {
		msg := draft(subject)
		second := draft("").Recipients[0]
		second.Props.Set(mapi.PidTagEmailAddress.Of("carol@elsewhere.test"))
		second.Props.Set(mapi.PidTagSmtpAddress.Of("carol@elsewhere.test"))
		msg.Recipients = append(msg.Recipients, second)
		msg.Props.Set(mapi.PidTagSentMailSvrEID.Of(mapi.StoreServerID{Folder: sent}.ServerID()))
		id, err := m.Save(ctx, outbox, msg)
		if err == nil {
			err = m.SubmitToSpooler(ctx, outbox, id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What is submitted for a spooler is sent by us and filed by the server, also when the session is lost in between.
func TestSpooler(t *testing.T) {
	sentByServer := 0
	b := newBench(t, func(o *Options) { o.Mode = ModeSpooler },
		mapitest.Options{Transport: func(context.Context, *mapi.Message, mapitest.Envelope) error { sentByServer++; return nil }})
	b.deposit(mapitest.Outbox, draft("only saved"))
	submitSpooled(t.Context(), t, b.server, "spooled")
	r := b.records(1)[0]
	if r.Mail.Subject != "spooled" || len(r.Recipients) != 2 {
		t.Fatalf("taken: %q for %d", r.Mail.Subject, len(r.Recipients))
	}
	b.exchange.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.QueryRows), ExpireSession: true})
	time.Sleep(300 * time.Millisecond)
	b.records(1)
	// One got it, the other did not.
	batch, err := b.queue.Lease(t.Context(), queue.LeaseRequest{Courier: "out", Worker: "test", Max: 1, Duration: time.Minute})
	if err != nil || len(batch.Groups) != 1 {
		t.Fatalf("leased %d: %v", len(batch.Groups), err)
	}
	if _, err := b.queue.Report(t.Context(), batch.Groups[0], []mail.Outcome{{Verdict: mail.Delivered}, {Verdict: mail.Failed}}); err != nil {
		t.Fatal(err)
	}
	debts, err := b.queue.Owed(t.Context(), 10)
	if err != nil || len(debts) != 1 {
		t.Fatalf("%d reports are owed: %v", len(debts), err)
	}
	if err := b.queue.Pay(t.Context(), debts[0], nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	sent, err := b.mailbox.WaitFor(ctx, mapitest.SentItems, nil)
	if err != nil {
		t.Fatal(err)
	}
	if sent.Flags&(mapi.MfUnsent|mapi.MfSubmitted) != 0 || !mapi.PidTagResponsibility.Get(sent.Recipients[0].Props) || mapi.PidTagResponsibility.Get(sent.Recipients[1].Props) {
		t.Errorf("filed with flags 0x%X and recipients %+v", sent.Flags, sent.Recipients)
	}
	if left := b.mailbox.Messages(mapitest.Outbox); len(left) != 1 || sentByServer != 0 {
		t.Errorf("%d messages in the Outbox, %d sent by the server", len(left), sentByServer)
	}
	submitSpooled(t.Context(), t, b.server, "another", "and another")
	b.records(3)
}

// Where the protocol does not work the watcher says so, and takes nothing.
func TestSpoolerRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		mode mapitest.Quirk
		want string
	}{
		"locks refused":         {mapitest.QuirkSpoolerRefused, "RopSpoolerLockMessage"},
		"locks without meaning": {mapitest.QuirkSpoolerIgnored, "locks mean nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, s := newExchange(t, mapitest.Options{Profile: mapitest.ExchangeSE().With(tc.mode)})
			refused(t, s, tc.want)
		})
	}
}

func TestSpoolerRefusedOnRealServer(t *testing.T) {
	if os.Getenv("MAPI_TEST_URL") == "" {
		t.Skip("MAPI_TEST_URL is not set: no real server to run against")
	}
	refused(t, serverOf(os.Getenv), "locks mean nothing") // gromox 3.10
}

// refused checks that a server is refused, with a remedy.
func refused(t *testing.T, s server, want string) {
	t.Helper()
	client, err := s.client()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m, err := client.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(t.Context())
	w := &Watcher{opts: Options{Mode: ModeSpooler}, log: slog.New(slog.DiscardHandler)}
	err = w.newShift(m, queue.Fence{}).way.begin(t.Context())
	if !errors.Is(err, errNoSpooler) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "use mode folder") {
		t.Errorf("%v, want one about %q", err, want)
	}
	if _, err := m.Messages(t.Context(), m.SpecialFolder(rop.FolderOutbox), mapiclient.Query{Limit: 1}); err != nil {
		t.Errorf("the session afterwards: %v", err)
	}
}

// Claimed messages stay in the spooler queue while their destination is away, and must not hide what is submitted after them.
func TestSpoolerTakesMoreThanARound(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Mode = ModeSpooler }, mapitest.Options{})
	const n = takeLimit + 20
	subjects := make([]string, n)
	for i := range subjects {
		subjects[i] = fmt.Sprint("spooled ", i)
	}
	submitSpooled(t.Context(), t, b.server, subjects...)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		count, err := b.queue.Count(t.Context(), queue.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if count == n {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d mails were taken", count, n)
		}
	}
	for delivered := 0; delivered < n; {
		batch, err := b.queue.Lease(t.Context(), queue.LeaseRequest{Courier: "out", Worker: "test", Max: n, Duration: time.Minute})
		if err != nil || len(batch.Groups) == 0 {
			t.Fatalf("%d leased, then none: %v", delivered, err)
		}
		for _, g := range batch.Groups {
			if _, err := b.queue.Report(t.Context(), g, g.Alike(mail.Outcome{Verdict: mail.Delivered})); err != nil {
				t.Fatal(err)
			}
			delivered++
		}
	}
	for deadline := time.Now().Add(patience); len(b.mailbox.Messages(mapitest.SentItems)) < n; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d are filed", len(b.mailbox.Messages(mapitest.SentItems)), n)
		}
	}
}
