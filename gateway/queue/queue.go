// Package queue is the contract of the durable queue between the sources and the couriers.
//
// The story of a mail:
//
//  1. A source puts it in ([Putter]). When Put returns, the mail survives a crash of the machine.
//  2. A courier leases the recipients that are due ([Leaser]), tries, and reports an outcome for each.
//     A lease that ends without a report leaves the recipients in state [Unknown]: they may have got the mail.
//  3. What fails for good owes the sender a report ([Reporter]); putting that report in and marking the
//     recipients as bounced is one transaction.
//  4. A mail that was claimed from an Outbox is settled there when all its recipients are final ([Settler]).
//  5. Finished mails are kept for a while for those who ask what became of them ([Inspector]), then purged.
//
// The states and what leads from one to the next are one table, in state.go (STATES.md shows it). The engines live below this
// package and all pass package queuetest.
package queue

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// A Queue is everything that an engine does. Rooms ask for the part they need.
type Queue interface {
	Putter
	Leaser
	Reporter
	Settler
	Locker
	Inspector
	Surveyor
	Operator
	Restorer
	// Sweep does the housekeeping that is due: lapsed leases, and mails whose time of keeping is over.
	// The owner of the queue calls it every minute or so.
	Sweep(ctx context.Context) error
	// Subscribe gives a channel that gets a token soon after something of the topic may have become
	// possible; tokens are merged, never queued up. cancel ends it. It never replaces asking now and then:
	// what becomes due by time alone gives no token.
	Subscribe(t Topic) (wake <-chan struct{}, cancel func())
	// SetPolicy puts another policy in force for all that is decided from now on; zero fields take the defaults. When a mail was told
	// to come back, it comes back then.
	SetPolicy(p Policy)
	// Close waits for the calls under way and closes the store.
	Close() error
}

// A Putter takes mail in.
type Putter interface {
	// Put stores the mail durably. It reads e.Body to its end; an error of that reader is returned as it is
	// (wrapped) and nothing is stored. A claim that the queue has taken before is not stored
	// again: the receipt then names the first mail.
	//
	// Errors: ErrFull when the store has no room, ErrLockLost when e.Fence is no longer valid.
	Put(ctx context.Context, e Entry) (Receipt, error)
}

// An Entry is a mail on its way into the queue.
type Entry struct {
	// Mail is kept as it is; its Body is ignored, an empty ID is made, a zero Received is now.
	Mail mail.Mail
	// Body is the MIME: RFC 5322 with CRLF line ends.
	Body io.Reader
	// Legs say who takes each recipient where, in the order of the envelope.
	Legs []Leg
	// NotBefore is the time of the first attempt; zero is at once.
	NotBefore time.Time
	// Hold keeps the mail back until somebody releases it.
	Hold bool
	// Fence, when set, makes the Put depend on a lock that is still held.
	Fence Fence
	// Guard, when set, keeps the mail from being taken twice.
	Guard *Guard
}

// A Guard keeps out what somebody sends again because an answer was lost: the receipt of a mail with the key of an earlier one names that
// one, and says Repeated.
type Guard struct {
	// Key is asked when the body has been read to its end, so that it can depend on that; "" guards nothing.
	Key func() string
	// For is how long the key is remembered.
	For time.Duration
}

// A Leg is the way of one recipient.
type Leg struct {
	// Courier is the pool that takes it, such as "internet" or "exchange/main".
	Courier string
	// Route is the name of the rule in the configuration that chose the courier.
	Route string
	// Destination groups what can travel together: a domain, a smarthost, an organisation.
	Destination string
}

// A Receipt says what Put did.
type Receipt struct {
	ID mail.ID
	// Size is the length of the body in bytes.
	Size int64
	// Repeated says that this claim, or the key of the guard, was there already.
	Repeated bool
}

// A Topic is something that one can wait for.
type Topic struct{ kind, name string }

// CourierTopic wakes the courier of that name when recipients of its own become due.
func CourierTopic(courier string) Topic { return Topic{"courier", courier} }

// SettleTopic wakes the watcher of a source (mail.Source.Name) when one of its claims can be settled.
func SettleTopic(source string) Topic { return Topic{"settle", source} }

// ReportTopic wakes whoever composes reports.
func ReportTopic() Topic { return Topic{"report", ""} }

// String gives the topic as engines pass it between processes.
func (t Topic) String() string { return t.kind + " " + t.name }

// ParseTopic is the opposite of String.
func ParseTopic(s string) Topic {
	kind, name, _ := strings.Cut(s, " ")
	return Topic{kind, name}
}
