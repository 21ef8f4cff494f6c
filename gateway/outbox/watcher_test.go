package outbox

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
)

// A bench is a watcher on a test Exchange and a real queue. Nothing delivers.
type bench struct {
	*testing.T
	exchange *mapitest.Server
	server   server
	mailbox  *mapitest.Mailbox
	queue    *sqlite.Queue
}

func newBench(t *testing.T, change func(*Options), options ...mapitest.Options) *bench {
	t.Helper()
	x, s := newExchange(t, options...)
	client, err := s.client()
	if err != nil {
		t.Fatal(err)
	}
	q, err := sqlite.Open(t.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{
		Mailbox: "alice@example.test", Client: client, Queue: q, Mode: ModeOutbox, Grace: -1, Poll: 50 * time.Millisecond,
		Legs: func(_ context.Context, m *mail.Mail) ([]queue.Leg, error) {
			legs := make([]queue.Leg, len(m.Envelope.Recipients))
			for i := range legs {
				legs[i] = queue.Leg{Courier: "out", Destination: "out"}
			}
			return legs, nil
		},
		Refuse: func(o mail.Outcome) queue.Leg {
			return queue.Leg{Courier: "refuse", Route: o.Status() + " " + o.Text, Destination: "refuse"}
		},
	}
	if change != nil {
		change(&opts)
	}
	w, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	w.pace = pace{20 * time.Millisecond, 100 * time.Millisecond, slices.Repeat([]time.Duration{200 * time.Millisecond}, 4)}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return &bench{T: t, exchange: x, server: s, mailbox: x.Mailbox("alice"), queue: q}
}

func (b *bench) deposit(folder string, m *mapi.Message) {
	b.Helper()
	if _, err := b.mailbox.Deposit(folder, m); err != nil {
		b.Fatal(err)
	}
}

// patience is how long tests wait for what is to come at once, on however busy a machine.
const patience = 30 * time.Second

// records waits until n mails are in the queue.
func (b *bench) records(n int) []queue.Record {
	b.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		page, err := b.queue.List(b.Context(), queue.Filter{All: true})
		if err != nil {
			b.Fatal(err)
		}
		if len(page.Records) >= n || time.Now().After(deadline) {
			if len(page.Records) != n {
				b.Fatalf("%d mails in the queue, want %d", len(page.Records), n)
			}
			return page.Records
		}
	}
}

