package courier

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// a rig is a courier on a real queue, in a bubble of synctest: its time is the bubble's.
type rig struct {
	*testing.T
	q       *sqlite.Queue
	courier *Courier
	stop    func() // ends Run's context and waits for Run
	mu      sync.Mutex
	tried   map[string]int // by address
}

// inBubble runs a test with a courier that is running. opts.Deliver is called through the rig, which counts.
func inBubble(t *testing.T, opts Options, test func(*rig)) {
	synctest.Test(t, func(t *testing.T) {
		q, err := sqlite.Open(t.TempDir(), sqlite.Options{Policy: queue.Policy{Jitter: -1}, MinFree: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		r := &rig{T: t, q: q, tried: map[string]int{}}
		deliver := opts.Deliver
		opts.Name = "out"
		switch store := opts.Queue.(type) {
		case *brokenStore:
			store.Queue = q
		case *slowStore:
			store.Queue = q
		default:
			opts.Queue = q
		}
		opts.Deliver = func(ctx context.Context, g queue.Group) []mail.Outcome {
			r.mu.Lock()
			for _, i := range g.Items {
				r.tried[i.Address]++
			}
			r.mu.Unlock()
			return deliver(ctx, g)
		}
		if r.courier, err = New(opts); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.courier.Run(ctx) }()
		r.stop = sync.OnceFunc(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		defer r.stop()
		test(r)
	})
}

func (r *rig) put(to ...string) mail.ID {
	r.Helper()
	e := queue.Entry{Mail: mail.Mail{Envelope: mail.Envelope{From: "a@here.test"}}, Body: strings.NewReader("x")}
	for _, a := range to {
		_, domain, _ := strings.Cut(a, "@")
		e.Mail.Envelope.Recipients = append(e.Mail.Envelope.Recipients, mail.Recipient{Address: a})
		e.Legs = append(e.Legs, queue.Leg{Courier: "out", Destination: domain})
	}
	receipt, err := r.q.Put(r.Context(), e)
	if err != nil {
		r.Fatal(err)
	}
	return receipt.ID
}

func (r *rig) states(id mail.ID) (all []queue.State) {
	r.Helper()
	rec, err := r.q.Show(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	for _, s := range rec.Recipients {
		all = append(all, s.State)
	}
	return all
}

// settled waits until nothing moves but time.
func settle() {
	time.Sleep(time.Nanosecond)
	synctest.Wait()
}

func (r *rig) want(id mail.ID, want queue.State) {
	r.Helper()
	for n, s := range r.states(id) {
		if s != want {
			r.Errorf("%s recipient %d is %v, want %v", id, n, s, want)
		}
	}
}

func (r *rig) tries(domain string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for a, t := range r.tried {
		if strings.HasSuffix(a, "@"+domain) {
			n += t
		}
	}
	return n
}

func all(g queue.Group, o mail.Outcome) []mail.Outcome { return g.Alike(o) }

func deliverAll(_ context.Context, g queue.Group) []mail.Outcome {
	return all(g, mail.Outcome{Verdict: mail.Delivered, Code: 250})
}

func TestDelivers(t *testing.T) {
	inBubble(t, Options{Deliver: deliverAll, Workers: 3}, func(r *rig) {
		var ids []mail.ID
		for i := range 20 {
			ids = append(ids, r.put(fmt.Sprintf("%d@one.test", i), fmt.Sprintf("%d@two.test", i)))
		}
		time.Sleep(time.Second)
		settle()
		for _, id := range ids {
			r.want(id, queue.Delivered)
		}
		if n := r.tries("one.test"); n != 20 {
			t.Errorf("%d tries, want 20", n)
		}
	})
}

// What shall be retried is retried when it is due, without anybody waking the courier.
func TestRetries(t *testing.T) {
	failures := 3
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		if failures--; failures >= 0 {
			return all(g, mail.Outcome{Verdict: mail.Retry, Code: 450, Detail: "2.1", Text: "busy"})
		}
		return deliverAll(ctx, g)
	}
	inBubble(t, Options{Deliver: deliver, Workers: 1}, func(r *rig) {
		start := time.Now()
		id := r.put("x@one.test")
		for r.states(id)[0] != queue.Delivered {
			time.Sleep(10 * time.Second)
			settle()
		}
		if took := time.Since(start).Round(time.Minute); took != 35*time.Minute {
			t.Errorf("delivered after %v, want 5+10+20 minutes", took)
		}
	})
}

func TestWorkersAreBound(t *testing.T) {
	var mu sync.Mutex
	now, most := map[string]int{}, map[string]int{}
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		count := func(n int) {
			mu.Lock()
			defer mu.Unlock()
			for _, k := range []string{"all", g.Destination} {
				now[k] += n
				most[k] = max(most[k], now[k])
			}
		}
		count(1)
		defer count(-1)
		time.Sleep(time.Second)
		return deliverAll(ctx, g)
	}
	inBubble(t, Options{Deliver: deliver, Workers: 5, PerDestination: 2}, func(r *rig) {
		for i := range 10 {
			for _, d := range []string{"one.test", "two.test", "three.test"} {
				r.put(fmt.Sprintf("%d@%s", i, d))
			}
		}
		time.Sleep(time.Minute)
		settle()
		if most["all"] != 5 || most["one.test"] != 2 || r.tries("one.test") != 10 {
			t.Errorf("at work at once: %v, tries %d", most, r.tries("one.test"))
		}
	})
}

// A delivery that takes longer than the lease keeps it.
func TestLongDelivery(t *testing.T) {
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		select {
		case <-time.After(time.Hour):
			return deliverAll(ctx, g)
		case <-ctx.Done():
			return all(g, mail.Outcome{Verdict: mail.Unknown, Text: "cut off"})
		}
	}
	inBubble(t, Options{Deliver: deliver}, func(r *rig) {
		id := r.put("x@one.test")
		time.Sleep(time.Hour + time.Second)
		settle()
		r.want(id, queue.Delivered)
		if n := r.tries("one.test"); n != 1 {
			t.Errorf("%d tries", n)
		}
	})
}

