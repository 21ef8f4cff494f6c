package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

const hello = "From: alice@example.test\nTo: bob@elsewhere.test\nMessage-ID: <1@app.test>\nSubject: hello\n\nHello.\n"

// An outside is the world behind the test Exchange.
type outside struct {
	mu   sync.Mutex
	sent [][]string // the recipients of each message
}

func (o *outside) transport(_ context.Context, _ *mapi.Message, e mapitest.Envelope) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, e.Recipients)
	return nil
}

// wait gives the sorted recipients of all messages, when there are so many.
func (o *outside) wait(t *testing.T, n int) (all []string, largest int) {
	t.Helper()
	for range 3000 {
		o.mu.Lock()
		all, largest = nil, 0
		for _, to := range o.sent {
			all, largest = append(all, to...), max(largest, len(to))
		}
		o.mu.Unlock()
		if len(all) >= n {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	slices.Sort(all)
	return all, largest
}

// More recipients than a server takes, or than the configuration says, are sent to with several messages, each once.
func TestManyRecipientsAreSplit(t *testing.T) {
	var to []string
	for i := range 100 {
		to = append(to, fmt.Sprintf("user%02d@elsewhere.test", i))
	}
	for name, c := range map[string]struct{ server, configured, most int }{
		"the server refuses":     {server: 30, configured: 80, most: 30},
		"the configuration says": {server: 500, configured: 15, most: 15},
	} {
		t.Run(name, func(t *testing.T) {
			var out outside
			r := newRigWith(t, mapitest.Options{Limits: mapitest.Limits{Recipients: c.server}, Transport: out.transport}, "alice")
			s := r.submitter(SubmitterOptions{Fallback: "alice@example.test", MaxRecipients: c.configured})
			for _, o := range s.Deliver(t.Context(), group("alice@example.test", hello, to...)) {
				if o.Verdict != mail.Delivered {
					t.Fatalf("%v: %s", o.Verdict, o.Text)
				}
			}
			all, largest := out.wait(t, len(to))
			if !slices.Equal(all, to) || largest > c.most {
				t.Errorf("%d recipients got it, at most %d by one message", len(all), largest)
			}
			// The server's limit is remembered.
			r.x.ResetCounts()
			s.Deliver(t.Context(), group("alice@example.test", hello, to...))
			if n, least := r.x.Count(mapitest.ROP(rop.SubmitMessage)), len(to)/c.most; n > 2*least+2 {
				t.Errorf("%d submits for %d recipients", n, len(to))
			}
		})
	}
}

// One recipient too many is no endless loop.
func TestOneRecipientIsTooMany(t *testing.T) {
	r := newRig(t, "alice")
	s := r.submitter(SubmitterOptions{Fallback: "alice@example.test"})
	r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SubmitMessage), Code: mapi.ErrTooManyRecips, Times: 100})
	got := verdictsOf(s.Deliver(t.Context(), group("alice@example.test", hello, "a@elsewhere.test", "b@elsewhere.test", "c@elsewhere.test")))
	if got != "failed failed failed" {
		t.Errorf("%s", got)
	}
}

// What the store would refuse for its size is refused before anything is written.
func TestTooLargeForTheStore(t *testing.T) {
	r := newRigWith(t, mapitest.Options{Limits: mapitest.Limits{MessageBytes: 64 << 10}}, "alice")
	s := r.submitter(SubmitterOptions{Fallback: "alice@example.test"})
	o := s.Deliver(t.Context(), group("alice@example.test", hello+strings.Repeat("0123456789abcde\n", 5000), "bob@elsewhere.test"))[0]
	if o.Verdict != mail.Failed || o.Status() != "5.3.4" {
		t.Errorf("%v %s: %s", o.Verdict, o.Status(), o.Text)
	}
	if n := r.x.Count(mapitest.ROP(rop.CreateMessage)); n != 0 {
		t.Errorf("%d messages were begun", n)
	}
	if o := s.Deliver(t.Context(), group("alice@example.test", hello, "bob@elsewhere.test"))[0]; o.Verdict != mail.Delivered {
		t.Errorf("a small one: %v %s", o.Verdict, o.Text)
	}
}

// A session that was lost before the submit is no reason to wait for the next attempt.
func TestLostSessionIsTriedAnew(t *testing.T) {
	r := newRig(t, "alice", "bob")
	s := r.submitter(SubmitterOptions{Fallback: "alice@example.test"})
	if o := s.Deliver(t.Context(), group("alice@example.test", hello, "bob@example.test"))[0]; o.Verdict != mail.Delivered {
		t.Fatalf("%v: %s", o.Verdict, o.Text)
	}
	for _, at := range []rop.ID{rop.CreateMessage, rop.SaveChangesMessage} {
		r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(at), ExpireSession: true})
		if o := s.Deliver(t.Context(), group("alice@example.test", hello, "bob@example.test"))[0]; o.Verdict != mail.Delivered {
			t.Errorf("at %v: %v %s", at, o.Verdict, o.Text)
		}
	}
	for _, m := range r.x.Mailbox("alice").Messages(mapitest.Outbox) {
		if m.Flags&mapi.MfSubmitted == 0 {
			t.Error("a draft is left in the Outbox")
		}
	}
	// The server has forgotten the session when the mail is looked for before a second attempt.
	r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.GetContentsTable), ExpireSession: true})
	again := inDoubt(group("alice@example.test", hello, "bob@example.test"))
	if o := s.Deliver(t.Context(), again)[0]; o.Verdict != mail.Delivered {
		t.Errorf("%v: %s", o.Verdict, o.Text)
	}
}

