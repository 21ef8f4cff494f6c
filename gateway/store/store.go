// Package store opens the queue with the engine that the configuration names.
package store

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/postgres"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// Folder is where a configuration keeps its embedded queue.
func Folder(c *config.Config) string { return filepath.Join(c.Data, "queue") }

// Open opens the queue of a configuration as a gateway does; of an embedded one no gateway may be running. Close it.
func Open(c *config.Config) (queue.Queue, error) {
	return OpenWith(c, nil, slog.New(slog.DiscardHandler))
}

// OpenWith is Open with a clock, nil being the machine's, and a log.
func OpenWith(c *config.Config, clock func() time.Time, log *slog.Logger) (queue.Queue, error) {
	q := &c.Queue
	if q.Engine == config.EnginePostgres {
		return queueOr(postgres.Open(context.Background(), postgres.Options{
			URL: string(q.URL), Policy: Policy(c), Connections: q.Connections, Log: log,
		}))
	}
	return queueOr(sqlite.Open(Folder(c), sqlite.Options{Policy: Policy(c), MinFree: int64(q.MinFree), Wall: clock}))
}

// queueOr keeps a nil pointer from becoming a queue.
func queueOr[Q queue.Queue](q Q, err error) (queue.Queue, error) {
	if err != nil {
		return nil, err
	}
	return q, nil
}

// A Reader looks into a queue.
type Reader interface {
	queue.Inspector
	io.Closer
}

// Read opens the queue of a configuration for reading only. Gateways may be running.
func Read(ctx context.Context, c *config.Config) (Reader, error) {
	if c.Queue.Engine == config.EnginePostgres {
		return readerOr(postgres.OpenReader(ctx, string(c.Queue.URL)))
	}
	return readerOr(sqlite.OpenReader(Folder(c)))
}

// readerOr keeps a nil pointer from becoming a reader.
func readerOr[R Reader](r R, err error) (Reader, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Policy is how long mail is tried and kept, as a configuration says.
func Policy(c *config.Config) queue.Policy {
	r, q := &c.Retry, &c.Queue
	p := queue.Policy{
		First: time.Duration(r.First), Most: time.Duration(r.Most), Expire: time.Duration(r.Expire),
		ExpireReports: time.Duration(r.ExpireReports), Warn: time.Duration(r.Warn),
		KeepDelivered: time.Duration(q.KeepDelivered), KeepFailed: time.Duration(q.KeepFailed),
	}
	if p.Unanswered = r.Unanswered; p.Unanswered == 0 {
		p.Unanswered = -1 // never
	}
	if p.Warn == 0 {
		p.Warn = -1 // never
	}
	return p.WithDefaults()
}
