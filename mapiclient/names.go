package mapiclient

import (
	"context"
	"strings"
	"sync"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// maxNames bounds how many names of one mailbox are remembered.
const maxNames = 16384

// namesPerRequest bounds how many names or ids one ROP asks for.
const namesPerRequest = 200

// names remembers which ids one mailbox has given to named properties. The ids
// outlive sessions. [MS-OXCPRPT] 3.2.5.9
type names struct {
	mu     sync.Mutex
	ids    map[mapi.PropertyName]mapi.PropID
	byID   map[mapi.PropID]*mapi.PropertyName
	absent map[mapi.PropertyName]bool
}

// key folds the case of header names, which servers ignore.
func key(n mapi.PropertyName) mapi.PropertyName {
	if n.Set == mapi.PSInternetHeaders {
		n.Name = strings.ToLower(n.Name)
	}
	return n
}

func (n *names) id(name mapi.PropertyName) (id mapi.PropID, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	id, ok := n.ids[key(name)]
	return id, ok || n.absent[key(name)]
}

func (n *names) name(id mapi.PropID) *mapi.PropertyName {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.byID[id]
}

func (n *names) learn(name mapi.PropertyName, id mapi.PropID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ids == nil || len(n.ids)+len(n.absent) >= maxNames {
		n.ids = make(map[mapi.PropertyName]mapi.PropID)
		n.byID = make(map[mapi.PropID]*mapi.PropertyName)
		n.absent = make(map[mapi.PropertyName]bool)
	}
	if id == 0 {
		n.absent[key(name)] = true
		return
	}
	n.ids[key(name)] = id
	n.byID[id] = &name
}

// bind gives the properties with this mailbox's ids for their names. Names
// that the mailbox does not know are made; a property whose name it will not
// make (a guest's, or over quota) is left out and logged.
func (m *Mailbox) bind(ctx context.Context, props mapi.Props) (mapi.Props, error) {
	var ask []mapi.PropertyName
	for i := range props {
		if n := props[i].Name; n != nil {
			if _, known := m.names.id(*n); !known {
				ask = append(ask, *n)
			}
		}
	}
	if err := m.resolveNames(ctx, ask); err != nil {
		return nil, err
	}
	out := make(mapi.Props, 0, len(props)+2)
	for _, p := range props {
		if p.Name != nil {
			id, _ := m.names.id(*p.Name)
			if id == 0 {
				m.client.log.Warn("the mailbox made no id for a named property, it is left out",
					"mailbox", m.dn, "property", p.Name.String())
				continue
			}
			p.Tag = mapi.MakeTag(id, p.Tag.Type())
		}
		out = append(out, p)
	}
	return out, nil
}

// resolveNames asks the server for the ids of names.
func (m *Mailbox) resolveNames(ctx context.Context, ask []mapi.PropertyName) error {
	for len(ask) > 0 {
		part := ask[:min(len(ask), namesPerRequest)]
		ask = ask[len(part):]
		p := m.session.pipeline(ctx)
		m.queueNames(p, part)
		// ecWarnWithErrors comes with id 0 for those not made. [MS-OXCPRPT] 3.2.5.10
		if err := p.flush(); err != nil && !isWarning(err) {
			return err
		}
	}
	return nil
}

// queueNames queues the question for the ids of names.
func (m *Mailbox) queueNames(p *pipeline, ask []mapi.PropertyName) {
	q := &rop.GetPropertyIDsFromNamesRequest{Flags: rop.NamesCreate, Names: ask}
	add(p, p.logon, q, func(r *rop.GetPropertyIDsFromNamesResponse) error {
		for i, id := range r.IDs {
			if i < len(ask) {
				m.names.learn(ask[i], id)
			}
		}
		return nil
	})
}

// name fills in the names of properties that were read.
func (m *Mailbox) name(ctx context.Context, bags ...mapi.Props) error {
	asked := make(map[mapi.PropID]bool)
	var ask []mapi.PropID
	for _, props := range bags {
		for i := range props {
			id := props[i].Tag.ID()
			if id.IsNamed() && m.names.name(id) == nil && !asked[id] {
				asked[id] = true
				ask = append(ask, id)
			}
		}
	}
	if err := m.askNames(ctx, ask); err != nil {
		return err
	}
	for _, props := range bags {
		for i := range props {
			if id := props[i].Tag.ID(); id.IsNamed() {
				props[i].Name = m.names.name(id)
			}
		}
	}
	return nil
}

func (m *Mailbox) askNames(ctx context.Context, ask []mapi.PropID) error {
	for len(ask) > 0 {
		part := ask[:min(len(ask), namesPerRequest)]
		ask = ask[len(part):]
		r, err := one(m.session.pipeline(ctx), m.session.logon, &rop.GetNamesFromPropertyIDsRequest{IDs: part})
		if err != nil && !isWarning(err) {
			return err
		}
		for i := range r.Names {
			if i < len(part) && (r.Names[i].Name != "" || !r.Names[i].Set.IsZero()) {
				m.names.learn(r.Names[i], part[i])
			}
		}
	}
	return nil
}

// Tag gives the tag that a named property has in this mailbox, for columns and
// restrictions. The name is made if need be.
func (m *Mailbox) Tag(ctx context.Context, name mapi.PropertyName, t mapi.PropType) (mapi.PropTag, error) {
	if _, known := m.names.id(name); !known {
		if err := m.resolveNames(ctx, []mapi.PropertyName{name}); err != nil {
			return 0, err
		}
	}
	id, _ := m.names.id(name)
	if id == 0 {
		return 0, &mapi.Error{Op: rop.GetPropertyIDsFromNames.String(), Code: mapi.ErrNotFound}
	}
	return mapi.MakeTag(id, t), nil
}