// underway puts a mail into the queue that came in another way, and is still to be sent.
func (b *bench) underway(subject string) mail.ID {
	b.Helper()
	r, err := b.queue.Put(b.Context(), queue.Entry{
		Mail: mail.Mail{Subject: subject, Source: mail.Source{Kind: "smtp", Name: "test"},
			Envelope: mail.Envelope{From: "alice@example.test", Recipients: []mail.Recipient{{Address: "bob@example.test"}}}},
		Body: strings.NewReader("Subject: " + subject + "\r\n\r\n"), Legs: []queue.Leg{{Courier: "exchange", Destination: "main"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return r.ID
}

func (b *bench) body(id mail.ID) string {
	b.Helper()
	r, err := b.queue.Open(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		b.Fatal(err)
	}
	return string(data)
}

func with(m *mapi.Message, props ...mapi.Prop) *mapi.Message {
	for _, p := range props {
		m.Props.Set(p)
	}
	return m
}

// Only what is ready is taken; the rest lies where it lay.
func TestTakesOnlyWhatIsReady(t *testing.T) {
	b := newBench(t, nil)
	future := time.Now().Add(time.Hour)
	nobody := draft("nobody")
	nobody.Recipients = nil
	ours := b.underway("underway")
	left := map[string]*mapi.Message{
		"ours":     with(draft("ours"), idHeader.Of(string(ours))),              // a courier is about to submit it
		"marked":   with(draft("marked"), draftName.Of("06h0acr1g5sqzs1tekbs")), // and this one, of another gateway
		"deferred": with(draft("deferred"), mapi.PidTagDeferredSendTime.Of(future)),
		"later":    with(draft("later"), mapi.PidTagDeferredSendNumber.Of(2), mapi.PidTagDeferredSendUnits.Of(1), mapi.PidTagClientSubmitTime.Of(time.Now())),
		"nobody":   nobody,
	}
	for _, m := range left {
		b.deposit(mapitest.Outbox, m)
	}
	b.deposit(mapitest.Drafts, draft("a draft"))
	b.deposit(mapitest.Outbox, with(draft("overdue"), mapi.PidTagDeferredSendTime.Of(time.Now().Add(-time.Hour))))
	b.deposit(mapitest.Outbox, draft("ready"))
	b.deposit(mapitest.Outbox, with(draft("again"), idHeader.Of("06h0acr1g5sqzs1tekbs"))) // from Sent Items, by its user
	subjects := []string{}
	for _, r := range b.records(4) {
		subjects = append(subjects, r.Mail.Subject)
	}
	if slices.Sort(subjects); strings.Join(subjects, " ") != "again overdue ready underway" {
		t.Errorf("taken: %q", subjects)
	}
	time.Sleep(200 * time.Millisecond)
	lying := b.mailbox.Messages(mapitest.Outbox)
	if len(lying) != len(left) {
		t.Errorf("%d messages lie in the Outbox, want %d", len(lying), len(left))
	}
	for _, m := range lying {
		if left[mapi.PidTagSubject.Get(m.Props)] == nil {
			t.Errorf("%q lies in the Outbox", mapi.PidTagSubject.Get(m.Props))
		}
	}
}

// A message within its grace is taken when the grace is over, not before.
func TestWaitsForTheGrace(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Grace, o.Poll = time.Second, time.Hour })
	began := time.Now()
	b.deposit(mapitest.Outbox, draft("fresh"))
	b.records(1)
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("taken after %v, within its grace", took)
	}
}

// The envelope has everybody once, the header no Bcc, the mail a Message-ID that stays.
func TestEnvelope(t *testing.T) {
	b := newBench(t, func(o *Options) {
		o.Losses = func(_ *mail.Mail, losses []mapping.Loss) {
			for _, l := range losses {
				if strings.Contains(l.String(), "Mapigate") {
					t.Errorf("our own property counts as lost: %v", l)
				}
			}
		}
	})
	m := draft("to three")
	blind := draft("").Recipients[0]
	blind.Type = mapi.RecipientBcc
	blind.Props = slices.Clone(blind.Props)
	blind.Props.Set(mapi.PidTagEmailAddress.Of("carol@elsewhere.test"))
	blind.Props.Set(mapi.PidTagSmtpAddress.Of("carol@elsewhere.test"))
	blind.Props.Set(mapi.PidTagDisplayName.Of("Carol"))
	fax := mapi.Recipient{Type: mapi.RecipientCc, Props: mapi.Props{mapi.PidTagDisplayName.Of("The fax"),
		mapi.PidTagAddressType.Of("FAX"), mapi.PidTagEmailAddress.Of("+49 1")}}
	m.Recipients = append(m.Recipients, blind, fax)
	b.deposit(mapitest.Outbox, m)
	r := b.records(1)[0]
	e := r.Mail.Envelope
	if e.From != "alice@example.test" || len(e.Recipients) != 3 ||
		e.Recipients[0].Address != "bob@elsewhere.test" || e.Recipients[1].Address != "carol@elsewhere.test" {
		t.Errorf("envelope %+v", e)
	}
	if fax := r.Recipients[2]; fax.Courier != "refuse" || !strings.HasPrefix(fax.Route, "5.1.3 ") {
		t.Errorf("the recipient without an address goes %+v", fax.Leg)
	}
	body := b.body(r.Mail.ID)
	if strings.Contains(body, "carol@") {
		t.Errorf("the mail names the Bcc recipient:\n%s", body)
	}
	if !strings.Contains(body, "Message-ID: "+r.Mail.MessageID) && !strings.Contains(body, "Message-Id: "+r.Mail.MessageID) {
		t.Errorf("Message-ID %q is not in the mail:\n%s", r.Mail.MessageID, body)
	}
	if !strings.Contains(body, "From: Alice <alice@example.test>") {
		t.Errorf("no From of the mailbox in:\n%s", body)
	}
}

// A name that the mailbox may not use is refused, and the report goes to the mailbox.
func TestForeignSender(t *testing.T) {
	b := newBench(t, func(o *Options) { o.SendAs = []string{"Sales@example.test"} })
	as := func(subject, address string) *mapi.Message {
		return with(draft(subject), mapi.PidTagSentRepresentingAddressType.Of("SMTP"), mapi.PidTagSentRepresentingName.Of(address),
			mapi.PidTagSentRepresentingEmailAddress.Of(address), mapi.PidTagSentRepresentingSmtpAddress.Of(address))
	}
	b.deposit(mapitest.Outbox, as("as the boss", "boss@example.test"))
	b.deposit(mapitest.Outbox, as("as sales", "sales@example.test"))
	for _, r := range b.records(2) {
		refused := r.Recipients[0].Courier == "refuse"
		switch r.Mail.Subject {
		case "as the boss":
			if !refused || !strings.HasPrefix(r.Recipients[0].Route, "5.7.60 ") || r.Mail.Envelope.From != "alice@example.test" {
				t.Errorf("as the boss: from %q by %+v", r.Mail.Envelope.From, r.Recipients[0].Leg)
			}
		case "as sales":
			if refused || r.Mail.Envelope.From != "sales@example.test" {
				t.Errorf("as sales: from %q by %+v", r.Mail.Envelope.From, r.Recipients[0].Leg)
			}
		}
	}
}

// When the session is lost the mailbox is opened again and work goes on.
func TestSessionLost(t *testing.T) {
	b := newBench(t, nil)
	b.deposit(mapitest.Outbox, draft("before"))
	b.records(1)
	b.exchange.Faults().Add(mapitest.Fault{At: mapitest.Request("Execute"), ExpireSession: true})
	b.deposit(mapitest.Outbox, draft("after"))
	b.records(2)
}

// What somebody else has in hand is left alone.
func TestReady(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	good := mapi.Props{mapi.PidTagDisplayTo.Of("Bob"), mapi.PidTagMessageFlags.Of(mapi.MfUnsent), mapi.PidTagLastModificationTime.Of(now.Add(-time.Hour))}
	for name, p := range map[string]mapi.Prop{
		"submitted":   mapi.PidTagMessageFlags.Of(mapi.MfSubmitted | mapi.MfUnsent),
		"associated":  mapi.PidTagMessageFlags.Of(mapi.MfFAI),
		"in conflict": mapi.PidTagMessageStatus.Of(msInConflict),
		"to nobody":   mapi.PidTagDisplayTo.Of(""),
	} {
		bad := slices.Clone(good)
		bad.Set(p)
		if ok, from := ready(bad, now.Add(-time.Hour), now, time.Second); ok || !from.IsZero() {
			t.Errorf("%s: ready %v from %v, want never", name, ok, from)
		}
	}
	if ok, _ := ready(good, now.Add(-time.Hour), now, time.Second); !ok {
		t.Error("an unsent message an hour old is not ready")
	}
	if ok, from := ready(good, now.Add(-time.Hour), now, 2*time.Hour); ok || !from.Equal(now.Add(time.Hour)) {
		t.Errorf("within its grace: ready %v from %v", ok, from)
	}
}

func TestDeferredUntil(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, tc := range map[string]struct {
		props mapi.Props
		want  time.Time
		ok    bool
	}{
		"nothing": {nil, time.Time{}, false},
		"a time":  {mapi.Props{mapi.PidTagDeferredSendTime.Of(at)}, at, true},
		"a number wins over a time": {mapi.Props{mapi.PidTagDeferredSendTime.Of(at), mapi.PidTagDeferredSendNumber.Of(3),
			mapi.PidTagDeferredSendUnits.Of(2), mapi.PidTagClientSubmitTime.Of(at)}, at.AddDate(0, 0, 3), true},
		"a number from the last change": {mapi.Props{mapi.PidTagDeferredSendNumber.Of(5), mapi.PidTagDeferredSendUnits.Of(0),
			mapi.PidTagLastModificationTime.Of(at)}, at.Add(5 * time.Minute), true},
		"nonsense units": {mapi.Props{mapi.PidTagDeferredSendNumber.Of(5), mapi.PidTagDeferredSendUnits.Of(77)}, time.Time{}, false},
	} {
		if got, ok := deferredUntil(tc.props); ok != tc.ok || !got.Equal(tc.want) {
			t.Errorf("%s: %v, %v, want %v, %v", name, got, ok, tc.want, tc.ok)
		}
	}
}

// A message that was put off and then vanished must not make the watcher look all the time.
func TestPauseForgetsWhatHasPassed(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := &shift{Watcher: &Watcher{opts: Options{Now: func() time.Time { return now }},
		later: map[mapi.MessageID]time.Time{1: now.Add(-time.Second), 2: now.Add(10 * time.Second)}}}
	if first := s.again(); first.After(now) {
		t.Errorf("the first look is at %v, want at once", first)
	}
	if second := s.again(); !second.Equal(now.Add(10 * time.Second)) {
		t.Errorf("the second look is at %v, want ten seconds later", second)
	}
}

// What a failed start has opened is closed again.
func TestFailedStartClosesTheAddressBook(t *testing.T) {
	x, s := newExchange(t)
	x.Faults().Add(mapitest.Fault{At: mapitest.Request("ResolveNames"), Status: 500})
	client, err := s.client()
	if err != nil {
		t.Fatal(err)
	}
	w := &Watcher{opts: Options{Mailbox: "alice@example.test", Client: client}, log: slog.New(slog.DiscardHandler)}
	if _, err := w.findSender(t.Context()); err == nil {
		t.Fatal("a failed look-up gave a sender")
	}
	if opened, closed := x.Count(mapitest.Request("Bind")), x.Count(mapitest.Request("Unbind")); opened != 1 || closed != 1 {
		t.Errorf("%d sessions opened and %d closed, want 1 of each", opened, closed)
	}
}

// What cannot be taken yet, however much of it there is, does not hide what can.
func TestReadyBehindMany(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Poll = time.Second })
	nobody := draft("nobody")
	nobody.Recipients = nil
	for range takeLimit + 1 {
		b.deposit(mapitest.Outbox, nobody)
	}
	b.deposit(mapitest.Outbox, draft("ready"))
	b.records(1)
}

