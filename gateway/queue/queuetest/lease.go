package queuetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

func testGroups(t *testing.T, b *bench) {
	e := entry("a@one.test", "b@two.test", "c@one.test", "d@far.test")
	e.Legs[3].Courier = "other"
	id := b.put(e)
	got := map[string][]string{}
	for _, g := range b.lease(10) {
		if len(g.Mail.Envelope.Recipients) != len(g.Items) {
			t.Errorf("the envelope has %d recipients, the group %d", len(g.Mail.Envelope.Recipients), len(g.Items))
		}
		got[g.Destination] = addressesOf([]queue.Group{g})
	}
	if len(got) != 2 || !slices.Equal(got["one.test"], []string{"a@one.test", "c@one.test"}) ||
		!slices.Equal(got["two.test"], []string{"b@two.test"}) {
		t.Errorf("groups %v", got)
	}
	b.wantStates(id, "leased leased leased waiting")
	others := b.leaseWith(queue.LeaseRequest{Courier: "other", Max: 5})
	if got := addressesOf(others); !slices.Equal(got, []string{"d@far.test"}) {
		t.Errorf("the other courier got %v", got)
	}
}

func testOrder(t *testing.T, b *bench) {
	for i := range 6 {
		b.put(entry(fmt.Sprintf("%d@one.test", i)))
		b.clock.Advance(time.Second)
	}
	var got []string
	for range 3 {
		got = append(got, addressesOf(b.lease(2))...)
	}
	if want := numbered(6, "%d@one.test"); !slices.Equal(got, want) {
		t.Errorf("order %v", got)
	}
	batch, err := b.Lease(b.ctx, queue.LeaseRequest{Courier: "out", Worker: "w", Max: 1, Duration: time.Minute})
	if err != nil || len(batch.Groups) != 0 || !batch.Next.IsZero() {
		t.Errorf("empty: %+v, %v", batch, err)
	}
}

func testBoundAndSkip(t *testing.T, b *bench) {
	for i := range 5 {
		b.put(entry(fmt.Sprintf("%d@one.test", i)))
		b.put(entry(fmt.Sprintf("%d@two.test", i)))
		b.put(entry(fmt.Sprintf("%d@three.test", i)))
	}
	r := queue.LeaseRequest{Max: 10, PerDestination: 2, Skip: []string{"three.test"}}
	count := func(groups []queue.Group) map[string]int {
		n := map[string]int{}
		for _, g := range groups {
			n[g.Destination]++
		}
		return n
	}
	first := b.leaseWith(r)
	if n := count(first); len(n) != 2 || n["one.test"] != 2 || n["two.test"] != 2 {
		t.Errorf("leased %v", n)
	}
	if again := b.leaseWith(r); len(again) != 0 {
		t.Errorf("over the bound: %v", addressesOf(again))
	}
	b.report(first[0], delivered)
	if n := count(b.leaseWith(r)); n[first[0].Destination] != 1 || len(n) != 1 {
		t.Errorf("after one was done: %v", n)
	}
}

// Two groups of one mail at one destination, which come about when one of its recipients was put off, are two at work.
func testBoundOfOneMail(t *testing.T, b *bench) {
	b.put(entry("a@one.test", "b@one.test"))
	both := b.leaseOne()
	if _, err := b.Report(b.ctx, both, []mail.Outcome{{Verdict: mail.Retry}, {Verdict: mail.Retry, RetryAfter: 20 * time.Minute}}); err != nil {
		t.Fatal(err)
	}
	r := queue.LeaseRequest{Max: 10, Duration: 2 * time.Hour}
	for range 2 {
		b.clock.Advance(15 * time.Minute)
		if n := len(b.leaseWith(r)); n != 1 {
			t.Fatalf("leased %d groups, want one recipient after the other", n)
		}
	}
	b.put(entry("c@one.test"))
	r.PerDestination = 2
	if got := b.leaseWith(r); len(got) != 0 {
		t.Errorf("a third group: %v", addressesOf(got))
	}
	r.PerDestination = 3
	if got := b.leaseWith(r); len(got) != 1 {
		t.Errorf("leased %v, want one", addressesOf(got))
	}
}

