package queue

import (
	"context"
	"slices"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// A Leaser hands work to couriers.
type Leaser interface {
	// Lease takes up to r.Max groups that are due, oldest first, but so that no destination keeps the others waiting.
	// A recipient is leased to one worker at a time. Leases that have lapsed are taken over here.
	Lease(ctx context.Context, r LeaseRequest) (Batch, error)
	// Extend lengthens leases to now+d. Those that are lost are returned, with ErrLeaseLost.
	Extend(ctx context.Context, leases []LeaseID, d time.Duration) (lost []LeaseID, err error)
	// GiveBack returns a group untried; it is due again at notBefore (zero: at once). It costs no attempt.
	GiveBack(ctx context.Context, l LeaseID, notBefore time.Time) error
	// Report stores an outcome for each recipient of the group, in its order, in one transaction, and returns
	// the state each is in now. A recipient in doubt stays so after a retry, unless the outcome says Absent. The schedule decides when what shall be retried is due, and whether its time is over.
	// Recipients that somebody else has taken over keep their state, which is what they are answered with; the error
	// is ErrLeaseLost then, and the outcome stands in the mail's events.
	Report(ctx context.Context, g Group, outcomes []mail.Outcome) ([]State, error)
	// Hasten makes all that waits for this destination of a courier due now, because it works again; an empty
	// destination means all of the courier's. It returns how many recipients that were.
	Hasten(ctx context.Context, courier, destination string) (int, error)
}

// An Orderer is a Leaser that hands out work unasked. That saves a courier a transaction for each mail, and the wait for it: the transaction
// that brings a mail leases it, and the one that reports on a mail leases the next.
type Orderer interface {
	// Order stands until cancel has returned. When a transaction, whoever began it, leaves something due for the courier, Lease is done
	// within it. want is asked then what the courier can take; when Max is positive, take is called once the transaction has ended, with
	// what was leased, or with nothing when it failed. The two are called one after the other, must be quick and must not call the queue.
	//
	// A courier whose order has been asked gets no token for that transaction. For what becomes due by time alone (Batch.Next) it must
	// still come itself.
	Order(courier string, want func() LeaseRequest, take func(Batch)) (cancel func())
}

// A LeaseRequest says what a courier can take.
type LeaseRequest struct {
	Courier string
	// Worker names who takes it, for people who look at the queue.
	Worker string
	// Max bounds the groups.
	Max int
	// Duration is how long the lease holds without Extend.
	Duration time.Duration
	// PerDestination bounds the groups of one destination that are leased at the same time, by anybody; 0 is no bound.
	PerDestination int
	// Skip names destinations that are not wanted now.
	Skip []string
}

// A Batch is what Lease found.
type Batch struct {
	Groups []Group
	// Next is when something of this courier becomes due, as far as known; zero when nothing waits.
	// It may lie in the past when more is due than could be taken.
	Next time.Time
}

// A Group is the recipients of one mail that travel to one destination together.
type Group struct {
	Lease LeaseID
	// Mail has only the recipients of this group in its envelope, in the order of Items.
	Mail        mail.Mail
	Items       []Item
	Route       string
	Destination string
	// Until is when the lease lapses.
	Until time.Time
}

// Alike gives the same outcome for every item.
func (g *Group) Alike(o mail.Outcome) []mail.Outcome {
	return slices.Repeat([]mail.Outcome{o}, len(g.Items))
}

// An Item is one leased recipient.
type Item struct {
	mail.Recipient
	// Index is its place in the envelope.
	Index int
	// Attempt counts from 1, this one included.
	Attempt int
	// Unknown says that it may have got the mail at an earlier attempt: look before trying again.
	Unknown bool
	// Last is the outcome of the attempt before; the zero Outcome at the first.
	Last mail.Outcome
}

// A LeaseID names a lease. Token only ever grows, so a later lease has the greater one.
type LeaseID struct {
	Mail  mail.ID
	Token int64
}

// A Locker keeps one worker per mailbox, across all gateways that share the queue.
type Locker interface {
	// Lock takes the named lock for d, or fails with ErrLocked. A lock that has run out is anybody's.
	Lock(ctx context.Context, name, holder string, d time.Duration) (Fence, error)
	// Relock lengthens a lock to now+d, or fails with ErrLockLost.
	Relock(ctx context.Context, f Fence, d time.Duration) error
	// Unlock gives it back. Giving back what was lost already is no error.
	Unlock(ctx context.Context, f Fence) error
}

// A Fence proves a lock. Token only ever grows: whoever has a smaller one has lost the lock.
type Fence struct {
	Name  string
	Token int64
}