// A wait for notifications that something on the way cuts is no reason to open the mailbox anew.
func TestCutWaitKeepsTheMailboxOpen(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Poll = time.Hour })
	b.deposit(mapitest.Outbox, draft("before"))
	b.records(1)
	opened := b.exchange.Count(mapitest.Request("Connect"))
	b.exchange.Faults().Add(mapitest.Fault{At: mapitest.Request("NotificationWait"), DropRequest: true})
	b.deposit(mapitest.Outbox, draft("after"))
	b.records(2)
	time.Sleep(200 * time.Millisecond)
	if again := b.exchange.Count(mapitest.Request("Connect")); again != opened {
		t.Errorf("the mailbox was opened %d times, want %d", again, opened)
	}
}

// A message whose folder for sent mail has been deleted is settled into Sent Items.
func TestSettlesWithoutItsFolder(t *testing.T) {
	b := newBench(t, nil)
	m := draft("filed")
	b.deposit(mapitest.Outbox, with(m, mapi.PidTagSentMailSvrEID.Of(mapi.StoreServerID{Folder: 0x7777_0000_0000_0001}.ServerID())))
	b.records(1)
	b.deliver()
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	_, err := b.mailbox.WaitFor(ctx, mapitest.SentItems, func(m *mapitest.Stored) bool { return mapi.PidTagSubject.Get(m.Props) == "filed" })
	if err != nil {
		t.Errorf("not in Sent Items: %v", err)
	}
}

