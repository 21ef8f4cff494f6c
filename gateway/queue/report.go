package queue

import (
	"context"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// A Reporter tells what senders must be told, and remembers that they were.
type Reporter interface {
	// Owed lists up to n reports that are due: for each mail and kind, the recipients to report on.
	// What is owed follows from the outcomes and NOTIFY; a mail with the null sender never owes any.
	Owed(ctx context.Context, n int) ([]Debt, error)
	// Pay marks the recipients of the debt as reported and puts the report in, in one transaction.
	// A nil report means that there is nothing to send after all. Recipients that somebody else
	// has reported on meanwhile make it fail with ErrState.
	Pay(ctx context.Context, d Debt, report *Entry) error
}

// A Kind says what a report tells.
type Kind uint8

// Kinds of reports.
const (
	Failure Kind = 1 << iota // it could not be delivered
	Delay                    // it is late, and still being tried
	Success                  // it has been delivered, and the sender asked to hear so
)

// String gives the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Failure:
		return "failure"
	case Delay:
		return "delay"
	case Success:
		return "success"
	}
	return "none"
}

// A Debt is a report that is owed to the sender of a mail.
type Debt struct {
	Kind       Kind
	Mail       mail.Mail
	Recipients []Status
}

// A Settler tells what can be settled at the place it was claimed from.
type Settler interface {
	// Settleable lists up to n mails of the source that carry a claim, whose recipients are all final,
	// and whose reports, if they owed any, are in the queue. The oldest come first.
	Settleable(ctx context.Context, source string, n int) ([]Record, error)
	// Settle marks the mail as settled. Settling again is no error.
	Settle(ctx context.Context, id mail.ID) error
	// FindClaim tells which mail a claim became, or ErrNotFound.
	FindClaim(ctx context.Context, claim string) (Record, error)
}

// A Record is a mail in the queue with where each recipient stands.
type Record struct {
	Mail       mail.Mail
	Recipients []Status
	// Expires is when trying ends.
	Expires time.Time
	// Finished is when the last recipient became final; zero before.
	Finished time.Time
}

// A Status is where one recipient stands.
type Status struct {
	mail.Recipient
	Leg
	// Index is its place in the envelope.
	Index int
	State State
	// Since is when it came into that state.
	Since time.Time
	// Attempts counts what was tried.
	Attempts int
	// Next is when it is tried next; zero when it will not be.
	Next time.Time
	// Doubt says that an earlier attempt may have delivered it.
	Doubt bool
	// Last is the outcome of the last attempt; the zero Outcome before the first.
	Last mail.Outcome
	// Worker holds the lease, or "".
	Worker string
	// Owes is what the sender must still hear of.
	Owes Kind
	// Warned says that a delay has been reported, or is owed.
	Warned bool
}
