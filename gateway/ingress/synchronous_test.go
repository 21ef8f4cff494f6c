package ingress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/smtpside"
)

// A hop gives each try the next of its outcomes, and remembers what it was asked.
type hop struct {
	outcomes []mail.Outcome
	asked    []queue.Group
}

func (h *hop) Leg(leg queue.Leg) (queue.Leg, bool) { return leg, true }
func (h *hop) Together(queue.Leg) bool             { return true }

func (h *hop) Deliver(_ context.Context, _ smtpside.Credentials, _ queue.Leg, g queue.Group) []mail.Outcome {
	h.asked = append(h.asked, g)
	o := h.outcomes[0]
	h.outcomes = h.outcomes[1:]
	return g.Alike(o)
}

const handedOver = "> MAIL FROM:<a@here.test>\n250\n> RCPT TO:<bob@here.test>\n250\n> DATA\n354\n> %s\\r\\n\\r\\nhello\\r\\n.\n%s\n"

// A mail whose answer was lost is the same mail when its client sends it again: the next hop is asked for it first.
func TestSentAgainInDoubt(t *testing.T) {
	lost := slices.Repeat([]mail.Outcome{{Verdict: mail.Unknown}}, handOverTries)
	delivered := mail.Outcome{Verdict: mail.Delivered, Code: 250}
	for name, c := range map[string]struct {
		first, again string
		same         bool
	}{
		"with a Message-ID":     {"Message-ID: <1@app.test>", "Message-ID: <1@app.test>", true},
		"with another":          {"Message-ID: <1@app.test>", "Message-ID: <2@app.test>", false},
		"without a Message-ID":  {"Subject: x", "Subject: x", false},
		"another field changed": {"Message-ID: <1@app.test>", "Message-ID: <1@app.test>\\r\\nDate: Sun, 1 Mar 2026 12:00:09 +0000", true},
	} {
		h := &hop{outcomes: append(slices.Clone(lost), delivered, delivered)}
		s := newSite(t, loopback(), func(o *Options) { o.Synchronous = h })
		s.talk(fmt.Sprintf(handedOver, c.first, "451 4.4.2") + fmt.Sprintf(handedOver, c.again, "250") + fmt.Sprintf(handedOver, c.again, "250"))
		first, again, fresh := h.asked[0], h.asked[handOverTries], h.asked[handOverTries+1]
		if same := first.Mail.ID == again.Mail.ID; same != c.same || again.Items[0].Unknown != c.same {
			t.Errorf("%s: the same %v, in doubt %v; want %v", name, same, again.Items[0].Unknown, c.same)
		}
		if fresh.Mail.ID == first.Mail.ID || fresh.Items[0].Unknown {
			t.Errorf("%s: what was delivered is still in doubt", name)
		}
	}
}

func TestDoubtsAreBounded(t *testing.T) {
	d, now := NewDoubts(), fixed()
	for i := range mostDoubts + 1 {
		d.note(fmt.Sprint(i), mail.ID(fmt.Sprint(i)), true, now.Add(time.Duration(i)))
	}
	if _, known := d.first("0", now); known || len(d.known) != mostDoubts {
		t.Errorf("%d are kept, the oldest %v", len(d.known), known)
	}
	if id, known := d.first("1", now); !known || id != "1" {
		t.Errorf("the second is %q, %v", id, known)
	}
	if _, known := d.first("1", now.Add(doubtsKept+time.Minute)); known {
		t.Error("one is kept for longer than it can be looked for")
	}
}

// Copies for an archive are in the queue when 250 is said of a mail that was handed over. A queue that does not take them keeps the mail
// from being handed over, and a mail that is not handed over leaves none.
func TestCopiesOfWhatIsHandedOver(t *testing.T) {
	away := func(context.Context, mail.Source) (int64, int64, error) {
		return 0, 0, errors.New("the database is away")
	}
	for name, c := range map[string]struct {
		outcome        mail.Outcome
		change         func(*Options)
		reply          string
		tries, entries int
	}{
		"all is well":           {mail.Outcome{Verdict: mail.Delivered, Code: 250}, func(*Options) {}, "250", 1, 1},
		"the next hop is away":  {mail.Outcome{Code: 451, Detail: "4.1"}, func(*Options) {}, "451 4.4.1", 1, 0},
		"the next hop refuses":  {mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "1.1"}, func(*Options) {}, "550 5.1.1", 1, 0},
		"the queue is full":     {mail.Outcome{}, func(o *Options) { o.Queue = noRoom{} }, "452 4.3.1", 0, 0},
		"the queue is not well": {mail.Outcome{}, func(o *Options) { o.Ceilings.Occupied = away }, "451", 0, 0},
	} {
		h := &hop{outcomes: []mail.Outcome{c.outcome}}
		s := newSite(t, loopback(), func(o *Options) {
			o.Synchronous, o.Rewrite = h, &rewrite.Incoming{Archives: []rewrite.Archive{{Mailbox: "archive@elsewhere.test"}}}
			c.change(o)
		})
		s.talk(fmt.Sprintf(handedOver, "Message-ID: <1@app.test>", c.reply))
		page, err := s.q.List(t.Context(), queue.Filter{All: true})
		if err != nil || len(page.Records) != c.entries || len(h.asked) != c.tries {
			t.Errorf("%s: %d copies, want %d; %d tries, want %d; %v", name, len(page.Records), c.entries, len(h.asked), c.tries, err)
		}
		for _, r := range page.Records {
			if r.Recipients[0].Address != "archive@elsewhere.test" || r.Mail.ID == h.asked[0].Mail.ID {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// noRoom is a queue that is full before it looks at a mail, as the engines are.
type noRoom struct{}

func (noRoom) Put(context.Context, queue.Entry) (queue.Receipt, error) {
	return queue.Receipt{}, fmt.Errorf("put: %w", queue.ErrFull)
}