// deliver makes the one mail of the queue final.
func (b *bench) deliver() {
	b.Helper()
	b.report("out", mail.Outcome{Verdict: mail.Delivered, Code: 250})
}

// report has a courier end all it has with an outcome.
func (b *bench) report(courier string, o mail.Outcome) {
	b.Helper()
	batch, err := b.queue.Lease(b.Context(), queue.LeaseRequest{Courier: courier, Worker: "test", Max: 1, Duration: time.Minute})
	if err != nil || len(batch.Groups) != 1 {
		b.Fatalf("leased %d groups: %v", len(batch.Groups), err)
	}
	g := batch.Groups[0]
	if _, err := b.queue.Report(b.Context(), g, slices.Repeat([]mail.Outcome{o}, len(g.Items))); err != nil {
		b.Fatal(err)
	}
}

// Once its claim is settled a message is gone: one that a delete has left would be sent again when the queue has forgotten it.
func TestSettlesNothingThatIsStillThere(t *testing.T) {
	b := newBench(t, nil)
	b.deposit(mapitest.Outbox, draft("stays"))
	b.records(1)
	left := b.exchange.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.HardDeleteMessages), Code: mapi.ErrNotFound})
	b.deliver()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		final, err := b.queue.Settleable(b.Context(), "alice@example.test", 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(final) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("not settled")
		}
	}
	if left.Fired() != 1 {
		t.Fatalf("%d deletions did nothing, want 1", left.Fired())
	}
	claimed := slices.IndexFunc(b.mailbox.Folders(), func(path string) bool { return strings.HasSuffix(path, ClaimedFolder) })
	if claimed < 0 {
		t.Fatalf("no hidden folder among %q", b.mailbox.Folders())
	}
	if n := len(b.mailbox.Messages(b.mailbox.Folders()[claimed])); n != 0 {
		t.Errorf("settled with %d claimed messages left", n)
	}
}
