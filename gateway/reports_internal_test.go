package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// owing is a queue that owes reports, and has lost the body of one mail.
type owing struct {
	queue.Queue
	debts  []queue.Debt
	broken mail.ID
	paid   []mail.ID
}

func (q *owing) Owed(context.Context, int) ([]queue.Debt, error) { return q.debts, nil }

func (q *owing) Open(_ context.Context, id mail.ID) (io.ReadCloser, error) {
	if id == q.broken {
		return nil, errors.New("the disk has lost it")
	}
	return nil, queue.ErrNotFound
}

func (q *owing) Pay(_ context.Context, d queue.Debt, report *queue.Entry) error {
	if report != nil {
		q.paid = append(q.paid, d.Mail.ID)
	}
	return nil
}

// A report that cannot be made must not keep those behind it waiting for ever.
func TestOneBadReportKeepsNoOtherWaiting(t *testing.T) {
	now := time.Now()
	q := &owing{}
	for i := range 2 {
		to := mail.Recipient{Address: "bob@elsewhere.test"}
		q.debts = append(q.debts, queue.Debt{
			Kind: queue.Failure,
			Mail: mail.Mail{ID: mail.NewID(now.Add(time.Duration(i) * time.Second)), Received: now, Source: mail.Source{Kind: "outbox"},
				Envelope: mail.Envelope{From: "alice@example.test", Recipients: []mail.Recipient{to}}},
			Recipients: []queue.Status{{Recipient: to, State: queue.Failed, Since: now, Attempts: 1,
				Last: mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "1.1", Text: "nobody here"}}},
		})
	}
	q.broken = q.debts[0].Mail.ID
	r := &reports{queue: q, ways: &ways{watched: map[string]string{"alice@example.test": "main"}}, hostname: "gw.example.test",
		expire: time.Hour, now: time.Now, reported: func(queue.Kind) {}, log: slog.New(slog.DiscardHandler)}
	if r.all(t.Context()) {
		t.Error("a failed report makes the next look come at once")
	}
	if len(q.paid) != 1 || q.paid[0] != q.debts[1].Mail.ID {
		t.Errorf("reported %v, want the second mail %v", q.paid, q.debts[1].Mail.ID)
	}
}
