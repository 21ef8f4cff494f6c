package postgres

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/wake"
)

// newsEvery bounds how often one gateway notifies the others: what happens in between is one notification for each topic.
const newsEvery = 10 * time.Millisecond

// listenAgain is the wait after the listening connection broke.
const listenAgain = time.Second

// listenCheck is how often the listening connection is tried when nothing comes.
const listenCheck = time.Minute

// The news passes tokens between the gateways of one queue.
type news struct {
	channel string
	calls   *wake.Calls
	log     *slog.Logger

	mu      sync.Mutex
	pending map[queue.Topic]bool
	some    chan struct{} // has a token while pending is not empty
}

// newNews names the channel after the schema, because channels are the database's.
func newNews(ctx context.Context, c *pgx.Conn, calls *wake.Calls, log *slog.Logger) (*news, error) {
	var schema string
	if err := c.QueryRow(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return nil, err
	}
	h := fnv.New64a()
	h.Write([]byte(schema))
	return &news{
		channel: fmt.Sprintf("mapigate_%016x", h.Sum64()), calls: calls, log: log,
		pending: map[queue.Topic]bool{}, some: make(chan struct{}, 1),
	}, nil
}

// add remembers what the others must hear of.
func (n *news) add(topics map[queue.Topic]bool) {
	if len(topics) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for t := range topics {
		n.pending[t] = true
	}
	select {
	case n.some <- struct{}{}:
	default:
	}
}

func (n *news) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	topics := make([]string, 0, len(n.pending))
	for t := range n.pending {
		topics = append(topics, t.String())
	}
	clear(n.pending)
	return topics
}

// send notifies until ctx ends. What cannot be sent is dropped: the others look from time to time.
func (n *news) send(ctx context.Context, pool *pgxpool.Pool) {
	tick := time.NewTicker(newsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.some:
		}
		// The notification itself need not survive a crash: no reason to wait for the disk.
		_, err := pool.Exec(ctx, `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, topic) FROM unnest($2::text[]) AS topic`,
			n.channel, n.take())
		if err != nil && ctx.Err() == nil {
			n.log.Warn("cannot notify the other gateways", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// listen passes on what the other gateways notify until ctx ends, on a connection of its own. ready is closed when it hears
// for the first time.
func (n *news) listen(ctx context.Context, config *pgx.ConnConfig, ready chan struct{}) {
	first := sync.OnceFunc(func() { close(ready) })
	for {
		err := n.hear(ctx, config.Copy(), first)
		if ctx.Err() != nil {
			return
		}
		n.log.Warn("cannot hear the other gateways", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(listenAgain):
		}
	}
}

func (n *news) hear(ctx context.Context, config *pgx.ConnConfig, ready func()) error {
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	if _, err := c.Exec(ctx, "LISTEN "+pgx.Identifier{n.channel}.Sanitize()); err != nil {
		return err
	}
	ready()
	n.calls.WakeAll() // much may have happened while nobody listened
	for {
		waiting, cancel := context.WithTimeout(ctx, listenCheck)
		note, err := c.WaitForNotification(waiting)
		quiet := waiting.Err() != nil && ctx.Err() == nil
		cancel()
		if quiet && !c.IsClosed() {
			if err := c.Ping(ctx); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if note.PID != c.PgConn().PID() {
			n.calls.Wake(map[queue.Topic]bool{queue.ParseTopic(note.Payload): true})
		}
	}
}
