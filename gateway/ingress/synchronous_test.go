package ingress

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
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
