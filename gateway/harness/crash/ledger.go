package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// quiet is how long nothing may arrive before the rest counts as lost.
	quiet = 90 * time.Second
	// settle is how long to wait for second copies after everything has arrived.
	settle = 8 * time.Second
)

// ledgers are the books: what was accepted and what has arrived, a Message-ID a line.
type ledgers struct {
	accepted, arrived *os.File

	mu      sync.Mutex
	promise map[string]bool
	copies  map[string][]copy
	err     error
}

// A copy is one arrival.
type copy struct {
	where string
	at    time.Time
}

func openLedgers(folder string) (*ledgers, error) {
	l := &ledgers{promise: make(map[string]bool), copies: make(map[string][]copy)}
	var err error
	if l.accepted, err = os.Create(filepath.Join(folder, "accepted.txt")); err != nil {
		return nil, err
	}
	l.arrived, err = os.Create(filepath.Join(folder, "arrived.txt"))
	return l, err
}

func (l *ledgers) close() error { return errors.Join(l.err, l.accepted.Close(), l.arrived.Close()) }

// accept writes down that somebody was promised delivery.
func (l *ledgers) accept(id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promise[id] = true
	_, err := fmt.Fprintln(l.accepted, id)
	return err
}

// arrive writes down an arrival.
func (l *ledgers) arrive(id, where string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.copies[id] = append(l.copies[id], copy{where, at})
	if _, err := fmt.Fprintln(l.arrived, id); err != nil && l.err == nil {
		l.err = err
	}
}

// counts gives how many of the promised have arrived, and all arrivals.
func (l *ledgers) counts() (kept, arrivals int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range l.promise {
		if len(l.copies[id]) > 0 {
			kept++
		}
	}
	for _, c := range l.copies {
		arrivals += len(c)
	}
	return kept, arrivals
}

// waitForAll waits until everything promised has arrived, or nothing more comes.
func (l *ledgers) waitForAll(ctx context.Context) {
	last, since := -1, time.Now()
	for ctx.Err() == nil {
		kept, arrivals := l.counts()
		if arrivals != last {
			last, since = arrivals, time.Now()
		}
		if kept == len(l.promise) && time.Since(since) > settle || time.Since(since) > quiet {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// A result is what the books say.
type result struct {
	accepted, arrived, lost, doubled int
	// unexplained counts mails of which more copies came than answers were lost.
	unexplained int
}

// tally compares the books, and copies with the answers that kills cut off.
func (l *ledgers) tally(tries map[string]tries) result {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := result{accepted: len(l.promise)}
	for id := range l.promise {
		if len(l.copies[id]) > 0 {
			r.arrived++
			continue
		}
		r.lost++
		fmt.Println("lost", id)
	}
	for id, copies := range l.copies {
		if len(copies) < 2 {
			continue
		}
		r.doubled++
		extra, cut := len(copies)-1, tries[id].cutOff()
		if copies[0].where == "mailbox" {
			cut = 0 // there the gateway looks before it tries again
		}
		if extra > cut {
			r.unexplained++
		}
		fmt.Printf("doubled %s: %d copies in %s; %d answers were cut off\n", id, len(copies), copies[0].where, cut)
	}
	return r
}

// fine tells whether all is as promised: nothing lost, and no more copies than
// answers that a kill had cut off.
func (r result) fine() bool { return r.lost == 0 && r.unexplained == 0 }

// String is the last line of the program.
func (r result) String() string {
	return fmt.Sprintf("crash: %d accepted, %d arrived, %d lost, %d doubled", r.accepted, r.arrived, r.lost, r.doubled)
}
