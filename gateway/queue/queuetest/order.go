package queuetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A standing is a standing order of courier "out", and what it has been given.
type standing struct {
	mu    sync.Mutex
	r     queue.LeaseRequest
	asked int
	given []queue.Batch
}

func (s *standing) want() queue.LeaseRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.r.Max > 0 {
		s.asked++
	}
	return s.r
}

func (s *standing) take(b queue.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given = append(s.given, b)
}

// set changes what is wanted.
func (s *standing) set(change func(*queue.LeaseRequest)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.r)
}

// got returns what was given since it was last called, and checks that each asking had its answer.
func (s *standing) got(t *testing.T) (groups []queue.Group, next time.Time) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.given) != s.asked {
		t.Errorf("asked %d times, answered %d", s.asked, len(s.given))
	}
	for _, b := range s.given {
		groups, next = append(groups, b.Groups...), b.Next
	}
	s.asked, s.given = 0, nil
	return groups, next
}

// What comes in or is reported on makes the queue hand out work to who has ordered that, by the rules of Lease.
func testOrders(t *testing.T, b *bench) {
	q, ok := b.Queue.(queue.Orderer)
	if !ok {
		t.Skip("this engine hands out nothing unasked")
	}
	s := &standing{r: queue.LeaseRequest{Courier: "out", Worker: "w", Max: 1, Duration: time.Minute, PerDestination: 2}}
	cancel := q.Order("out", s.want, s.take)
	want := func(what string, addresses ...string) []queue.Group {
		t.Helper()
		groups, _ := s.got(t)
		if got := addressesOf(groups); !slices.Equal(got, addresses) {
			t.Fatalf("%s: given %v, want %v", what, got, addresses)
		}
		return groups
	}
	wake, unsubscribe := b.Subscribe(queue.CourierTopic("out"))
	defer unsubscribe()

	first := b.put(entry("1@one.test"))
	g := want("a mail", "1@one.test")[0]
	b.wantStates(first, "leased")
	if body, err := g.Mail.Body.Open(b.ctx); err != nil {
		t.Error(err)
	} else {
		body.Close()
	}
	if len(wake) > 0 {
		t.Error("a token for what was handed out")
	}
	s.set(func(r *queue.LeaseRequest) { r.Max = 0 })
	second := b.put(entry("2@one.test"))
	want("nobody is free")
	b.wantStates(second, "waiting")
	if len(wake) == 0 {
		t.Error("no token for what waits")
	}
	s.set(func(r *queue.LeaseRequest) { r.Max = 1 })
	b.report(g, delivered)
	g = want("a place is free after a report", "2@one.test")[0]
	b.put(entry("3@one.test"))
	want("two of a destination", "3@one.test")
	b.put(entry("4@one.test"))
	want("no third of a destination")
	s.set(func(r *queue.LeaseRequest) { r.Skip = []string{"two.test"} })
	b.put(entry("5@two.test"))
	want("a destination that is skipped")
	s.set(func(r *queue.LeaseRequest) { r.Skip = nil })
	later := entry("6@three.test")
	later.NotBefore = b.clock.Now().Add(10 * time.Second)
	held := entry("7@three.test")
	held.Hold = true
	b.put(held)
	want("another's turn", "5@two.test")
	b.put(later)
	if groups, next := s.got(t); len(groups) > 0 || next.IsZero() {
		t.Errorf("not yet due, and held: given %v, next %v", addressesOf(groups), next)
	}
	b.report(g, retry)
	want("a place at the destination", "4@one.test")
	testOrderFails(t, b, s)
	b.clock.Advance(time.Minute)
	if err := b.Sweep(b.ctx); err != nil {
		t.Fatal(err)
	}
	if groups, _ := s.got(t); len(groups) == 0 {
		t.Error("nothing was given of what has lapsed")
	}
	cancel()
	b.put(entry("8@four.test"))
	want("no order stands")
}

// testOrderFails: what is not stored is not handed out.
func testOrderFails(t *testing.T, b *bench, s *standing) {
	e := entry("9@five.test")
	e.Fence = queue.Fence{Name: "nobody's", Token: 1}
	if _, err := b.Put(b.ctx, e); !errors.Is(err, queue.ErrLockLost) {
		t.Errorf("put: %v", err)
	}
	twice := entry("10@five.test")
	twice.Mail.ID = mail.NewID(b.clock.Now())
	b.put(twice)
	if groups, _ := s.got(t); !slices.Equal(addressesOf(groups), []string{"10@five.test"}) {
		t.Errorf("given %v", addressesOf(groups))
	}
	twice = entry("11@six.test")
	twice.Mail.ID = b.put(entry("12@seven.test"))
	if _, err := b.Put(b.ctx, twice); err == nil {
		t.Error("two mails of one id")
	}
	if groups, _ := s.got(t); !slices.Equal(addressesOf(groups), []string{"12@seven.test"}) {
		t.Errorf("given %v", addressesOf(groups))
	}
}
