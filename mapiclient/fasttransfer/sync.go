package fasttransfer

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Properties that tell of deletions, under their names in [MS-OXCFXICS]
// 2.2.1.3, where [MS-OXPROPS] has others.
const (
	MetaTagIdsetDeleted         = mapi.PidTagIdsetDeleted
	MetaTagIdsetNoLongerInScope = mapi.PidTagIdsetSoftDeleted
	MetaTagIdsetExpired         = mapi.PidTagIdsetExpired
	MetaTagIdsetRead            = mapi.PidTagIdsetRead
	MetaTagIdsetUnread          = mapi.PidTagIdsetUnread
)

// listLimit bounds deletions, read states and states, in bytes.
const listLimit = 64 << 20

// A MessageChange is a new or changed message. [MS-OXCFXICS] 2.2.4.3.11
type MessageChange struct {
	// Header tells which message and which change it is: PidTagSourceKey,
	// PidTagChangeKey, PidTagPredecessorChangeList, PidTagAssociated and what
	// was asked for. [MS-OXCFXICS] 2.2.4.3.14
	Header mapi.Props
	// Message is its content, or the changed part of it.
	Message *mapi.Message
	// Partial says that Message holds only what has changed.
	Partial bool
	// Err is ErrTooLarge for a message larger than the limit.
	Err error
}

// ContentsSync is what a synchronisation says besides the changed messages.
// [MS-OXCFXICS] 2.2.4.3.2
type ContentsSync struct {
	// Deleted, OutOfScope and Expired are messages that are no longer there.
	Deleted, OutOfScope, Expired ShortIDSet
	// Read and Unread are messages of which only the read state changed.
	Read, Unread ShortIDSet
	// State is what the client now knows.
	State State
}

// ReadContentsSync reads the stream of a synchronisation of a folder's
// contents and gives each change to take as it comes. A stream that ends early
// is an error. [MS-OXCFXICS] 2.2.4.3.2
func ReadContentsSync(r *Reader, limit int64, take func(*MessageChange) error) (*ContentsSync, error) {
	p := newParser(r, limit)
	sync := &ContentsSync{}
	for {
		e, err := p.peek()
		if err != nil {
			return nil, err
		}
		switch e.Marker {
		case IncrSyncProgressMode, IncrSyncProgressPerMsg, IncrSyncGroupInfo:
			err = p.pass()
		case IncrSyncChg, IncrSyncChgPartial:
			err = p.change(take)
		case IncrSyncDel:
			err = p.sets(map[mapi.PropTag]*ShortIDSet{
				MetaTagIdsetDeleted.Tag(): &sync.Deleted, MetaTagIdsetNoLongerInScope.Tag(): &sync.OutOfScope,
				MetaTagIdsetExpired.Tag(): &sync.Expired,
			})
		case IncrSyncRead:
			err = p.sets(map[mapi.PropTag]*ShortIDSet{
				MetaTagIdsetRead.Tag(): &sync.Read, MetaTagIdsetUnread.Tag(): &sync.Unread,
			})
		case IncrSyncStateBegin:
			sync.State, err = p.state()
		case IncrSyncEnd:
			p.take()
			return sync, nil
		default:
			if isMeta(e.Prop.Tag) { // the id of a property group, before a partial change
				p.take()
				break
			}
			err = p.unexpected(e, "want a change or the end of the synchronisation")
		}
		if err != nil {
			return nil, err
		}
	}
}

// list reads the properties behind a marker, whichever they are.
func (p *parser) list() (mapi.Props, error) {
	p.take()
	p.left = listLimit
	var props mapi.Props
	err := p.props(&props, nil)
	return props, err
}

func (p *parser) pass() error {
	_, err := p.list()
	return err
}

