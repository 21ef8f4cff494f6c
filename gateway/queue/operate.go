package queue

import (
	"context"
	"io"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
)

// An Operator lets people interfere.
type Operator interface {
	// Operate makes the change on all recipients of the mail whose state allows it and returns how many those were; none
	// is ErrState. Only Hold, Free, Drop and Revive are for operators: Revive makes what waits due now as well. why
	// goes into the events.
	Operate(ctx context.Context, id mail.ID, c Change, why string) (int, error)
	// OperateAll makes the change on all recipients that the filter wants ([Filter.Wants]) and whose state allows it. It goes from mail to mail:
	// an error leaves those behind done that came before. Limit bounds the mails that are changed, 0 is all; After
	// is ignored. None is no error.
	OperateAll(ctx context.Context, f Filter, c Change, why string) (Operated, error)
}

// Operated is what OperateAll did.
type Operated struct {
	// IDs are the mails that were changed, the newest first.
	IDs []mail.ID
	// Recipients counts those of them that were changed.
	Recipients int
}

// Wants tells whether the recipient fits what the filter says about recipients: States, Courier, Recipient and Destination.
func (f Filter) Wants(s *Status) bool {
	if len(f.States) > 0 {
		found := false
		for _, state := range f.States {
			found = found || state == s.State
		}
		if !found {
			return false
		}
	}
	if f.Courier != "" && f.Courier != s.Courier || f.Destination != "" && f.Destination != s.Destination {
		return false
	}
	return f.Recipient == "" || fits(f.Recipient, s.Address)
}

// fits compares an address with another or with "@domain", without regard to case.
func fits(wanted, address string) bool {
	if strings.HasPrefix(wanted, "@") {
		at := strings.IndexByte(address, '@')
		return at >= 0 && strings.EqualFold(wanted, address[at:])
	}
	return strings.EqualFold(wanted, address)
}

// A Restorer takes in mails with the state that they had in another queue.
type Restorer interface {
	// Restore stores a mail as it was saved: its id, what became of each recipient and its events. What was leased may have been
	// delivered, and becomes Unknown. A mail that is here already, by its id or its claim, is
	// left as it is: the receipt says Repeated.
	Restore(ctx context.Context, s Saved) (Receipt, error)
}

// A Saved mail is all that a queue knows of one.
type Saved struct {
	Record Record
	Events []Event
	// Body is the MIME; nil when it was no longer kept. A mail that has something left to do needs it.
	Body io.Reader
	// Hold keeps back what would be tried, until somebody releases it.
	Hold bool
	// Here says that the mail never was in another queue: its events are the whole story, and none says that it was restored.
	Here bool
}
