package parts

import (
	"context"
	"fmt"
	"sync"
)

// A Runner runs the tasks of parts, and takes them down stage by stage.
type Runner struct {
	contexts [stages]context.Context
	cancels  [stages]context.CancelFunc
	running  [stages]sync.WaitGroup
	failed   func(error)
}

// NewRunner makes a runner for the time of ctx; failed is told of a task that has ended with an error.
func NewRunner(ctx context.Context, failed func(error)) *Runner {
	r := &Runner{failed: failed}
	for s := range r.contexts {
		r.contexts[s], r.cancels[s] = context.WithCancel(context.WithoutCancel(ctx))
	}
	return r
}

// Start starts the tasks of a part. Those that cannot be beside the ones of the part that it replaces, if any, wait for their end.
func (r *Runner) Start(p, replaced *Part) {
	p.ended = make(chan struct{})
	p.going.Store(int32(len(p.tasks)))
	if len(p.tasks) == 0 {
		close(p.ended)
	}
	for _, t := range p.tasks {
		ctx, cancel := context.WithCancel(r.contexts[t.Stage])
		if t.Retire != nil {
			p.leave = append(p.leave, t.Retire)
		} else {
			p.leave = append(p.leave, cancel)
		}
		r.running[t.Stage].Go(func() {
			defer cancel()
			defer p.taskEnded()
			if replaced != nil && t.Retire == nil {
				if <-replaced.ended; ctx.Err() != nil {
					return // replaced itself meanwhile, or the gateway goes down
				}
			}
			if err := t.Run(ctx); err != nil && ctx.Err() == nil {
				r.failed(fmt.Errorf("%s: %w", t.Name, err))
			}
		})
	}
}

// Stop ends all tasks, stage by stage.
func (r *Runner) Stop() {
	for s := range r.contexts {
		r.cancels[s]()
		r.running[s].Wait()
	}
}
