package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	// quiet is how long nothing may arrive before the rest counts as not coming.
	quiet = 90 * time.Second
	// settle is how long to wait for second copies after everything has arrived.
	settle = 8 * time.Second
)

// Where mail arrives.
const (
	mailbox  = "mailbox"
	internet = "sink"
)

// ledgers are the books: what was accepted and what has arrived, a Message-ID a line.
type ledgers struct {
	accepted, arrived *os.File

	mu      sync.Mutex
	promise map[string]bool
	copies  map[string][]arrival
	err     error
}

// An arrival is one copy.
type arrival struct {
	where string
	at    time.Time
}

func openLedgers(folder string) (*ledgers, error) {
	l := &ledgers{promise: make(map[string]bool), copies: make(map[string][]arrival)}
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
	l.copies[id] = append(l.copies[id], arrival{where, at})
	if _, err := fmt.Fprintln(l.arrived, id); err != nil && l.err == nil {
		l.err = err
	}
}

// follow reads the whole lines of a file that grows, from an offset on, and returns how far it came.
func follow(path string, offset int64, take func(line string)) int64 {
	f, err := os.Open(path)
	if err != nil {
		return offset // nothing has arrived yet
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, offset, 1<<30))
	if err != nil {
		return offset
	}
	for {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			return offset
		}
		take(string(line))
		offset += int64(len(line)) + 1
		text = rest
	}
}

// counts gives how many of the promised have arrived, how many were promised, and all arrivals.
func (l *ledgers) counts() (kept, promised, arrivals int) {
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
	return kept, len(l.promise), arrivals
}

// waitForAll waits until everything promised has arrived, or nothing more comes.
func (l *ledgers) waitForAll(ctx context.Context) {
	last, since := -1, time.Now()
	for ctx.Err() == nil {
		kept, promised, arrivals := l.counts()
		if arrivals != last {
			last, since = arrivals, time.Now()
		}
		if kept == promised && time.Since(since) > settle || time.Since(since) > quiet {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}
