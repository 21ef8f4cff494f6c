// Package postgres is the shared engine of the queue: several gateways work on one PostgreSQL database.
//
//  1. A change is one transaction that locks the row of its mail first. Gateways take leases from the same table
//     with FOR UPDATE SKIP LOCKED: none waits for what another is just taking.
//  2. A lease or a lock ends when its time is over, by the clock of the database (clock.go), and is anybody's
//     then. Each carries a token from one sequence. What comes late, under a token that is not the last one, changes
//     nothing.
//  3. Bodies are chunks. Small ones are written with their mail. Large ones go ahead of it, as they are read: no
//     connection waits for a slow sender, and no mail is ever whole in memory.
//  4. Wake-ups for other gateways are sent behind the transaction and merged (notify.go): NOTIFY inside
//     it would make all commits of the database queue up.
//  5. A transaction that lost against another, or whose connection broke, is tried again for a while. When the
//     answer to a COMMIT was lost, the second try finds out what became of the first.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
	"github.com/mapigate/mapigate/gateway/queue/wake"
)

// Options say how a queue is reached and kept; URL is needed.
type Options struct {
	// URL is a connection string as libpq takes it: postgres://user:password@host/database?…, or key=value pairs.
	URL string
	// Policy is the schedule; zero fields take the defaults.
	Policy queue.Policy
	// Clock tells the time; default the database's own.
	Clock func() time.Time
	// Connections bounds the connections, two of which are for reading; default 16.
	Connections int
	// Log gets what the engine does by itself; default nowhere.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	o.Policy = o.Policy.WithDefaults()
	if o.Connections <= 0 {
		o.Connections = 16
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// openTimeout bounds how long Open waits for the database.
const openTimeout = 30 * time.Second

// A Queue is an open queue.
type Queue struct {
	opts     Options
	schedule atomic.Pointer[queue.Policy]
	*reader
	clock *clock
	calls *wake.Calls
	news  *news
	turns sync.Map // of *turns, by courier

	mu      sync.RWMutex // guards shut; held for reading while a call begins
	shut    bool
	calling sync.WaitGroup
	closing chan struct{}
	cancel  context.CancelFunc
	tasks   sync.WaitGroup
}

var _ queue.Queue = (*Queue)(nil)

// SetPolicy implements [queue.Queue].
func (q *Queue) SetPolicy(p queue.Policy) {
	p = p.WithDefaults()
	q.schedule.Store(&p)
}

func (q *Queue) policy() queue.Policy { return *q.schedule.Load() }

// Open connects to the database and brings its schema up to date. It fails with ErrSchema when a newer program has done that
// already. Other gateways may serve the same queue.
func Open(ctx context.Context, opts Options) (*Queue, error) {
	opts = opts.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	r, err := connect(ctx, opts.URL, opts.Connections)
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	q := &Queue{opts: opts, reader: r, clock: &clock{fixed: opts.Clock}, calls: wake.New(), closing: make(chan struct{})}
	q.schedule.Store(&opts.Policy)
	if err := q.start(ctx); err != nil {
		r.pool.Close()
		err = classify(err)
		return nil, fmt.Errorf("queue %s: %w", r.name, err)
	}
	return q, nil
}

func (q *Queue) start(ctx context.Context) error {
	conn, err := q.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if err := migrate(ctx, conn.Conn()); err != nil {
		return err
	}
	if err := durable(ctx, conn.Conn()); err != nil {
		return err
	}
	if _, err := q.clock.sync(ctx, conn); err != nil {
		return err
	}
	if err := q.checkClock(ctx, conn.Conn()); err != nil {
		return err
	}
	if q.news, err = newNews(ctx, conn.Conn(), q.calls, q.opts.Log); err != nil {
		return err
	}
	background, cancel := context.WithCancel(context.Background())
	q.cancel = cancel
	ready := make(chan struct{})
	q.tasks.Go(func() { q.news.listen(background, q.pool.Config().ConnConfig, ready) })
	q.tasks.Go(func() { q.news.send(background, q.pool) })
	select {
	case <-ready:
	case <-ctx.Done(): // goes on without: couriers look from time to time by themselves
	}
	return nil
}

// checkClock makes good that the database's clock was set back while nobody looked.
func (q *Queue) checkClock(ctx context.Context, c *pgx.Conn) error {
	var newest int64
	if err := c.QueryRow(ctx, "SELECT coalesce((SELECT received FROM mail ORDER BY id DESC LIMIT 1), 0)").Scan(&newest); err != nil {
		return err
	}
	if newest <= life.Micros(q.clock.Now().Add(mostDrift)) {
		return nil
	}
	return q.do(ctx, (*tx).followBack)
}

// durable refuses a server that would answer before the mail is on its disk.
func durable(ctx context.Context, c *pgx.Conn) error {
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		var value string
		if err := c.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return err
		}
		if value == "off" {
			return fmt.Errorf("the server has %s = off: a crash would lose mail that was accepted", name)
		}
	}
	return nil
}

// enter begins a call, unless the queue is closed.
func (q *Queue) enter() bool {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.shut {
		return false
	}
	q.calling.Add(1)
	return true
}

func (q *Queue) leave() { q.calling.Done() }

// Subscribe implements [queue.Queue].
func (q *Queue) Subscribe(t queue.Topic) (<-chan struct{}, func()) { return q.calls.Subscribe(t) }

// wake tells this process at once and the others soon.
func (q *Queue) wake(topics map[queue.Topic]bool) {
	q.calls.Wake(topics)
	q.news.add(topics)
}

// Close waits for the calls under way and closes the connections. Calling it again does nothing.
func (q *Queue) Close() error {
	q.mu.Lock()
	already := q.shut
	q.shut = true
	q.mu.Unlock()
	if already {
		return nil
	}
	close(q.closing)
	q.calling.Wait()
	q.cancel()
	q.tasks.Wait()
	q.pool.Close()
	return nil
}

// A Reader looks into a queue that gateways may be serving. It changes nothing.
type Reader struct{ *reader }

var _ queue.Inspector = (*Reader)(nil)

// OpenReader connects for reading only.
func OpenReader(ctx context.Context, url string) (*Reader, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	r, err := connect(ctx, url, 2)
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	if err := r.check(ctx); err != nil {
		r.pool.Close()
		return nil, fmt.Errorf("queue %s: %w", r.name, err)
	}
	return &Reader{r}, nil
}

// Close closes the reader.
func (r *Reader) Close() error { r.pool.Close(); return nil }

// connect makes the pool. Its name is the address without the password.
func connect(ctx context.Context, url string, most int) (*reader, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("its address cannot be read: want postgres://user@host/database")
	}
	c.MaxConns = int32(most)
	c.ConnConfig.RuntimeParams["application_name"] = "mapigate"
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("postgres %s:%d/%s", c.ConnConfig.Host, c.ConnConfig.Port, c.ConnConfig.Database)
	r := &reader{pool: pool, name: name}
	r.chunks.New = func() any { buf := make([]byte, chunkSize); return &buf }
	return r, nil
}