// The copy of a mail lies where the policy says, and nowhere else; its Message-ID and whose name it went out in are known.
func TestSentItems(t *testing.T) {
	for policy, want := range map[SentItems][3]int{ // in Sent Items of alice, of sales, in alice's ledger
		SentNone: {0, 0, 1}, SentMailbox: {1, 0, 0}, SentRepresented: {0, 1, 1}, SentBoth: {1, 1, 0},
	} {
		t.Run(string(policy), func(t *testing.T) {
			r := newRig(t, "alice", "sales", "bob")
			if err := r.x.Mailbox("sales").Grant("alice", mapitest.SendAs); err != nil {
				t.Fatal(err)
			}
			s := r.submitter(SubmitterOptions{Fallback: "alice@example.test", SentItems: policy})
			g := group("sales@example.test", "From: Sales <sales@example.test>\nTo: bob@example.test\nSubject: hello\n\nHello.\n", "bob@example.test")
			if o := s.Deliver(t.Context(), g)[0]; o.Verdict != mail.Delivered || !o.Relayed {
				t.Fatalf("%v, relayed %v: %s", o.Verdict, o.Relayed, o.Text)
			}
			if _, err := r.x.Mailbox("bob").WaitFor(t.Context(), mapitest.Inbox, nil); err != nil {
				t.Fatal(err)
			}
			count := func(user, folder string) int { return len(r.x.Mailbox(user).Messages(folder)) }
			var got [3]int
			for range 2000 {
				if got = [3]int{count("alice", mapitest.SentItems), count("sales", mapitest.SentItems), count("alice", "/"+LedgerFolder)}; got == want {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if got != want {
				t.Errorf("copies %v, want %v", got, want)
			}
			for _, m := range r.x.Mailbox("sales").Messages(mapitest.SentItems) {
				if m.Flags&(mapi.MfUnsent|mapi.MfRead) != mapi.MfRead || mapi.PidTagClientSubmitTime.Get(m.Props).IsZero() {
					t.Errorf("the copy of sales has flags %x", m.Flags)
				}
			}
		})
	}
}

// Everything that has lain in a ledger for too long goes at once, however much that is.
func TestTidyEmptiesTheLedger(t *testing.T) {
	now := time.Now()
	r := newRigWith(t, mapitest.Options{Now: func() time.Time { return now }}, "alice")
	s := r.submitter(SubmitterOptions{Fallback: "alice@example.test"})
	s.Deliver(t.Context(), group("alice@example.test", hello, "bob@elsewhere.test"))
	box := r.x.Mailbox("alice")
	if _, err := box.WaitFor(t.Context(), "/"+LedgerFolder, nil); err != nil { // the sent copy
		t.Fatal(err)
	}
	for range 2*purgeAtOnce + 50 {
		if _, err := box.Deposit("/"+LedgerFolder, &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("old")}}); err != nil {
			t.Fatal(err)
		}
	}
	old := len(box.Messages("/" + LedgerFolder))
	now = now.Add(LedgerKeep + time.Minute)
	if _, err := box.Deposit("/"+LedgerFolder, &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("new")}}); err != nil {
		t.Fatal(err)
	}
	r.accounts.Close(t.Context()) // the server has forgotten the sessions since
	before := now.Add(-LedgerKeep - time.Hour)
	if n, err := r.accounts.Tidy(t.Context(), "alice@example.test", now, before); err != nil || n != 0 {
		t.Errorf("deleted %d, %v; a mail of before is not finished and may be looked for", n, err)
	}
	n, err := r.accounts.Tidy(t.Context(), "alice@example.test", now, now)
	if left := len(box.Messages("/" + LedgerFolder)); err != nil || n != old || left != 1 {
		t.Errorf("deleted %d of %d, %d are left, %v", n, old, left, err)
	}
}

// What the server calls the mail, and whose name it went out in, is in the outcome when the copy is filed in time.
func TestReadBack(t *testing.T) {
	r := newRig(t, "alice", "sales", "bob")
	if err := r.x.Mailbox("sales").Grant("alice", mapitest.SendOnBehalf); err != nil {
		t.Fatal(err)
	}
	s := r.submitter(SubmitterOptions{Fallback: "alice@example.test"})
	for from, name := range map[string]string{"alice@example.test": "", "sales@example.test": ", on behalf of sales@example.test"} {
		known := 0
		for range 20 { // the server files when it has the time
			text := "From: " + from + "\nTo: bob@example.test\nMessage-ID: <1@app.test>\nSubject: hello\n\nHello.\n"
			o := s.Deliver(t.Context(), group(from, text, "bob@example.test"))[0]
			if o.Verdict != mail.Delivered {
				t.Fatalf("%v: %s", o.Verdict, o.Text)
			}
			if !strings.HasPrefix(o.RemoteID, "<") {
				continue
			}
			if known++; o.Text != "submitted through alice@example.test"+name {
				t.Errorf("from %s: %q", from, o.Text)
			}
		}
		if known == 0 {
			t.Errorf("from %s: no Message-ID was ever read back", from)
		}
	}
}
