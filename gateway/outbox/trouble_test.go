package outbox

import (
	"context"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A message whose reading ends the session each time keeps no other waiting, and in the end its sender hears of it.
func TestPoisonIsSetAside(t *testing.T) {
	b := newBench(t, nil)
	b.exchange.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.OpenAttachment), ExpireSession: true, Times: -1})
	poison := draft("poison")
	poison.Attachments = []mapi.Attachment{{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue)}, Data: mapi.BytesStream([]byte("boom"))}}
	b.deposit(mapitest.Outbox, poison)
	b.deposit(mapitest.Outbox, draft("healthy"))
	if r := b.records(1)[0]; r.Mail.Subject != "healthy" {
		t.Errorf("the first to come through is %q", r.Mail.Subject)
	}
	b.setAside("poison", "ended the session")
}

// What has no recipients any more is no reason to try for ever.
func TestHopelessIsReported(t *testing.T) {
	b := newBench(t, nil)
	m := draft("resent to nobody")
	m.Recipients[0].Type |= mapi.RecipientSubmitted
	b.deposit(mapitest.Outbox, m)
	b.setAside("resent to nobody", "no recipients")
}

// A message over which our own code panics is set aside as well, and takes nobody with it.
func TestPanicIsTheMessagesOwn(t *testing.T) {
	b := newBench(t, func(o *Options) {
		legs := o.Legs
		o.Legs = func(ctx context.Context, m *mail.Mail) ([]queue.Leg, error) {
			if m.Subject == "poison" {
				panic("no way")
			}
			return legs(ctx, m)
		}
	})
	b.deposit(mapitest.Outbox, draft("poison"))
	b.setAside("poison", "internal error")
	b.deposit(mapitest.Outbox, draft("healthy"))
	b.records(2)
}

// setAside waits until a message lies aside and its report is due, and looks that it is settled then.
func (b *bench) setAside(subject, reason string) {
	b.Helper()
	lying, err := b.mailbox.WaitFor(b.Context(), AsideFolder, func(m *mapitest.Stored) bool { return mapi.PidTagSubject.Get(m.Props) == subject })
	if err != nil {
		b.Fatal(err)
	}
	if lying.Flags&mapi.MfUnsent == 0 {
		b.Errorf("what lies aside cannot be sent again: flags 0x%X", lying.Flags)
	}
	page, err := b.queue.List(b.Context(), queue.Filter{All: true})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range page.Records {
		if r.Mail.Subject != subject {
			continue
		}
		leg := r.Recipients[0].Leg
		if leg.Courier != "refuse" || !strings.Contains(leg.Route, reason) || !strings.Contains(leg.Route, AsideFolder) || r.Mail.Envelope.From != b.mailbox.Address() {
			b.Errorf("from %s: %+v, want a report about %q", r.Mail.Envelope.From, leg, reason)
		}
		return
	}
	b.Errorf("no report about %q", subject)
}

// The queue being away is not the message's fault, however often it happens.
func TestFailuresElsewhereAreNotCounted(t *testing.T) {
	if own(elsewhere(mapi.ErrNotFound)) || own(mapi.ErrServerBusy) || !own(mapi.ErrCorruptData) {
		t.Error("whose fault is whose?")
	}
}
