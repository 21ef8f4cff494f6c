package orphan_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/orphan"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// A world is a queue with one mail for exchange/old, and the keepers of two configurations.
type world struct {
	*testing.T
	queue *sqlite.Queue
	id    mail.ID
}

func newWorld(t *testing.T, p queue.Policy) *world {
	t.Helper()
	q, err := sqlite.Open(t.TempDir(), sqlite.Options{Policy: p})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	text := "From: a@example.test\r\n\r\nHello.\r\n"
	r, err := q.Put(t.Context(), queue.Entry{
		Mail: mail.Mail{Envelope: mail.Envelope{From: "a@example.test", Recipients: []mail.Recipient{{Address: "b@example.test"}}}},
		Body: strings.NewReader(text), Legs: []queue.Leg{{Courier: "exchange/old", Route: "exchange/old", Destination: "old"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &world{t, q, r.ID}
}

// keep runs the keeper of a configuration with these couriers, until end is called.
func (w *world) keep(couriers ...string) (k *orphan.Keeper, end func()) {
	k = orphan.New(orphan.Options{Queue: w.queue, Couriers: couriers, Worker: "test", Every: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(w.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	return k, func() {
		cancel()
		if err := <-ended; err != nil {
			w.Error(err)
		}
	}
}

func (w *world) recipient() queue.Status {
	w.Helper()
	rec, err := w.queue.Show(w.Context(), w.id)
	if err != nil {
		w.Fatal(err)
	}
	return rec.Recipients[0]
}

func (w *world) eventually(what string, is func() bool) {
	w.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	w.Fatalf("not within 30 s: %s; %+v", what, w.recipient())
}

// Mail whose courier has gone keeps to the schedule: its sender hears of the delay, and of the end.
func TestExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t, queue.Policy{First: 10 * time.Millisecond, Most: 20 * time.Millisecond, Warn: 50 * time.Millisecond,
		Expire: 4 * time.Second}) // a busy machine, too, looks in between
	k, end := w.keep("internet", "exchange/new")
	defer end()
	w.eventually("a delay is owed", func() bool { return w.recipient().Warned })
	if list := k.Orphans(); len(list) != 1 || list[0].Courier != "exchange/old" || list[0].Waiting != 1 {
		t.Errorf("orphans: %v", list)
	}
	w.eventually("it expires", func() bool { return w.recipient().State == queue.Expired })
	if r := w.recipient(); r.Last.Status() != "4.3.5" || !strings.Contains(r.Last.Text, "exchange/old is not in the configuration") {
		t.Errorf("the reason: %+v", r.Last)
	}
	debts, err := w.queue.Owed(t.Context(), 10)
	if err != nil || len(debts) == 0 {
		t.Errorf("owed: %v, %v", debts, err)
	}
	w.eventually("nothing waits", func() bool { return len(k.Orphans()) == 0 })
}

// A courier that is there again finds the mail due, not after the hour that it was put off for.
func TestComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, queue.Policy{First: time.Hour})
	_, end := w.keep("exchange/new")
	w.eventually("it is put off", func() bool { return w.recipient().Attempts == 1 })
	end()
	k, end := w.keep("exchange/new", "exchange/old")
	defer end()
	w.eventually("it is due", func() bool { return !w.recipient().Next.After(time.Now()) })
	if list := k.Orphans(); len(list) != 0 {
		t.Errorf("orphans: %v", list)
	}
	batch, err := w.queue.Lease(t.Context(), queue.LeaseRequest{Courier: "exchange/old", Worker: "real", Max: 1, Duration: time.Minute})
	if err != nil || len(batch.Groups) != 1 {
		t.Errorf("the courier gets %v, %v", batch, err)
	}
}

// What somebody has at work, and what is held back, is left alone.
func TestLeavesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, queue.Policy{First: time.Hour})
	if _, err := w.queue.Operate(t.Context(), w.id, queue.Hold, "test"); err != nil {
		t.Fatal(err)
	}
	k, end := w.keep("exchange/new")
	defer end()
	time.Sleep(100 * time.Millisecond)
	if list := k.Orphans(); len(list) != 0 || w.recipient().Attempts != 0 {
		t.Errorf("held: orphans %v, %+v", list, w.recipient())
	}
	stats := queue.Stats{Depths: []queue.Depth{
		{Courier: "exchange/old", State: queue.Waiting, Count: 2}, {Courier: "exchange/old", State: queue.Leased, Count: 1},
		{Courier: "exchange/old", State: queue.Delivered, Count: 5}, {Courier: "internet", State: queue.Waiting, Count: 7},
	}}
	list, atWork := orphan.Find(stats, []string{"internet"})
	if len(list) != 1 || list[0].Waiting != 2 || !atWork["exchange/old"] {
		t.Errorf("%v, at work %v", list, atWork)
	}
}
