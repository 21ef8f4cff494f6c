package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/postgres/pgtest"
	"github.com/mapigate/mapigate/gateway/queue/queuetest"
)

var delivered = mail.Outcome{Verdict: mail.Delivered, Code: 250, Text: "ok"}

func put(t testing.TB, q *Queue, size int) mail.ID {
	t.Helper()
	r, err := q.Put(t.Context(), plainEntry("x@one.test", size))
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func lease(t testing.TB, q *Queue, worker string) []queue.Group {
	t.Helper()
	b, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: "out", Worker: worker, Max: 10, Duration: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return b.Groups
}

func read(t testing.TB, q *Queue, id mail.ID) string {
	t.Helper()
	r, err := q.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// Two gateways on one queue: what one has, the other does not get; what one leaves behind, the other takes over; and the one
// that comes back late changes nothing.
func TestTwoGateways(t *testing.T) {
	url, clock := schema(t), queuetest.NewClock()
	one, two := open(t, Options{URL: url, Clock: clock.Now}), open(t, Options{URL: url, Clock: clock.Now})
	id := put(t, one, 10)
	mine := lease(t, two, "two")
	if len(mine) != 1 || mine[0].Mail.ID != id {
		t.Fatalf("two leased %+v", mine)
	}
	if got := lease(t, one, "one"); len(got) != 0 {
		t.Fatalf("both have it: %+v", got)
	}
	f, err := two.Lock(t.Context(), "box", "two", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Lock(t.Context(), "box", "one", time.Minute); !errors.Is(err, queue.ErrLocked) {
		t.Errorf("both have the lock: %v", err)
	}
	clock.Advance(time.Minute) // two is cut off
	taken := lease(t, one, "one")
	if len(taken) != 1 || !taken[0].Items[0].Unknown || taken[0].Lease.Token <= mine[0].Lease.Token {
		t.Fatalf("taken over: %+v", taken)
	}
	if _, err := one.Lock(t.Context(), "box", "one", time.Minute); err != nil {
		t.Errorf("the lock has run out: %v", err)
	}
	fenced := plainEntry("x@one.test", 10)
	fenced.Fence = f
	if _, err := two.Put(t.Context(), fenced); !errors.Is(err, queue.ErrLockLost) {
		t.Errorf("put behind the fence: %v", err)
	}
	if _, err := two.Extend(t.Context(), []queue.LeaseID{mine[0].Lease}, time.Minute); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("extend: %v", err)
	}
	states, err := two.Report(t.Context(), mine[0], []mail.Outcome{delivered})
	if !errors.Is(err, queue.ErrLeaseLost) || !slices.Equal(states, []queue.State{queue.Leased}) {
		t.Errorf("late report: %v, %v", states, err)
	}
	if _, err := one.Report(t.Context(), taken[0], []mail.Outcome{delivered}); err != nil {
		t.Error(err)
	}
}

// What one gateway puts in wakes the other.
func TestNews(t *testing.T) {
	url := schema(t)
	one, two := open(t, Options{URL: url}), open(t, Options{URL: url})
	wake, cancel := two.Subscribe(queue.CourierTopic("out"))
	defer cancel()
	for range 3 {
		for len(wake) > 0 {
			<-wake
		}
		put(t, one, 10)
		select {
		case <-wake:
		case <-time.After(10 * time.Second):
			t.Fatal("the other gateway was not woken")
		}
	}
}

// A body without its mail, as a gateway that died leaves it, goes; one that is still coming in stays.
func TestUploads(t *testing.T) {
	clock := queuetest.NewClock()
	q := open(t, Options{URL: schema(t), Clock: clock.Now})
	s, err := q.spool(t.Context(), mail.NewID(clock.Now()), strings.NewReader(content(3*chunkSize+7)))
	if err != nil || !s.uploaded || s.size != 3*chunkSize+7 {
		t.Fatalf("spooled %+v, %v", s, err)
	}
	chunks := func() (n int) {
		t.Helper()
		if err := q.pool.QueryRow(t.Context(), "SELECT count(*) FROM body").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, want := range []int{4, 0} {
		if err := q.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := chunks(); n != want {
			t.Errorf("%d chunks, want %d", n, want)
		}
		clock.Advance(uploadAge)
	}
	id := put(t, q, 2*chunkSize+1)
	if err := q.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if read(t, q, id) != content(2*chunkSize+1) {
		t.Error("the body is another")
	}
	r, err := q.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	part := make([]byte, 100)
	if n, err := r.(io.ReaderAt).ReadAt(part, chunkSize-50); n != 100 || err != nil || string(part) != content(chunkSize + 50)[chunkSize-50:] {
		t.Errorf("across two chunks: %d, %v", n, err)
	}
	if n, err := r.(io.ReaderAt).ReadAt(part, 2*chunkSize-9); n != 10 || err != io.EOF {
		t.Errorf("across the end: %d, %v", n, err)
	}
}

// The server dies under load, twice. What was accepted is there, and work goes on as soon as the server does.
func TestServerKilled(t *testing.T) {
	if server == nil {
		t.Skip(whySkipped)
	}
	s, err := pgtest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	url, err := s.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := open(t, Options{URL: url})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	accepted, sizes := map[mail.ID]int{}, []int{10, 5000, chunkSize + 10}
	var putting sync.WaitGroup
	for w := range 6 {
		putting.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				size := sizes[(w+i)%len(sizes)]
				r, err := q.Put(ctx, plainEntry(fmt.Sprintf("%d-%d@one.test", w, i), size))
				if err != nil {
					if ctx.Err() == nil {
						t.Errorf("put: %v", err)
					}
					return
				}
				mu.Lock()
				accepted[r.ID] = size
				mu.Unlock()
			}
		})
	}
	for range 2 {
		time.Sleep(300 * time.Millisecond)
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
		if err := s.Serve(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	cancel()
	putting.Wait()
	for id, size := range accepted {
		if read(t, q, id) != content(size) {
			t.Errorf("%s of %d bytes is not as it was", id, size)
		}
	}
	st, err := q.Stats(t.Context())
	if err != nil || len(st.Depths) != 1 || st.Depths[0].Count < int64(len(accepted)) || st.Depths[0].Count > int64(len(accepted))+6 {
		t.Errorf("%d were accepted, the queue has %+v, %v", len(accepted), st.Depths, err)
	}
	t.Logf("%d mails accepted, none lost", len(accepted))
}
