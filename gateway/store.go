package gateway

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/postgres"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// QueueFolder is where a configuration keeps its embedded queue.
func QueueFolder(c *config.Config) string { return filepath.Join(c.Data, "queue") }

// openQueue opens the queue with the engine that the configuration asks for.
func (g *Gateway) openQueue() (err error) {
	c := &g.config.Queue
	if c.Engine == config.EnginePostgres {
		g.queue, err = postgres.Open(context.Background(), postgres.Options{
			URL: string(c.URL), Policy: g.policy(), Connections: c.Connections, Log: g.log,
		})
	} else {
		g.queue, err = sqlite.Open(QueueFolder(g.config), sqlite.Options{Policy: g.policy(), MinFree: int64(c.MinFree), Wall: g.clock})
	}
	if err != nil {
		return fmt.Errorf("opening the queue: %w", err)
	}
	g.atEnd("queue", func(context.Context) error { return g.queue.Close() })
	return nil
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