// Whoever has lost its lease stops.
func TestLostLease(t *testing.T) {
	var cause error
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		<-ctx.Done()
		cause = context.Cause(ctx)
		return all(g, mail.Outcome{Verdict: mail.Unknown, Text: "cut off"})
	}
	inBubble(t, Options{Deliver: deliver, Workers: 1}, func(r *rig) {
		r.put("x@one.test")
		settle()
		r.courier.mu.Lock()
		var lease queue.LeaseID
		for lease = range r.courier.working {
		}
		r.courier.mu.Unlock()
		if err := r.q.GiveBack(r.Context(), lease, time.Now().Add(time.Hour)); err != nil { // somebody took it away
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		settle()
		if !errors.Is(cause, queue.ErrLeaseLost) {
			t.Errorf("cause %v", cause)
		}
	})
}

func TestShutdown(t *testing.T) {
	for name, c := range map[string]struct {
		takes time.Duration
		want  queue.State
	}{
		"within the grace": {10 * time.Second, queue.Delivered},
		"beyond the grace": {time.Hour, queue.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
				select {
				case <-time.After(c.takes):
					return deliverAll(ctx, g)
				case <-ctx.Done():
					return all(g, mail.Outcome{Verdict: mail.Unknown, Text: "cut off"})
				}
			}
			inBubble(t, Options{Deliver: deliver, Workers: 1}, func(r *rig) {
				id := r.put("x@one.test")
				settle() // mails of one millisecond have no order among them
				behind := r.put("y@one.test")
				settle()
				start := time.Now()
				r.stop()
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("going down took %v", took)
				}
				r.want(id, c.want)
				r.want(behind, queue.Waiting)
			})
		})
	}
}

// A courier that is retired finishes what it has begun, however long that takes, and begins nothing.
func TestRetire(t *testing.T) {
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		select {
		case <-time.After(time.Hour):
			return deliverAll(ctx, g)
		case <-ctx.Done():
			return all(g, mail.Outcome{Verdict: mail.Unknown, Text: "cut off"})
		}
	}
	inBubble(t, Options{Deliver: deliver, Workers: 1}, func(r *rig) {
		id := r.put("x@one.test")
		settle() // mails of one millisecond have no order among them
		behind := r.put("y@one.test")
		settle()
		r.courier.Retire()
		r.courier.Retire() // once more is no harm
		time.Sleep(59 * time.Minute)
		r.want(id, queue.Leased)
		time.Sleep(2 * time.Minute)
		r.want(id, queue.Delivered)
		r.want(behind, queue.Waiting)
	})
}

// A mail that makes the courier panic or miscount stays, and the others go on.
func TestBadDeliver(t *testing.T) {
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		switch g.Destination {
		case "panic.test":
			panic("poison")
		case "count.test":
			return nil
		}
		return deliverAll(ctx, g)
	}
	inBubble(t, Options{Deliver: deliver}, func(r *rig) {
		poison, miscounted, good := r.put("x@panic.test"), r.put("x@count.test"), r.put("x@good.test")
		time.Sleep(time.Second)
		settle()
		r.want(poison, queue.Unknown)
		r.want(miscounted, queue.Unknown)
		r.want(good, queue.Delivered)
	})
}

