package store

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// firstNamed is the first id given to a name. Ids below 0x8000 are tags of
// their own. [MS-OXCPRPT] 3.2.5.9
const firstNamed mapi.PropID = 0x8001

// Names is a mailbox's registry of named properties. Ids are given once and
// never change.
type Names struct {
	names []mapi.PropertyName // names[i] has the id firstNamed+i
	ids   map[mapi.PropertyName]mapi.PropID
	limit int
	// keepCase keeps names of Internet headers as they were spelt first.
	keepCase bool
}

func newNames(limit int, keepCase bool) *Names {
	return &Names{ids: make(map[mapi.PropertyName]mapi.PropID), limit: limit, keepCase: keepCase}
}

// canonical is what a name is registered under: names of Internet headers
// compare without case. [MS-OXCMAIL] 2.1.3.2.1
func canonical(n mapi.PropertyName) mapi.PropertyName {
	if n.Set == mapi.PSInternetHeaders {
		n.Name = strings.ToLower(n.Name)
	}
	return n
}

// ID finds the id of a name. A name in PS_MAPI stands for the tag whose id is
// its number.
func (n *Names) ID(name mapi.PropertyName) (mapi.PropID, bool) {
	if name.Set == mapi.PSMAPI && name.Name == "" && name.LID < 0x8000 {
		return mapi.PropID(name.LID), true
	}
	id, ok := n.ids[canonical(name)]
	return id, ok
}

// Register finds the id of a name, giving it one if need be. It fails when the
// quota of names is used up.
func (n *Names) Register(name mapi.PropertyName) (mapi.PropID, bool) {
	if id, ok := n.ID(name); ok {
		return id, true
	}
	if name.Set == mapi.PSMAPI || len(n.names) >= n.limit {
		return 0, false
	}
	n.add(name)
	return n.ids[canonical(name)], true
}

// add gives a name the next id.
func (n *Names) add(name mapi.PropertyName) {
	n.ids[canonical(name)] = firstNamed + mapi.PropID(len(n.names))
	if !n.keepCase {
		name = canonical(name)
	}
	n.names = append(n.names, name)
}

// Name finds the name of an id. Ids below 0x8000 have a name in PS_MAPI.
func (n *Names) Name(id mapi.PropID) (mapi.PropertyName, bool) {
	if id < 0x8000 {
		return mapi.PropertyName{Set: mapi.PSMAPI, LID: uint32(id)}, true
	}
	if i := int(id) - int(firstNamed); i >= 0 && i < len(n.names) {
		return n.names[i], true
	}
	return mapi.PropertyName{}, false
}

// All calls f with every registered name of a set, or of all sets when set is zero.
func (n *Names) All(set mapi.GUID, f func(mapi.PropID, mapi.PropertyName)) {
	for i, name := range n.names {
		if set.IsZero() || name.Set == set {
			f(firstNamed+mapi.PropID(i), name)
		}
	}
}

// name gives a property of this mailbox its name, for going elsewhere. A
// property whose id has no name is dropped.
func (n *Names) name(p mapi.Prop) (mapi.Prop, bool) {
	if !p.Tag.ID().IsNamed() {
		return p, true
	}
	name, ok := n.Name(p.Tag.ID())
	p.Name = &name
	p.Tag = mapi.MakeTag(0, p.Tag.Type())
	return p, ok
}

// resolve gives a property from elsewhere its id in this mailbox.
func (n *Names) resolve(p mapi.Prop) (mapi.Prop, bool) {
	if p.Name == nil {
		return p, !p.Tag.ID().IsNamed()
	}
	id, ok := n.Register(*p.Name)
	return mapi.Prop{Tag: mapi.MakeTag(id, p.Tag.Type()), Value: p.Value}, ok
}