// change reads a messageChange. [MS-OXCFXICS] 2.2.4.3.13, 2.2.4.3.15
func (p *parser) change(take func(*MessageChange) error) error {
	change := &MessageChange{Partial: p.next.Marker == IncrSyncChgPartial, Message: &mapi.Message{}}
	p.take()
	p.left = p.limit
	partBegins := func(m mapi.Prop) bool { return m.Tag == MetaTagIncrementalSyncMessagePartial.Tag() }
	err := p.props(&change.Header, partBegins)
	if err == nil && !change.Partial {
		err = p.expect(IncrSyncMessage)
	}
	if err == nil {
		err = p.props(&change.Message.Props, nil)
	}
	if err == nil {
		err = p.children(change.Message, 0)
	}
	if errors.Is(err, ErrTooLarge) {
		change.Message, change.Err = nil, err
		err = p.skipChange()
	}
	if err != nil {
		return err
	}
	return take(change)
}

// skipChange passes over the rest of a change: a change has no end of its own.
func (p *parser) skipChange() error {
	start := p.r.Offset()
	for {
		if err := p.endless(start); err != nil {
			return err
		}
		e, err := p.peek()
		if err != nil || p.end {
			return err
		}
		switch e.Marker {
		case IncrSyncProgressPerMsg, IncrSyncGroupInfo, IncrSyncChg, IncrSyncChgPartial, IncrSyncDel, IncrSyncRead,
			IncrSyncStateBegin, IncrSyncEnd:
			return nil
		}
		p.take()
	}
}

// sets reads properties that hold sets of ids.
func (p *parser) sets(into map[mapi.PropTag]*ShortIDSet) error {
	props, err := p.list()
	if err != nil {
		return err
	}
	for i := range props {
		set, wanted := into[props[i].Tag]
		b, ok := props[i].Value.([]byte)
		if !wanted || !ok {
			continue
		}
		if err := wire.Unmarshal(b, set); err != nil {
			return &Error{p.r.Offset(), fmt.Errorf("%v: %w", props[i].Tag, err)}
		}
	}
	return nil
}

// A State is what a client knows of a folder, as sets of ids and of change
// numbers. [MS-OXCFXICS] 2.2.1.1
type State struct {
	Given   IDSet // messages
	Seen    IDSet // changes of messages
	SeenFAI IDSet // changes of folder associated messages
	Read    IDSet // changes of read states
}

// A StateProp is one of the properties of a state.
type StateProp struct {
	Tag mapi.PropTag
	Set *IDSet
}

// Props gives the properties of the state in the order they are sent.
func (s *State) Props() []StateProp {
	return []StateProp{
		{mapi.PidTagIdsetGiven.Tag(), &s.Given}, {mapi.PidTagCnsetSeen.Tag(), &s.Seen},
		{mapi.PidTagCnsetSeenFAI.Tag(), &s.SeenFAI}, {mapi.PidTagCnsetRead.Tag(), &s.Read},
	}
}

// state reads the state element. [MS-OXCFXICS] 2.2.4.3.25
func (p *parser) state() (State, error) {
	var s State
	props, err := p.list()
	if err != nil {
		return s, err
	}
	for i := range props {
		b, ok := props[i].Value.([]byte)
		if !ok {
			continue
		}
		for _, sp := range s.Props() {
			// Servers write PidTagIdsetGiven with either type. [MS-OXCFXICS] 3.2.5.2.1
			if sp.Tag.ID() != props[i].Tag.ID() {
				continue
			}
			if err := wire.Unmarshal(b, sp.Set); err != nil {
				return s, &Error{p.r.Offset(), fmt.Errorf("%v: %w", sp.Tag, err)}
			}
		}
	}
	return s, p.expect(IncrSyncStateEnd)
}

// ReadState reads a stream that holds a state alone, as
// RopSynchronizationGetTransferState gives it. [MS-OXCFXICS] 2.2.4.3.25
func ReadState(r *Reader) (State, error) {
	p := newParser(r, 0)
	e, err := p.peek()
	if err != nil {
		return State{}, err
	}
	if e.Marker != IncrSyncStateBegin {
		return State{}, p.unexpected(e, "want a state")
	}
	s, err := p.state()
	if err != nil {
		return State{}, err
	}
	if e, err := p.peek(); err != nil || !p.end {
		if err == nil {
			err = p.unexpected(e, "want the end of the state")
		}
		return State{}, err
	}
	return s, nil
}