// A dead destination costs a few tries, not one for each mail; when it is back, all that waits goes at once.
func TestDeadDestination(t *testing.T) {
	var mu sync.Mutex
	dead := true
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		mu.Lock()
		defer mu.Unlock()
		if dead && g.Destination == "dead.test" {
			return all(g, mail.Outcome{Verdict: mail.Retry, Code: 451, Detail: "4.1", Reach: mail.NoAnswer, Text: "no host answered"})
		}
		return deliverAll(ctx, g)
	}
	for _, probing := range []bool{false, true} {
		t.Run(fmt.Sprint("probing ", probing), func(t *testing.T) {
			dead = true
			opts := Options{Deliver: deliver, Workers: 4}
			if probing {
				opts.Probe = func(context.Context, string) error {
					mu.Lock()
					defer mu.Unlock()
					if dead {
						return errors.New("still dead")
					}
					return nil
				}
			}
			inBubble(t, opts, func(r *rig) {
				var ids []mail.ID
				for i := range 100 {
					ids = append(ids, r.put(fmt.Sprintf("%d@dead.test", i)))
				}
				good := r.put("x@good.test")
				time.Sleep(time.Second)
				settle()
				r.want(good, queue.Delivered)
				if n := r.tries("dead.test"); n > 4 {
					t.Errorf("%d tries of a dead destination in a second", n)
				}
				if d := r.courier.Down(); len(d) != 1 || d[0].Destination != "dead.test" {
					t.Errorf("down %+v", d)
				}
				time.Sleep(time.Hour)
				settle()
				mu.Lock()
				dead = false
				mu.Unlock()
				wait := time.Hour
				if probing {
					wait = time.Minute
				}
				time.Sleep(wait)
				settle()
				for _, id := range ids {
					r.want(id, queue.Delivered)
				}
				if d := r.courier.Down(); len(d) != 0 {
					t.Errorf("still down %+v", d)
				}
				if n := r.tries("dead.test"); n > 100+40 {
					t.Errorf("%d tries for 100 mails", n)
				}
			})
		})
	}
}

func TestHealthWaits(t *testing.T) {
	now := time.Now()
	h := newHealth(Options{Clock: func() time.Time { return now }}.withDefaults())
	o := mail.Outcome{Code: 451, Detail: "4.1", Reach: mail.NoAnswer, Text: "no answer"}
	if !h.failed("d", o) || h.failed("d", o) {
		t.Error("only the first failure is news")
	}
	if n := h.list()[0].Failures; n != 1 {
		t.Errorf("what was under way with the first counts %d failures", n)
	}
	for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		if got, down := h.refuse("d"); !down || got.RetryAfter != want || got.Text != "not tried again yet: no answer" {
			t.Errorf("refused %v with %+v, want to wait %v", down, got, want)
		}
		now = now.Add(want)
		if _, down := h.refuse("d"); down {
			t.Error("nobody is let through")
		}
		if _, down := h.refuse("d"); !down {
			t.Error("a second one is let through")
		}
		h.failed("d", o)
	}
}

// Mail for which its destination has no room costs no attempt, and keeps nobody else waiting.
func TestNoRoom(t *testing.T) {
	var room time.Time
	var mu sync.Mutex
	var attempts []int
	deliver := func(ctx context.Context, g queue.Group) []mail.Outcome {
		if g.Destination == "full.test" && time.Now().Before(room) {
			return all(g, mail.Outcome{Untried: true, RetryAfter: 5 * time.Second, Text: "busy"})
		}
		if g.Destination == "full.test" {
			mu.Lock()
			attempts = append(attempts, g.Items[0].Attempt)
			mu.Unlock()
		}
		return deliverAll(ctx, g)
	}
	inBubble(t, Options{Deliver: deliver, Workers: 2}, func(r *rig) {
		room = time.Now().Add(time.Minute)
		var full []mail.ID
		for i := range 10 {
			full = append(full, r.put(fmt.Sprintf("%d@full.test", i)))
			settle()
		}
		if n := r.tries("full.test"); n != 1 {
			t.Errorf("%d were leased at once", n)
		}
		free := r.put("a@free.test", "b@free.test")
		time.Sleep(2 * time.Second)
		settle()
		r.want(free, queue.Delivered)
		r.want(full[9], queue.Waiting)
		time.Sleep(50 * time.Second)
		if n := r.tries("full.test"); n > 2*12 {
			t.Errorf("%d were asked for within a minute", n)
		}
		time.Sleep(30 * time.Second)
		settle()
		for _, id := range full {
			r.want(id, queue.Delivered)
		}
		for _, n := range attempts {
			if n != 1 {
				t.Errorf("delivered at attempt %d, the waiting counted", n)
			}
		}
		if down := r.courier.Down(); len(down) > 0 {
			t.Errorf("a destination without room counts as down: %+v", down)
		}
	})
}
