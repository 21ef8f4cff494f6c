package queue

import (
	"context"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// A Surveyor looks at the queue from further away than an [Inspector].
type Surveyor interface {
	// Count tells how many mails a filter selects; Limit and After are ignored.
	Count(ctx context.Context, f Filter) (int, error)
	// Backlog gives the n destinations that the most recipients wait for, the most first.
	Backlog(ctx context.Context, n int) ([]Load, error)
}

// A Load is what waits for one destination of a courier. What a courier has in work and what is held back is not in it.
type Load struct {
	Courier, Destination string
	// Count is how many recipients wait.
	Count int64
	// Oldest is when the oldest of their mails was received, Next when something is tried next.
	Oldest, Next time.Time
	// Mail is the oldest of their mails, Last the outcome of its last attempt; the zero Outcome before the first.
	Mail mail.ID
	Last mail.Outcome
}
