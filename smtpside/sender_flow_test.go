package smtpside

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// Half as many after a complaint, however many complain together, and one more for each round that goes well.
func TestFlow(t *testing.T) {
	now := time.Unix(1e9, 0)
	f := &flow{}
	for range 20 {
		f.ask(16)
	}
	if f.used != 16 || len(f.waiting) != 4 {
		t.Fatalf("%d in, %d waiting", f.used, len(f.waiting))
	}
	for range 5 {
		f.slower(now)
	}
	if f.allowed() != 8 {
		t.Errorf("%d allowed after a complaint", f.allowed())
	}
	for range 9 {
		f.done()
	}
	if f.used != 8 || len(f.waiting) != 3 {
		t.Errorf("%d in, %d waiting", f.used, len(f.waiting))
	}
	f.slower(now.Add(settling))
	if f.allowed() != 4 || f.worth(now.Add(settling)) != learnedFor {
		t.Errorf("%d allowed after two complaints, worth %v", f.allowed(), f.worth(now))
	}
	for range 4 {
		f.faster()
	}
	if f.allowed() != 4 && f.allowed() != 5 {
		t.Errorf("%d allowed after one good round", f.allowed())
	}
	for range 200 {
		f.faster()
	}
	if f.allowed() != 16 || f.worth(now) > 0 {
		t.Errorf("%d allowed after many good rounds", f.allowed())
	}
	turn := f.ask(16)
	in, waiting := f.used, len(f.waiting)
	f.withdraw(turn)
	if f.used+len(f.waiting) != in+waiting-1 {
		t.Errorf("withdrawn: %d in, %d waiting", f.used, len(f.waiting))
	}
}

// A rate spaces mails out.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(SenderOptions{MaxPerDestination: 10, MaxMailsPerConn: 1, IdleTimeout: -1})
		r := &Route{Domain: "x.example", Shape: Shape{Rate: 60}}
		start := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				pl, err := p.enter(t.Context(), r, "")
				if err != nil {
					t.Error(err)
					return
				}
				defer pl.leave()
				mu.Lock()
				defer mu.Unlock()
				at = append(at, time.Since(start))
			})
		}
		all.Wait()
		if want := []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("mails after %v", at)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := p.enter(ctx, r, ""); err == nil {
			t.Error("a Send that was cut off got a place")
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if len(p.places) != 0 {
			t.Errorf("%d destinations are remembered", len(p.places))
		}
	})
}

// A host that says 421 gets fewer connections for a while.
func TestLearningFrom421(t *testing.T) {
	sink := newSink(t, smtptest.Options{})
	sink.Fail(smtptest.Fault{Verb: "MAIL", Reply: "421 4.7.0 too many connections"})
	s := newTestSender(t, SenderOptions{MaxPerDestination: 8})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { mustSend(t, s, jobTo(sink.Addr, "a@y.example")) })
	}
	all.Wait()
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	for key, dest := range s.pool.places {
		if dest.allowed() > 4 {
			t.Errorf("%s still gets %d connections", key.to, dest.allowed())
		}
	}
	if len(s.pool.places) != 1 {
		t.Errorf("%d destinations are remembered", len(s.pool.places))
	}
}

// Behind those who wait for a connection nobody waits who can come back.
func TestPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(SenderOptions{MaxPerDestination: 2, MaxMailsPerConn: 1, IdleTimeout: -1, PutOff: time.Second})
		ended := make(chan error, 10)
		leave := make(chan struct{})
		for range 7 {
			go func() {
				pl, err := p.enter(t.Context(), &Route{Domain: "x.example"}, "")
				if err == nil {
					<-leave
					pl.leave()
				}
				ended <- err
			}()
		}
		synctest.Wait()
		for range 3 {
			var busy *BusyError
			if err := <-ended; !errors.As(err, &busy) || busy.Wait != time.Second {
				t.Errorf("one that need not wait got %v", err)
			}
		}
		close(leave)
		for range 4 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if len(p.places) != 0 {
			t.Errorf("%d destinations are remembered", len(p.places))
		}
	})
}
