package api

import (
	"context"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
)

const (
	// mostLoads bounds the destinations that are shown.
	mostLoads = 100
	// freshLoads is how old the list may be; with a queue so full that asking takes long it may be older, by costLoads times that.
	freshLoads = 2 * time.Second
	costLoads  = 20
	// patience is how long a request waits for the first list; without it there is none yet.
	patience = 50 * time.Millisecond
	// surveyTime bounds the asking.
	surveyTime = 30 * time.Second
)

// loads keeps what waits for whom: asking takes a moment when much waits, and no request waits long for that.
type loads struct {
	mu    sync.Mutex
	list  []queue.Load
	at    time.Time // zero before the first
	until time.Time // fresh till then
	busy  chan struct{}
	err   error
}

// get gives the list and when it was made; a zero time says that there is none yet.
func (l *loads) get(ctx context.Context, q queue.Surveyor, now time.Time) ([]queue.Load, time.Time, error) {
	l.mu.Lock()
	if now.Before(l.until) {
		defer l.mu.Unlock()
		return l.list, l.at, l.err
	}
	if l.busy == nil {
		l.busy = make(chan struct{})
		go l.ask(context.WithoutCancel(ctx), q, now) // ends by itself after surveyTime
	}
	busy, at := l.busy, l.at
	if !at.IsZero() {
		defer l.mu.Unlock()
		return l.list, at, l.err
	}
	l.mu.Unlock()
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-busy:
	case <-wait.C:
		return nil, time.Time{}, nil
	case <-ctx.Done():
		return nil, time.Time{}, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list, l.at, l.err
}

// warm asks for the first time, so that nobody waits for that.
func (l *loads) warm(q queue.Surveyor, now time.Time) {
	l.busy = make(chan struct{})
	go l.ask(context.Background(), q, now) // ends by itself after surveyTime
}

func (l *loads) ask(ctx context.Context, q queue.Surveyor, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, surveyTime)
	defer cancel()
	began := time.Now()
	list, err := q.Backlog(ctx, mostLoads)
	took := time.Since(began)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list, l.err, l.at = list, err, now
	l.until = now.Add(max(freshLoads, costLoads*took))
	close(l.busy)
	l.busy = nil
}
