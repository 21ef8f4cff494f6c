package gateway

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/postgres"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// QueueFolder is where a configuration keeps its embedded queue.
func QueueFolder(c *config.Config) string { return filepath.Join(c.Data, "queue") }

// openQueue opens the queue with the engine that the configuration asks for.
func (g *Gateway) openQueue(c *config.Config) (err error) {
	if g.queue, err = openQueue(c, g.clock, g.log); err != nil {
		return fmt.Errorf("opening the queue: %w", err)
	}
	g.own.atEnd("queue", func(context.Context) error { return g.queue.Close() })
	return nil
}

// OpenQueue opens the queue of a configuration as a gateway does; of an embedded one no gateway may be running. Close it.
func OpenQueue(c *config.Config) (queue.Queue, error) {
	return openQueue(c, nil, slog.New(slog.DiscardHandler))
}

func openQueue(c *config.Config, clock func() time.Time, log *slog.Logger) (queue.Queue, error) {
	q := &c.Queue
	if q.Engine == config.EnginePostgres {
		return queueOrError(postgres.Open(context.Background(), postgres.Options{
			URL: string(q.URL), Policy: policyOf(c), Connections: q.Connections, Log: log,
		}))
	}
	return queueOrError(sqlite.Open(QueueFolder(c), sqlite.Options{Policy: policyOf(c), MinFree: int64(q.MinFree), Wall: clock}))
}

// queueOrError keeps a nil pointer from becoming a queue.
func queueOrError[Q queue.Queue](q Q, err error) (queue.Queue, error) {
	if err != nil {
		return nil, err
	}
	return q, nil
}

// A QueueReader looks into a queue.
type QueueReader interface {
	queue.Inspector
	io.Closer
}

// ReadQueue opens the queue of a configuration for reading only. Gateways may be running.
func ReadQueue(ctx context.Context, c *config.Config) (QueueReader, error) {
	if c.Queue.Engine == config.EnginePostgres {
		return readerOrError(postgres.OpenReader(ctx, string(c.Queue.URL)))
	}
	return readerOrError(sqlite.OpenReader(QueueFolder(c)))
}

// readerOrError keeps a nil pointer from becoming a reader.
func readerOrError[R QueueReader](r R, err error) (QueueReader, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}