// A crowd that waits for one destination, which can take no more, does not hide those behind it.
func testCrowd(t *testing.T, b *bench) {
	for i := range 300 {
		b.put(entry(fmt.Sprintf("%d@dead.test", i)))
	}
	b.clock.Advance(time.Second)
	behind := numbered(5, "x@behind%d.test")
	for _, a := range behind {
		b.put(entry(a))
	}
	r := queue.LeaseRequest{Max: 10, PerDestination: 3}
	if got := addressesOf(b.leaseWith(r)); len(got) != 3+len(behind) {
		t.Errorf("leased %v", got)
	}
	if got := addressesOf(b.leaseWith(queue.LeaseRequest{Max: 10, PerDestination: 3})); len(got) != 0 {
		t.Errorf("again: %v", got)
	}
}

func testExclusive(t *testing.T, b *bench) {
	const mails = 200
	for i := range mails {
		b.put(entry(fmt.Sprintf("%d@d%d.test", i, i%7)))
	}
	var mu sync.Mutex
	seen := map[string]string{}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			worker := fmt.Sprint("w", w)
			for {
				batch, err := b.Lease(b.ctx, queue.LeaseRequest{Courier: "out", Worker: worker, Max: 3, Duration: time.Minute})
				if err != nil || len(batch.Groups) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				for _, a := range addressesOf(batch.Groups) {
					if by := seen[a]; by != "" {
						t.Errorf("%s went to %s and to %s", a, by, worker)
					}
					seen[a] = worker
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != mails {
		t.Errorf("%d of %d recipients were leased", len(seen), mails)
	}
}

func testVerdicts(t *testing.T, b *bench) {
	id := b.put(entry("a@one.test", "b@one.test", "c@one.test", "d@one.test"))
	g := b.leaseOne()
	states, err := b.Report(b.ctx, g, []mail.Outcome{delivered, retry, failed, unknown})
	want := []queue.State{queue.Delivered, queue.Waiting, queue.Failed, queue.Unknown}
	if err != nil || !slices.Equal(states, want) {
		t.Errorf("states %v, %v; want %v", states, err, want)
	}
	b.wantStates(id, "delivered waiting failed unknown")
	if _, err := b.Report(b.ctx, g, []mail.Outcome{delivered}); err == nil {
		t.Error("too few outcomes were taken")
	}
	b.clock.Advance(time.Minute)
	g = b.leaseOne()
	if got := addressesOf([]queue.Group{g}); !slices.Equal(got, []string{"b@one.test", "d@one.test"}) {
		t.Fatalf("leased %v", got)
	}
	if g.Items[0].Unknown || !g.Items[1].Unknown {
		t.Errorf("unknown: %v, %v; want only the second", g.Items[0].Unknown, g.Items[1].Unknown)
	}
	b.report(g, retry)
	b.wantStates(id, "delivered waiting failed unknown") // a try that fails does not take the doubt away
	b.clock.Advance(2 * time.Minute)
	absent := retry
	absent.Absent = true
	b.report(b.leaseOne(), absent)
	b.wantStates(id, "delivered waiting failed waiting")
}

func testSchedule(t *testing.T, b *bench) {
	id := b.put(entry("x@one.test"))
	for i, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
		want *= time.Minute
		b.report(b.leaseOne(), retry)
		if got := b.show(id).Recipients[0].Next.Sub(b.clock.Now()); got != want {
			t.Fatalf("after attempt %d it waits %v, want %v", i+1, got, want)
		}
		b.clock.Advance(want - time.Second)
		b.wantNone("not due yet")
		b.clock.Advance(time.Second)
	}
	slow := retry
	slow.RetryAfter = 15 * time.Minute
	b.report(b.leaseOne(), slow)
	if got := b.show(id).Recipients[0].Next.Sub(b.clock.Now()); got != slow.RetryAfter {
		t.Errorf("the host asked for %v, it waits %v", slow.RetryAfter, got)
	}
}

func testExpiry(t *testing.T, b *bench) {
	null := entry("n@one.test")
	null.Mail.Envelope.From = ""
	user, report := b.put(entry("x@two.test")), b.put(null)
	b.clock.Advance(b.policy.ExpireReports)
	for _, g := range b.lease(10) {
		b.report(g, retry)
	}
	b.wantStates(user, "waiting")
	b.wantStates(report, "expired")
	b.clock.Advance(b.policy.Expire)
	b.report(b.leaseOne(), unknown)
	b.wantStates(user, "expired")
	if rec := b.show(user); rec.Finished.IsZero() || !rec.Recipients[0].Next.IsZero() {
		t.Errorf("expired: %+v", rec)
	}
}

func testLapse(t *testing.T, b *bench) {
	id := b.put(entry("x@one.test"))
	first := b.leaseOne()
	b.clock.Advance(59 * time.Second)
	b.wantNone("the lease holds")
	b.clock.Advance(time.Second)
	second := b.leaseOne()
	if !second.Items[0].Unknown || second.Items[0].Attempt != 2 {
		t.Errorf("after a lapse: %+v", second.Items[0])
	}
	if second.Lease.Token <= first.Lease.Token {
		t.Errorf("token %d after %d", second.Lease.Token, first.Lease.Token)
	}
	b.clock.Advance(time.Minute)
	if err := b.Sweep(b.ctx); err != nil {
		t.Fatal(err)
	}
	b.wantStates(id, "unknown")
	b.wantNone("what lapsed twice waits as after a failure")
	b.clock.Advance(b.policy.First)
	b.leaseOne()
}

// testTogetherAgain leaves much to chance, yet one mail's recipients who failed together are one group again.
func testTogetherAgain(t *testing.T, b *bench) {
	p := testPolicy()
	p.Jitter = 1
	b = newBenchWith(t, b.engine, p)
	id := b.put(entry("x@one.test", "y@one.test", "z@one.test"))
	same := func(when string) {
		t.Helper()
		for _, r := range b.show(id).Recipients[1:] {
			if first := b.show(id).Recipients[0]; !r.Next.Equal(first.Next) {
				t.Errorf("%s: due at %v and %v", when, first.Next, r.Next)
			}
		}
	}
	b.report(b.leaseOne(), retry)
	same("deferred")
	b.clock.Advance(2 * p.First)
	b.report(b.leaseOne(), unknown)
	same("in doubt")
	b.clock.Advance(4 * p.First)
	b.leaseOne()
	b.clock.Advance(time.Minute)
	if err := b.Sweep(b.ctx); err != nil {
		t.Fatal(err)
	}
	same("lapsed")
}

// testUnanswered loses the answers of attempts that nobody can look for: after one more try it ends.
func testUnanswered(t *testing.T, b *bench) {
	p := testPolicy()
	p.Unanswered = 1
	b = newBenchWith(t, b.engine, p)
	sought := mail.Outcome{Verdict: mail.Unknown, Text: "connection lost", Absent: true}
	for name, tc := range map[string]struct {
		outcomes []mail.Outcome
		want     string
	}{
		"once":                         {[]mail.Outcome{unknown}, "unknown"},
		"twice":                        {[]mail.Outcome{unknown, unknown}, "expired"},
		"twice, with another between":  {[]mail.Outcome{unknown, retry, unknown}, "expired"},
		"once, then refused":           {[]mail.Outcome{unknown, retry, retry, retry}, "unknown"},
		"always to be found":           {[]mail.Outcome{findable, findable, retry, findable, unknown}, "unknown"},
		"once more after it was found": {[]mail.Outcome{unknown, sought, unknown}, "unknown"},
	} {
		id := b.put(entry("x@one.test"))
		for _, o := range tc.outcomes {
			b.report(b.leaseOne(), o)
			b.clock.Advance(p.Most)
		}
		b.wantStates(id, tc.want)
		if r := b.show(id).Recipients[0]; r.Last.Findable {
			t.Errorf("%s: %+v is stored", name, r.Last)
		}
		if g := b.lease(1); len(g) == 1 {
			b.report(g[0], delivered)
		}
		if r := b.show(id).Recipients[0]; tc.want == "expired" && (!r.Doubt || r.Owes != queue.Failure) {
			t.Errorf("%s: doubt %v, owes %v", name, r.Doubt, r.Owes)
		}
	}
}

func testLateReport(t *testing.T, b *bench) {
	id := b.put(entry("x@one.test"))
	first := b.leaseOne()
	b.clock.Advance(time.Minute)
	second := b.leaseOne()
	states, err := b.Report(b.ctx, first, []mail.Outcome{delivered})
	if !errors.Is(err, queue.ErrLeaseLost) || !slices.Equal(states, []queue.State{queue.Leased}) {
		t.Errorf("late report: %v, %v", states, err)
	}
	b.clock.Advance(time.Minute)
	if err := b.Sweep(b.ctx); err != nil {
		t.Fatal(err)
	}
	b.wantStates(id, "unknown")
	b.report(second, delivered) // lapsed, but nobody else has it
	b.wantStates(id, "delivered")
	if _, err := b.Report(b.ctx, second, []mail.Outcome{failed}); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("second report on one lease: %v", err)
	}
	b.wantStates(id, "delivered")
	ghost := second
	ghost.Lease.Mail = mail.NewID(b.clock.Now())
	if _, err := b.Report(b.ctx, ghost, []mail.Outcome{failed}); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("report on a mail that is not there: %v", err)
	}
}

