package gateway

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
)

// A part is what one piece of the configuration makes: what it opens, and the tasks that it runs. Generations whose configurations say
// the same of it share it, so that nothing is disturbed that nobody has changed.
type part struct {
	name string
	// of is the configuration that it was made of, on are the parts that it stands on.
	of []any
	on []*part
	// thing is what was made.
	thing any

	tasks    []task
	teardown []closer

	// users are the generations that hold it, and the parts that stand on it and are not closed; lasting.holding guards them.
	users int

	// What follows is set when it starts.

	leave []func()      // ends the tasks
	going atomic.Int32  // tasks that have not ended
	ended chan struct{} // closed when all have
}

// A task runs until its context ends. When the gateway goes down, tasks of an earlier stage are stopped, and waited for, before those of
// a later one.
type task struct {
	name  string
	stage stage
	run   func(context.Context) error
	// retire, where there is one, ends the task when no configuration wants it any more, and lets what is under way take its time;
	// its context ends when the gateway goes down. Without it the context ends at once, and what takes the task's place waits for that.
	retire func()
}

// A stage is when a task is stopped.
type stage int

const (
	stageSources  stage = iota // nothing new comes in
	stageCouriers              // what is under way ends
	stageKeeping               // reports, housekeeping, the operator's view
	stages
)

// A closer frees what was opened.
type closer struct {
	name  string
	close func(context.Context) error
}

func (p *part) task(t task) { p.tasks = append(p.tasks, t) }

func (p *part) atEnd(name string, f func(context.Context) error) {
	p.teardown = append(p.teardown, closer{name, f})
}

// close frees what the part has opened, the last first.
func (p *part) close(ctx context.Context) error {
	var all []error
	for _, c := range slices.Backward(p.teardown) {
		if err := c.close(ctx); err != nil {
			all = append(all, fmt.Errorf("closing %s: %w", c.name, err))
		}
	}
	return errors.Join(all...)
}

// same tells whether a part that is asked for would be this one again.
func (p *part) same(of []any, on []*part) bool {
	return slices.Equal(p.on, on) && reflect.DeepEqual(p.of, of)
}

// made gives the part of a name: the one of the generation before when it was made of the same configuration and stands on the same
// parts, by name, or else a new one. What it stands on is made before it, and outlives it.
func made[T any](g *generation, name string, of []any, on []string, build func(*part) (T, error)) (T, error) {
	var below []*part
	for _, n := range on {
		if b := g.part(n); b != nil {
			below = append(below, b)
		}
	}
	if old := g.before[name]; old != nil && old.same(of, below) {
		g.hold(old)
		return old.thing.(T), nil
	}
	p := &part{name: name, of: of, on: below}
	g.hold(p)
	g.holding.Lock()
	for _, b := range below {
		b.users++
	}
	g.holding.Unlock()
	thing, err := build(p)
	p.thing = thing
	return thing, err
}

// hold makes a part one of the generation's.
func (g *generation) hold(p *part) {
	g.holding.Lock()
	defer g.holding.Unlock()
	p.users++
	g.parts = append(g.parts, p)
}

func (g *generation) part(name string) *part {
	i := slices.IndexFunc(g.parts, func(p *part) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return g.parts[i]
}

// release lets go of all parts, the last first.
func (g *generation) release(ctx context.Context) error {
	var all []error
	for _, p := range slices.Backward(g.parts) {
		all = append(all, g.letGo(ctx, p))
	}
	g.parts = nil
	return errors.Join(all...)
}

// letGo ends one use of a part. After the last one it is closed, and lets go of what it stands on.
func (l *lasting) letGo(ctx context.Context, p *part) error {
	l.holding.Lock()
	p.users--
	last := p.users == 0
	l.holding.Unlock()
	if !last {
		return nil
	}
	all := []error{p.close(ctx)}
	for _, b := range p.on {
		all = append(all, l.letGo(ctx, b))
	}
	return errors.Join(all...)
}

// A runner runs the tasks of parts, and takes them down stage by stage.
type runner struct {
	contexts [stages]context.Context
	cancels  [stages]context.CancelFunc
	running  [stages]sync.WaitGroup
	failed   func(error)
}

func newRunner(ctx context.Context, failed func(error)) *runner {
	r := &runner{failed: failed}
	for s := range r.contexts {
		r.contexts[s], r.cancels[s] = context.WithCancel(context.WithoutCancel(ctx))
	}
	return r
}

// start starts the tasks of a part. Those that cannot be beside the ones of the part that it replaces, if any, wait for their end.
func (r *runner) start(p, replaced *part) {
	p.ended = make(chan struct{})
	p.going.Store(int32(len(p.tasks)))
	if len(p.tasks) == 0 {
		close(p.ended)
	}
	for _, t := range p.tasks {
		ctx, cancel := context.WithCancel(r.contexts[t.stage])
		if t.retire != nil {
			p.leave = append(p.leave, t.retire)
		} else {
			p.leave = append(p.leave, cancel)
		}
		r.running[t.stage].Go(func() {
			defer cancel()
			defer p.taskEnded()
			if replaced != nil && t.retire == nil {
				if <-replaced.ended; ctx.Err() != nil {
					return // replaced itself meanwhile, or the gateway goes down
				}
			}
			if err := t.run(ctx); err != nil && ctx.Err() == nil {
				r.failed(fmt.Errorf("%s: %w", t.name, err))
			}
		})
	}
}

func (p *part) taskEnded() {
	if p.going.Add(-1) == 0 {
		close(p.ended)
	}
}

// drop ends the tasks of a part that no configuration wants any more.
func (p *part) drop() {
	for _, leave := range p.leave {
		leave()
	}
}

// stop ends all tasks, stage by stage.
func (r *runner) stop() {
	for s := range r.contexts {
		r.cancels[s]()
		r.running[s].Wait()
	}
}
