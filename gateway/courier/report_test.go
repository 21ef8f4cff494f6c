package courier

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// A brokenStore is a queue that stores no outcomes until a time.
type brokenStore struct {
	*sqlite.Queue
	until   time.Time
	refused int
	// cutOff also keeps leases from being lengthened.
	cutOff bool
}

func (q *brokenStore) broken() bool { return time.Now().Before(q.until) }

func (q *brokenStore) Report(ctx context.Context, g queue.Group, o []mail.Outcome) ([]queue.State, error) {
	if q.broken() {
		q.refused++
		return nil, errors.New("disk I/O error")
	}
	return q.Queue.Report(ctx, g, o)
}

func (q *brokenStore) Extend(ctx context.Context, l []queue.LeaseID, d time.Duration) ([]queue.LeaseID, error) {
	if q.cutOff && q.broken() {
		return nil, errors.New("disk I/O error")
	}
	return q.Queue.Extend(ctx, l, d)
}

// A mail that was delivered while the store is out of order must not be delivered again when the store is back.
func TestReportIsRetried(t *testing.T) {
	store := &brokenStore{}
	inBubble(t, Options{Queue: store, Deliver: deliverAll}, func(r *rig) {
		store.until = time.Now().Add(time.Minute)
		id := r.put("x@one.test", "y@one.test")
		time.Sleep(10 * time.Minute)
		settle()
		r.want(id, queue.Delivered)
		if n := r.tries("one.test"); n != 2 || store.refused < 5 {
			t.Errorf("%d tries, want 2; the store refused %d reports", n, store.refused)
		}
	})
}

// When the store is away for longer than the lease lasts, the next attempt knows that this one may have arrived.
func TestReportEndsWithTheLease(t *testing.T) {
	var doubted bool
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		doubted = doubted || g.Items[0].Unknown
		return deliverAll(ctx, g)
	}
	for name, cutOff := range map[string]bool{"the queue cannot be reached": true, "only reports fail": false} {
		t.Run(name, func(t *testing.T) {
			doubted = false
			store := &brokenStore{cutOff: cutOff}
			inBubble(t, Options{Queue: store, Deliver: deliver, Workers: 1, LeaseTime: time.Minute}, func(r *rig) {
				store.until = time.Now().Add(5 * time.Minute)
				id := r.put("x@one.test")
				time.Sleep(20 * time.Minute)
				settle()
				r.want(id, queue.Delivered)
				if !doubted {
					t.Error("the mail was tried again as if it had never been")
				}
			})
		})
	}
}
