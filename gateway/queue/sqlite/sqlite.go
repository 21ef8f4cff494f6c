// Package sqlite is the embedded engine of the queue: one SQLite database in WAL mode with synchronous=FULL, files that
// bodies of middling size share, and one file for each large body.
//
//  1. All writes go through one goroutine (writer.go). It takes what the sessions and couriers have asked for since
//     it last looked, does it in one transaction and commits once: a hundred sessions share one fsync.
//  2. Bodies over a second threshold are files. They are written and synced by the session that brings
//     them, their folder is synced by the writer, and only then does the row that names them commit. A file
//     without a row is the trace of a crash; Open removes it.
//     Those between the two thresholds are written by their sessions into a segment, which the writer syncs before it commits (segments.go).
//  3. Reads go through connections of their own, which never wait for the writer. Another process may read too
//     ([OpenReader]).
//  4. One process serves a queue. What was leased when the last one died is in state Unknown after Open.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
	"github.com/mapigate/mapigate/gateway/queue/wake"
)

// Options say how a queue is kept; the zero value works.
type Options struct {
	// Policy is the schedule; zero fields take the defaults.
	Policy queue.Policy
	// Clock tells the time; default a clock that goes on evenly when the machine's is set.
	Clock func() time.Time
	// Wall is the machine's clock, which may jump; default time.Now.
	Wall func() time.Time
	// Inline is the size in bytes up to which bodies are kept in the database; default 16 KiB.
	Inline int
	// Shared is the size in bytes below which bodies share files; larger ones have one each. It is rounded up to blocks of 4 KiB. Default 128 KiB.
	Shared int
	// MinFree is the room in bytes that must stay free on the disk; a Put below it fails with
	// ErrFull. Default 64 MiB; negative means no floor.
	MinFree int64

	// known is how many mails the writer remembers; negative is none.
	known int
	// segment is the size in bytes at which a file of bodies takes no more.
	segment int64
}

func (o Options) withDefaults() Options {
	o.Policy = o.Policy.WithDefaults()
	if o.Inline <= 0 {
		o.Inline = 16 << 10
	}
	if o.Shared <= 0 {
		o.Shared = 128 << 10
	}
	if o.segment <= 0 {
		o.segment = 32 << 20
	}
	if o.known == 0 {
		o.known = knownMails
	}
	if o.MinFree == 0 {
		o.MinFree = 64 << 20
	}
	return o
}

// names of what lies in the folder of a queue.
const (
	databaseName = "queue.sqlite"
	bodiesName   = "bodies"
	segmentsName = "segments"
)

// readers bounds the connections that read.
const readers = 4

// A Queue is an open queue.
type Queue struct {
	opts     Options
	schedule atomic.Pointer[queue.Policy]
	clock    *clock
	*reader
	bodies *bodies
	fresh  *fresh
	writer *writer
	inUse  *inUse
	wakes  *wake.Calls
	space  *space

	closeOnce sync.Once
	closeErr  error
}

var _ queue.Queue = (*Queue)(nil)

// SetPolicy implements [queue.Queue].
func (q *Queue) SetPolicy(p queue.Policy) {
	p = p.WithDefaults()
	q.schedule.Store(&p)
}

func (q *Queue) policy() queue.Policy { return *q.schedule.Load() }

// Open opens the queue in a folder, which is made when it is missing, and makes good what a crash left behind.
// It fails with ErrInUse when another process serves the queue and with ErrSchema when a newer program wrote it.
func Open(dir string, opts Options) (*Queue, error) {
	opts = opts.withDefaults()
	q := &Queue{opts: opts, clock: newClock(opts.Clock, opts.Wall), fresh: newFresh(), wakes: wake.New(), space: newSpace(dir, opts.MinFree)}
	q.schedule.Store(&opts.Policy)
	if err := q.open(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("queue %s: %w", dir, err), q.Close())
	}
	return q, nil
}

