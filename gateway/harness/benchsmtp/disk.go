package main

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// diskSpeed measures what the machine can do: records of 4 KB appended to a file and synced, one by one, and by 32 writers that
// share a sync.
func diskSpeed(ctx context.Context, dir string, span time.Duration) (alone, grouped float64, err error) {
	f, err := os.Create(filepath.Join(dir, "records"))
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	record := make([]byte, 4<<10)
	n, start := 0, time.Now()
	for ; time.Since(start) < span && ctx.Err() == nil; n++ {
		if _, err := f.Write(record); err != nil {
			return 0, 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, 0, err
		}
	}
	alone = float64(n) / time.Since(start).Seconds()
	n, start = 0, time.Now()
	g := newGroup(f)
	var all sync.WaitGroup
	counts := make([]int, 32)
	for i := range counts {
		all.Go(func() {
			for time.Since(start) < span && ctx.Err() == nil && g.append(record) == nil {
				counts[i]++
			}
		})
	}
	all.Wait()
	for _, c := range counts {
		n += c
	}
	return alone, float64(n) / time.Since(start).Seconds(), g.err
}

// A group lets writers share a sync: whoever comes while one is under way is part of the next.
type group struct {
	f *os.File

	mu      sync.Mutex
	turn    sync.Cond
	written int64 // records in the file
	synced  int64 // records on the disk
	syncing bool
	err     error
}

func newGroup(f *os.File) *group {
	g := &group{f: f}
	g.turn.L = &g.mu
	return g
}

func (g *group) append(record []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, err := g.f.Write(record); err != nil {
		return err
	}
	g.written++
	mine := g.written
	for g.synced < mine && g.err == nil {
		if g.syncing {
			g.turn.Wait()
			continue
		}
		g.syncing = true
		upto := g.written
		g.mu.Unlock()
		err := g.f.Sync()
		g.mu.Lock()
		g.syncing, g.err = false, err
		g.synced = upto
		g.turn.Broadcast()
	}
	return g.err
}
