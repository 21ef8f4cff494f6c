package tnef

import "github.com/mapigate/mapigate/mapiclient/mapi"

// A bag collects properties, each once, however many there are.
type bag struct {
	props mapi.Props
	ids   map[mapi.PropID]int
	names map[mapi.PropertyName]int
}

// set adds a property or replaces the one of the same id or name.
func (b *bag) set(p mapi.Prop) {
	if b.ids == nil {
		b.ids, b.names = map[mapi.PropID]int{}, map[mapi.PropertyName]int{}
	}
	at, there := b.ids[p.Tag.ID()]
	if p.Name != nil {
		at, there = b.names[*p.Name]
	}
	switch {
	case there:
		b.props[at] = p
		return
	case p.Name != nil:
		b.names[*p.Name] = len(b.props)
	default:
		b.ids[p.Tag.ID()] = len(b.props)
	}
	b.props = append(b.props, p)
}
