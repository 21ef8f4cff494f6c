package queuetest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Sources and couriers at work together: what goes in comes out once.
func testManyAtOnce(t *testing.T, b *bench) {
	const sources, each = 8, 50
	var mu sync.Mutex
	got := map[string]int{}
	var putting, delivering sync.WaitGroup
	done := make(chan struct{})
	for s := range sources {
		putting.Go(func() {
			for i := range each {
				e := entry(fmt.Sprintf("%d-%d@d%d.test", s, i, i%5), fmt.Sprintf("%d-%d@other%d.test", s, i, s))
				if _, err := b.Put(b.ctx, e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for w := range 4 {
		delivering.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			for {
				batch, err := b.Lease(b.ctx, queue.LeaseRequest{Courier: "out", Worker: fmt.Sprint(w), Max: 5, Duration: time.Hour, PerDestination: 3})
				if err != nil {
					t.Error(err)
					return
				}
				for _, g := range batch.Groups {
					if rng.IntN(5) == 0 {
						if err := b.GiveBack(b.ctx, g.Lease, time.Time{}); err != nil {
							t.Error(err)
						}
						continue
					}
					mu.Lock()
					for _, i := range g.Items {
						got[i.Address]++
					}
					mu.Unlock()
					b.report(g, delivered)
				}
				if len(batch.Groups) == 0 {
					select {
					case <-done:
						if batch.Next.IsZero() {
							return
						}
					default:
					}
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	putting.Wait()
	close(done)
	delivering.Wait()
	if len(got) != sources*each*2 {
		t.Errorf("%d of %d were delivered", len(got), sources*each*2)
	}
	for a, n := range got {
		if n != 1 {
			t.Errorf("%s was delivered %d times", a, n)
		}
	}
	s, err := b.Stats(b.ctx)
	if err != nil || len(s.Depths) != 1 || s.Depths[0] != (queue.Depth{Courier: "out", State: queue.Delivered, Count: sources * each * 2}) {
		t.Errorf("stats %+v, %v", s, err)
	}
}

// A long random history, compared step by step with a model that is a plain map.
func testModel(t *testing.T, b *bench) {
	rng := rand.New(rand.NewPCG(7, 7))
	m := &model{bench: b, rng: rng, states: map[mail.ID][]queue.State{}, leases: map[mail.ID][]queue.Group{}}
	steps := 1500
	if raced {
		steps = stepsRaced
	}
	for range steps {
		m.step()
		if t.Failed() {
			return
		}
	}
	m.compare()
}

// A model knows the state that each recipient must be in.
type model struct {
	*bench
	rng    *rand.Rand
	ids    []mail.ID
	states map[mail.ID][]queue.State
	leases map[mail.ID][]queue.Group
}

func (m *model) step() {
	switch n := m.rng.IntN(20); {
	case n < 5:
		m.put()
	case n < 10:
		m.lease()
	case n < 17:
		m.reportOne()
	case n < 18:
		m.giveBack()
	case n < 19:
		m.operate()
	default:
		m.compare()
		m.clock.Advance(time.Duration(m.rng.IntN(40)) * time.Second)
	}
}

func (m *model) put() {
	n := 1 + m.rng.IntN(4)
	var to []string
	var states []queue.State
	for i := range n {
		to = append(to, fmt.Sprintf("%d@d%d.test", i, m.rng.IntN(3)))
		states = append(states, queue.Waiting)
	}
	id := m.bench.put(entry(to...))
	m.ids = append(m.ids, id)
	m.states[id] = states
}

// change makes one change in the model; the transition table must allow it.
func (m *model) change(id mail.ID, i int, c queue.Change) {
	m.Helper()
	next, err := m.states[id][i].After(c)
	if err != nil {
		m.Fatalf("%s recipient %d: %v", id, i, err)
	}
	m.states[id][i] = next
}

func (m *model) lease() {
	for _, g := range m.bench.leaseWith(queue.LeaseRequest{Max: 1 + m.rng.IntN(3), Duration: 1000 * time.Hour}) {
		for _, i := range g.Items {
			if was := m.states[g.Mail.ID][i.Index]; i.Unknown != (was == queue.Unknown) {
				m.Fatalf("%s recipient %d: unknown %v, was %v", g.Mail.ID, i.Index, i.Unknown, was)
			}
			m.change(g.Mail.ID, i.Index, queue.Lease)
		}
		m.leases[g.Mail.ID] = append(m.leases[g.Mail.ID], g)
	}
}

// takeLease picks a lease at random.
func (m *model) takeLease() (queue.Group, bool) {
	for _, id := range m.ids {
		if l := m.leases[id]; len(l) > 0 && m.rng.IntN(3) == 0 {
			m.leases[id] = l[1:]
			return l[0], true
		}
	}
	return queue.Group{}, false
}

func (m *model) reportOne() {
	g, ok := m.takeLease()
	if !ok {
		return
	}
	outcomes := make([]mail.Outcome, len(g.Items))
	for n, i := range g.Items {
		outcomes[n] = []mail.Outcome{delivered, retry, failed, findable}[m.rng.IntN(4)]
		c := map[mail.Verdict]queue.Change{
			mail.Delivered: queue.Deliver, mail.Retry: queue.Defer, mail.Failed: queue.Fail, mail.Unknown: queue.Doubt,
		}[outcomes[n].Verdict]
		if i.Unknown && c == queue.Defer {
			c = queue.Doubt
		}
		if over := !m.clock.Now().Before(g.Mail.Received.Add(m.policy.Expire)); over && (c == queue.Defer || c == queue.Doubt) {
			c = queue.Expire
		}
		m.change(g.Mail.ID, i.Index, c)
	}
	states, err := m.Report(m.ctx, g, outcomes)
	if err != nil {
		m.Fatal(err)
	}
	for n, i := range g.Items {
		if want := m.states[g.Mail.ID][i.Index]; states[n] != want {
			m.Fatalf("%s recipient %d is %v, want %v", g.Mail.ID, i.Index, states[n], want)
		}
	}
}

func (m *model) giveBack() {
	g, ok := m.takeLease()
	if !ok {
		return
	}
	if err := m.GiveBack(m.ctx, g.Lease, time.Time{}); err != nil {
		m.Fatal(err)
	}
	for _, i := range g.Items {
		c := queue.GiveBack
		if i.Unknown {
			c = queue.GiveDoubt
		}
		m.change(g.Mail.ID, i.Index, c)
	}
}

func (m *model) operate() {
	if len(m.ids) == 0 {
		return
	}
	id := m.ids[m.rng.IntN(len(m.ids))]
	if m.rng.IntN(4) == 0 {
		m.Operate(m.ctx, id, queue.Drop, "test")
		for i, s := range m.states[id] {
			if _, err := s.After(queue.Drop); err == nil {
				m.change(id, i, queue.Drop)
			}
		}
		return
	}
	for _, c := range []queue.Change{queue.Hold, queue.Free} {
		m.Operate(m.ctx, id, c, "test")
		for i, s := range m.states[id] {
			if c == queue.Hold {
				if next, err := s.After(c); err == nil && s == queue.Waiting {
					m.states[id][i] = next
				}
			} else if s == queue.Held {
				m.change(id, i, c)
			}
		}
	}
}

func (m *model) compare() {
	m.Helper()
	depths := map[queue.State]int64{}
	for _, id := range m.ids {
		rec := m.show(id)
		for i, want := range m.states[id] {
			if got := rec.Recipients[i].State; got != want {
				m.Errorf("%s recipient %d is %v, want %v", id, i, got, want)
			}
			depths[want]++
		}
	}
	s, err := m.Stats(m.ctx)
	if err != nil {
		m.Fatal(err)
	}
	for _, d := range s.Depths {
		if depths[d.State] != d.Count {
			m.Errorf("%d recipients are %v, want %d", d.Count, d.State, depths[d.State])
		}
		delete(depths, d.State)
	}
	if len(depths) > 0 {
		m.Errorf("missing in the stats: %v", depths)
	}
}
