package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/drop"
	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/queue"
)

// addDrops watches the folders in which programs leave mail.
func (g *generation) addDrops() error {
	for i := range g.config.Drop {
		d := &g.config.Drop[i]
		// Two must not watch one folder, so the part is named after that.
		_, err := parts.Made(g.parts, "drop folder "+d.Folder, append(g.everySource(), d), g.belowSources(), func(p *parts.Part) (*drop.Watcher, error) {
			w, err := g.newDrop(d)
			if err == nil {
				p.Task(parts.Task{Name: "drop " + d.Name, Stage: parts.Sources, Run: w.Run})
			}
			return w, err
		})
		if err != nil {
			return fmt.Errorf("drop %s: %w", d.Name, err)
		}
	}
	return nil
}

func (g *generation) newDrop(d *config.Drop) (*drop.Watcher, error) {
	// Programs write files as they like: what can be mended is.
	backend, err := ingress.New(ingress.Options{
		Listener: d.Name, Hostname: g.config.Hostname, Queue: g.queue, Routes: g.config.Table(), Rewrite: g.incoming, Directory: g.recipients, Legacy: true,
		Clients: []ingress.Client{{MessageBytes: int64(d.MessageSize)}}, Spool: g.config.Data, Clock: g.clock, Logger: g.log, Observer: g.observer(),
	})
	if err != nil {
		return nil, err
	}
	grace := time.Duration(d.Grace)
	if grace == 0 {
		grace = -1
	}
	return drop.New(drop.Options{
		Name: d.Name, Folder: d.Folder, Taker: backend, Known: g.known, Poll: time.Duration(d.Poll), Grace: grace,
		Log: g.log, Observe: g.metrics.Dropped,
	})
}

// known tells whether a mail is in the queue.
func (g *lasting) known(ctx context.Context, id mail.ID) (bool, error) {
	_, err := g.queue.Show(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