func testGiveBack(t *testing.T, b *bench) {
	id := b.put(entry("x@one.test"))
	g := b.leaseOne()
	if err := b.GiveBack(b.ctx, g.Lease, time.Time{}); err != nil {
		t.Fatal(err)
	}
	b.wantStates(id, "waiting")
	if err := b.GiveBack(b.ctx, g.Lease, time.Time{}); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("again: %v", err)
	}
	g = b.leaseOne()
	if g.Items[0].Attempt != 1 || g.Items[0].Unknown {
		t.Errorf("untried, but %+v", g.Items[0])
	}
	b.report(g, unknown)
	b.clock.Advance(time.Minute)
	if err := b.GiveBack(b.ctx, b.leaseOne().Lease, b.clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.wantStates(id, "unknown")
	b.clock.Advance(59 * time.Minute)
	b.wantNone("given back for an hour")
}

func testExtend(t *testing.T, b *bench) {
	b.put(entry("x@one.test"))
	b.put(entry("y@two.test"))
	groups := b.lease(2)
	b.clock.Advance(30 * time.Second)
	if lost, err := b.Extend(b.ctx, []queue.LeaseID{groups[0].Lease}, time.Minute); err != nil || len(lost) > 0 {
		t.Fatalf("extend: %v, %v", lost, err)
	}
	b.clock.Advance(30 * time.Second)
	over := b.leaseOne()
	if over.Mail.ID != groups[1].Mail.ID {
		t.Errorf("the extended lease lapsed")
	}
	lost, err := b.Extend(b.ctx, []queue.LeaseID{groups[0].Lease, groups[1].Lease}, time.Minute)
	if !errors.Is(err, queue.ErrLeaseLost) || !slices.Equal(lost, []queue.LeaseID{groups[1].Lease}) {
		t.Errorf("lost %v, %v", lost, err)
	}
}

func testHasten(t *testing.T, b *bench) {
	for _, a := range []string{"x@one.test", "y@two.test"} {
		b.put(entry(a))
	}
	for range 2 {
		for _, g := range b.lease(5) {
			b.report(g, retry)
		}
		b.clock.Advance(time.Minute)
	}
	b.wantNone("both wait two minutes")
	n, err := b.Hasten(b.ctx, "out", "two.test")
	if err != nil || n != 1 {
		t.Fatalf("hasten: %d, %v", n, err)
	}
	if got := addressesOf(b.lease(5)); !slices.Equal(got, []string{"y@two.test"}) {
		t.Errorf("due are %v", got)
	}
	if n, err := b.Hasten(b.ctx, "out", ""); err != nil || n != 1 {
		t.Fatalf("hasten all: %d, %v", n, err)
	}
	if got := addressesOf(b.lease(5)); !slices.Equal(got, []string{"x@one.test"}) {
		t.Errorf("due are %v", got)
	}
}
