package queue

import (
	"context"
	"io"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// An Inspector answers questions about the queue. Engines also offer it to a second process while the
// gateway runs.
type Inspector interface {
	// List gives one page of mails, newest first.
	List(ctx context.Context, f Filter) (Page, error)
	// Show gives one mail, or ErrNotFound.
	Show(ctx context.Context, id mail.ID) (Record, error)
	// Events gives the story of one mail in order of time, or ErrNotFound.
	Events(ctx context.Context, id mail.ID) ([]Event, error)
	// Open reads the body of a mail. Finished mails may have none any more: ErrNotFound.
	Open(ctx context.Context, id mail.ID) (io.ReadCloser, error)
	// Occupied counts the mails of a source that are not finished: all under its name, and those of its client, which is
	// the user, or else the address without the port.
	Occupied(ctx context.Context, s mail.Source) (all, client int64, err error)
	// Stats counts.
	Stats(ctx context.Context) (Stats, error)
}

// A Filter narrows a List; the zero value wants the newest 100 mails that are not finished.
type Filter struct {
	// States, when set, wants mails with a recipient in one of them; otherwise mails that are not finished.
	States []State
	// All wants finished mails as well; it is ignored where States is set.
	All bool
	// Courier, Sender and Recipient, when set, narrow further: the courier by name, the others by address or
	// "@domain", without regard to case.
	Courier, Sender, Recipient string
	// MessageID, when set, wants mails with this Message-ID, angle brackets included.
	MessageID string
	// Destination, when set, wants mails with a recipient whose leg leads there.
	Destination string
	// Before and Since, when set, want mails that were received before, and at that time or later.
	Before, Since time.Time
	// Limit bounds the page; 0 is 100, the most is 1000.
	Limit int
	// After is the Next of the page before.
	After mail.ID
}

// A Page is one page of a List.
type Page struct {
	Records []Record
	// Next, when not empty, asks for the page after this one.
	Next mail.ID
}

// Stats are the figures of the queue.
type Stats struct {
	// Depths counts recipients by courier and state. Couriers and states without any are missing.
	Depths []Depth
	// Oldest is, by courier, when the oldest mail was received that is not finished.
	Oldest map[string]time.Time
	// Free is the room left on the disk in bytes, or -1 when unknown.
	Free int64
}

// A Depth is the number of recipients of one courier in one state.
type Depth struct {
	Courier string
	State   State
	Count   int64
}

// An Event is a step in the story of a mail.
type Event struct {
	At   time.Time
	Kind EventKind
	// Recipient is the index in the envelope, or -1 when the event is about the mail.
	Recipient int
	// State is where the recipient stood afterwards; 0 when the event is about the mail.
	State State
	// Attempt counts from 1; 0 when it was no attempt.
	Attempt int
	// Outcome is what the attempt gave.
	Outcome mail.Outcome
	// Worker is who did it, where that is known.
	Worker string
	// Text says more: the reason, or the id of the report.
	Text string
}

// An EventKind names a step. The words are stored.
type EventKind string

// Kinds of events.
const (
	EventAccepted EventKind = "accepted" // the queue took the mail
	EventTried    EventKind = "tried"    // a courier tried, and this was the outcome
	EventLapsed   EventKind = "lapsed"   // a lease ended without a report
	EventLate     EventKind = "late"     // an outcome that came after the lease was lost
	EventReported EventKind = "reported" // a report to the sender was put in; Text is its id
	EventSettled  EventKind = "settled"  // the source was told
	EventOperator EventKind = "operator" // somebody held, released, dropped or retried it
)
