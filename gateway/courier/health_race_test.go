package courier

import (
	"context"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// A slowStore is a queue that takes its time to store that a mail is put off.
type slowStore struct {
	*sqlite.Queue
	takes time.Duration
}

func (q *slowStore) Report(ctx context.Context, g queue.Group, o []mail.Outcome) ([]queue.State, error) {
	if o[0].Verdict == mail.Retry {
		time.Sleep(q.takes)
	}
	return q.Queue.Report(ctx, g, o)
}

// What is being put off in the moment in which its destination answers again waits no longer than what had been put off before.
func TestPutOffWhileItAnswersAgain(t *testing.T) {
	var back time.Time
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		if time.Now().Before(back) {
			return all(g, mail.Outcome{Verdict: mail.Retry, Code: 451, Detail: "4.1", Reach: mail.NoAnswer, Text: "no host answered"})
		}
		return deliverAll(ctx, g)
	}
	probe := func(context.Context, string) error {
		if time.Now().Before(back) {
			return context.DeadlineExceeded
		}
		return nil
	}
	store := &slowStore{takes: 25 * time.Second} // a try to store has 30
	inBubble(t, Options{Queue: store, Deliver: deliver, Probe: probe, Workers: 2}, func(r *rig) {
		back = time.Now().Add(10 * time.Second)
		tried := r.put("x@dead.test")
		settle()
		refused := r.put("y@dead.test")
		time.Sleep(22 * time.Second)
		settle()
		if d := r.courier.Down(); len(d) != 0 || r.tries("dead.test") != 1 {
			t.Fatalf("down %+v after %d tries, want one try, and a probe that finds it up", d, r.tries("dead.test"))
		}
		time.Sleep(10 * time.Second)
		settle()
		r.want(tried, queue.Delivered)
		r.want(refused, queue.Delivered)
	})
}