func (q *Queue) open(dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if q.inUse, err = takeInUse(dir); err != nil {
		return err
	}
	if q.bodies, err = openBodies(filepath.Join(dir, bodiesName), q.opts.Inline, q.opts.Shared); err != nil {
		return err
	}
	q.writer, err = openWriter(filepath.Join(dir, databaseName), q.clock.Now, q.wakes, q.opts.known, q.unkeep)
	if err != nil {
		return err
	}
	if q.reader, err = openReader(dir); err != nil {
		return err
	}
	q.reader.bodies, q.reader.fresh = q.bodies, q.fresh
	use, err := q.reader.segmentUse(context.Background())
	if err != nil {
		return err
	}
	if q.bodies.segments, err = openSegments(filepath.Join(dir, segmentsName), q.opts.segment, use); err != nil {
		return err
	}
	q.writer.sync = q.bodies.segments.sync
	q.writer.orders.body, q.writer.orders.policy = q.lend, q.policy
	if err := q.recover(context.Background()); err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	return nil
}

// unkeep forgets a body that the database does not name any more.
func (q *Queue) unkeep(id mail.ID, at spot) {
	switch at.place {
	case inOldRow, inContent:
		q.fresh.forget(id)
	case inFile:
		q.bodies.remove(id)
	case inSegment:
		q.bodies.segments.remove(shelf(at.n), at.size)
	}
}

// recover makes good what a crash left behind: leases and locks nobody holds, and bodies without a row.
func (q *Queue) recover(ctx context.Context) error {
	err := q.writer.do(ctx, func(t *tx) error {
		if err := t.lapse(math.MaxInt64, q.opts.Policy); err != nil {
			return err
		}
		var newest int64
		if err := t.row("SELECT coalesce((SELECT received FROM mail ORDER BY id DESC LIMIT 1), 0)", nil, &newest); err != nil {
			return err
		}
		now := life.Micros(t.now)
		if max(newest, t.w.stored) > now+mostDrift.Microseconds() { // the clock was set back meanwhile
			if err := t.followBack(now); err != nil {
				return err
			}
		}
		return t.exec("UPDATE lock SET until = 0")
	})
	if err != nil {
		return err
	}
	return q.bodies.collect(func(id string) (bool, error) { return q.reader.hasFile(ctx, id) })
}

// Close waits for the calls under way and closes the store. Calling it again does nothing.
func (q *Queue) Close() error {
	q.closeOnce.Do(func() {
		if q.writer != nil {
			q.closeErr = errors.Join(q.closeErr, q.writer.close())
		}
		if q.reader != nil {
			q.closeErr = errors.Join(q.closeErr, q.reader.close())
		}
		if q.bodies != nil && q.bodies.segments != nil {
			q.closeErr = errors.Join(q.closeErr, q.bodies.segments.close())
		}
		if q.inUse != nil {
			q.closeErr = errors.Join(q.closeErr, q.inUse.release())
		}
	})
	return q.closeErr
}

// Subscribe implements [queue.Queue].
func (q *Queue) Subscribe(t queue.Topic) (<-chan struct{}, func()) { return q.wakes.Subscribe(t) }

// A Reader looks into a queue that another process may be serving. It cannot change anything.
type Reader struct{ *reader }

var _ queue.Inspector = (*Reader)(nil)

// OpenReader opens the queue in a folder for reading only. It fails with fs.ErrNotExist when there is none.
func OpenReader(dir string) (*Reader, error) {
	if _, err := os.Stat(filepath.Join(dir, databaseName)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("queue %s: there is no queue here: %w", dir, fs.ErrNotExist)
		}
		return nil, err
	}
	r, err := openReader(dir)
	if err != nil {
		return nil, fmt.Errorf("queue %s: %w", dir, err)
	}
	r.bodies = &bodies{dir: filepath.Join(dir, bodiesName), segments: &segments{dir: filepath.Join(dir, segmentsName)}}
	return &Reader{r}, nil
}

// Close closes the reader.
func (r *Reader) Close() error { return r.reader.close() }

// openDatabase opens the file with pragmas of our own beside those that all connections have.
func openDatabase(path string, pragmas ...string) (*sql.DB, error) {
	v := url.Values{"_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}
	return sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: v.Encode()}).String())
}
