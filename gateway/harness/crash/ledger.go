package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	// quiet is how long nothing may arrive before the rest counts as lost.
	quiet = 90 * time.Second
	// settle is how long to wait for second copies after everything has arrived.
	settle = 8 * time.Second
	// window is how long before a kill a mail may have been answered without
	// the gateway's note of it being on disk.
	window = 2 * time.Second
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

// tally prints the result, and tells whether it is as promised: nothing lost,
// and a second copy only where a kill had cut the first one's answer off.
func (l *ledgers) tally(kills []time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost, doubled, unexplained := 0, 0, 0
	for id := range l.promise {
		if len(l.copies[id]) == 0 {
			lost++
			fmt.Println("lost", id)
		}
	}
	arrived := 0
	for id, copies := range l.copies {
		if l.promise[id] {
			arrived++
		}
		if len(copies) < 2 {
			continue
		}
		doubled++
		explained := cutOff(copies, kills)
		if !explained {
			unexplained++
		}
		fmt.Printf("doubled %s: %d copies in %s, a kill cut the answer off: %v\n", id, len(copies), copies[0].where, explained)
	}
	fmt.Printf("crash: %d accepted, %d arrived, %d lost, %d doubled\n", len(l.promise), arrived, lost, doubled)
	return lost == 0 && unexplained == 0
}

// cutOff tells whether a kill fell right behind every copy but the last.
func cutOff(copies []copy, kills []time.Time) bool {
	slices.SortFunc(copies, func(a, b copy) int { return a.at.Compare(b.at) })
	for _, c := range copies[:len(copies)-1] {
		if !slices.ContainsFunc(kills, func(k time.Time) bool { return k.After(c.at) && k.Sub(c.at) < window }) {
			return false
		}
	}
	return true
}
