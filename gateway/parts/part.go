// Package parts lets one configuration follow another without disturbing what both want: what each piece of a configuration makes is a
// [Part], and a [Set] takes over those of the set before that would be made again just as they are.
package parts

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"
)

// A Part is what one piece of the configuration makes: what it opens, and the tasks that it runs. Sets whose configurations say
// the same of it share it, so that nothing is disturbed that nobody has changed.
type Part struct {
	Name string
	// of is the configuration that it was made of, on are the parts that it stands on.
	of []any
	on []*Part
	// thing is what was made.
	thing any

	tasks    []Task
	teardown []closer

	// users are the sets that hold it, and the parts that stand on it and are not closed; the keeper guards them.
	users int

	// What follows is set when it starts.

	leave []func()      // ends the tasks
	going atomic.Int32  // tasks that have not ended
	ended chan struct{} // closed when all have
}

// New makes a part that belongs to no set.
func New(name string) *Part { return &Part{Name: name} }

// A Task runs until its context ends. When the gateway goes down, tasks of an earlier stage are stopped, and waited for, before those of
// a later one.
type Task struct {
	Name  string
	Stage Stage
	Run   func(context.Context) error
	// Retire, where there is one, ends the task when no configuration wants it any more, and lets what is under way take its time;
	// its context ends when the gateway goes down. Without it the context ends at once, and what takes the task's place waits for that.
	Retire func()
}

// A Stage is when a task is stopped.
type Stage int

// Stages, in the order in which they are stopped.
const (
	Sources  Stage = iota // nothing new comes in
	Couriers              // what is under way ends
	Keeping               // reports, housekeeping, the operator's view
	stages
)

// A closer frees what was opened.
type closer struct {
	name  string
	close func(context.Context) error
}

// Task gives the part a task.
func (p *Part) Task(t Task) { p.tasks = append(p.tasks, t) }

// AtEnd has f called when the part is closed; what was given last is called first. The name is for people.
func (p *Part) AtEnd(name string, f func(context.Context) error) {
	p.teardown = append(p.teardown, closer{name, f})
}

// Close frees what the part has opened, the last first.
func (p *Part) Close(ctx context.Context) error {
	var all []error
	for _, c := range slices.Backward(p.teardown) {
		if err := c.close(ctx); err != nil {
			all = append(all, fmt.Errorf("closing %s: %w", c.name, err))
		}
	}
	p.teardown = nil
	return errors.Join(all...)
}

// Begun tells whether the tasks of the part have been started.
func (p *Part) Begun() bool { return p.ended != nil }

// Ended is closed when all tasks of a part that has begun have ended.
func (p *Part) Ended() <-chan struct{} { return p.ended }

// Drop ends the tasks of a part that no configuration wants any more.
func (p *Part) Drop() {
	for _, leave := range p.leave {
		leave()
	}
}

// same tells whether a part that is asked for would be this one again.
func (p *Part) same(of []any, on []*Part) bool {
	return slices.Equal(p.on, on) && reflect.DeepEqual(p.of, of)
}

func (p *Part) taskEnded() {
	if p.going.Add(-1) == 0 {
		close(p.ended)
	}
}
