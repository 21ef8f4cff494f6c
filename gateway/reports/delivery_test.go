package reports

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

// owing is a queue that owes reports, has lost the bodies of the mails, and takes no report on any before good.
type owing struct {
	queue.Queue
	debts []queue.Debt
	good  mail.ID
	paid  []mail.ID
}

func (q *owing) Owed(_ context.Context, n int) ([]queue.Debt, error) {
	return q.debts[:min(n, len(q.debts))], nil
}

func (q *owing) Open(context.Context, mail.ID) (io.ReadCloser, error) {
	return nil, errors.New("the disk has lost it")
}

func (q *owing) Pay(_ context.Context, d queue.Debt, report *queue.Entry) error {
	if d.Mail.ID < q.good {
		return errors.New("the disk is broken there")
	}
	if report != nil {
		q.paid = append(q.paid, d.Mail.ID)
	}
	return nil
}

// anywhere is a way for every report.
func anywhere(_, _ *mail.Mail) (queue.Leg, error) { return queue.Leg{Courier: "deposit/main"}, nil }

// Reports that cannot be made must not keep those behind them waiting for ever; one whose original is lost is made.
func TestBadReportsKeepNoOtherWaiting(t *testing.T) {
	now := time.Now()
	q := &owing{}
	for i := range atOnce + 11 {
		to := mail.Recipient{Address: "bob@elsewhere.test"}
		q.debts = append(q.debts, queue.Debt{
			Kind: queue.Failure,
			Mail: mail.Mail{ID: mail.NewID(now.Add(time.Duration(i) * time.Second)), Received: now, Source: mail.Source{Kind: "outbox"},
				Envelope: mail.Envelope{From: "alice@example.test", Recipients: []mail.Recipient{to}}},
			Recipients: []queue.Status{{Recipient: to, State: queue.Failed, Since: now, Attempts: 1,
				Last: mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "1.1", Text: "nobody here"}}},
		})
	}
	good := &q.debts[len(q.debts)-1].Mail
	q.good = good.ID
	r := &Delivery{Queue: q, Route: anywhere, Hostname: "gw.example.test",
		Expire: time.Hour, Now: time.Now, Reported: func(queue.Kind) {}, Log: slog.New(slog.DiscardHandler)}
	for range 2 {
		if r.all(t.Context()) {
			t.Error("a failed report makes the next look come at once")
		}
	}
	if len(q.paid) != 1 || q.paid[0] != good.ID {
		t.Errorf("reported %v, want the last mail %v", q.paid, good.ID)
	}
}
