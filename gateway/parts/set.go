package parts

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// A Keeper knows which parts are held, by the sets of one gateway.
type Keeper struct{ mu sync.Mutex }

// A Set is the parts of one configuration, in the order in which they were made.
type Set struct {
	keeper *Keeper
	before map[string]*Part // what the set before holds, while this one is made
	list   []*Part
}

// NewSet makes a set that follows another, if any. Seal it when it is whole.
func (k *Keeper) NewSet(before *Set) *Set {
	s := &Set{keeper: k, before: make(map[string]*Part)}
	if before != nil {
		for _, p := range before.list {
			s.before[p.Name] = p
		}
	}
	return s
}

// Seal forgets the set before: nothing more is made.
func (s *Set) Seal() { s.before = nil }

// All gives the parts in the order in which they were made.
func (s *Set) All() []*Part { return slices.Clone(s.list) }

// Has tells whether a part is one of the set's.
func (s *Set) Has(p *Part) bool { return slices.Contains(s.list, p) }

// Made gives the part of a name: the one of the set before when it was made of the same configuration and stands on the same
// parts, by name, or else a new one. What it stands on is made before it, and outlives it.
func Made[T any](s *Set, name string, of []any, on []string, build func(*Part) (T, error)) (T, error) {
	var below []*Part
	for _, n := range on {
		if b := s.named(n); b != nil {
			below = append(below, b)
		}
	}
	if old := s.before[name]; old != nil && old.same(of, below) {
		s.hold(old)
		return old.thing.(T), nil
	}
	p := &Part{Name: name, of: of, on: below}
	s.hold(p)
	s.keeper.mu.Lock()
	for _, b := range below {
		b.users++
	}
	s.keeper.mu.Unlock()
	thing, err := build(p)
	p.thing = thing
	return thing, err
}

// hold makes a part one of the set's.
func (s *Set) hold(p *Part) {
	s.keeper.mu.Lock()
	defer s.keeper.mu.Unlock()
	p.users++
	s.list = append(s.list, p)
}

func (s *Set) named(name string) *Part {
	i := slices.IndexFunc(s.list, func(p *Part) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return s.list[i]
}

// Release lets go of all parts, the last first.
func (s *Set) Release(ctx context.Context) error {
	var all []error
	for _, p := range slices.Backward(s.list) {
		all = append(all, s.keeper.LetGo(ctx, p))
	}
	s.list = nil
	return errors.Join(all...)
}

// LetGo ends one use of a part. After the last one it is closed, and lets go of what it stands on.
func (k *Keeper) LetGo(ctx context.Context, p *Part) error {
	k.mu.Lock()
	p.users--
	last := p.users == 0
	k.mu.Unlock()
	if !last {
		return nil
	}
	all := []error{p.Close(ctx)}
	for _, b := range p.on {
		all = append(all, k.LetGo(ctx, b))
	}
	return errors.Join(all...)
}
