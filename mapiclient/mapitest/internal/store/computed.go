package store

import (
	"encoding/binary"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Kinds of objects, PidTagObjectType. [MS-OXCPRPT] 2.2.1.7
const (
	objectStore      int32 = 1
	objectFolder     int32 = 3
	objectMessage    int32 = 5
	objectAttachment int32 = 7
)

// messageComputed gives the property of a message that follows from others.
// known is false when the property is not of that sort; a value of nil means
// that there is none. [MS-OXCMSG] 2.2.1, [MS-OXCPRPT] 2.2.1
func (i *item) computed(id mapi.PropID) (v any, known bool) {
	if f := messageComputed(id); f != nil {
		return f(i), true
	}
	if f := storedComputed(id); f != nil {
		if i.msg == nil {
			return nil, true
		}
		return f(i.msg), true
	}
	return nil, false
}

// messageComputed holds for every message.
func messageComputed(id mapi.PropID) func(*item) any {
	switch id {
	case idOf(mapi.PidTagMessageFlags):
		return func(i *item) any { return i.flags() }
	case idOf(mapi.PidTagRead):
		return func(i *item) any { return i.flags()&mapi.MfRead != 0 }
	case idOf(mapi.PidTagHasAttachments):
		return func(i *item) any { return i.hasAttachments() }
	case idOf(mapi.PidTagMessageSize):
		return func(i *item) any { return int32(min(i.size(), 1<<31-1)) }
	case idOf(mapi.PidTagDisplayTo):
		return func(i *item) any { return i.display(mapi.RecipientTo) }
	case idOf(mapi.PidTagDisplayCc):
		return func(i *item) any { return i.display(mapi.RecipientCc) }
	case idOf(mapi.PidTagDisplayBcc):
		return func(i *item) any { return i.display(mapi.RecipientBcc) }
	case idOf(mapi.PidTagHasNamedProperties):
		return func(i *item) any { return i.hasNamed() }
	case idOf(mapi.PidTagObjectType):
		return func(*item) any { return objectMessage }
	case idOf(mapi.PidTagAccessLevel):
		return func(*item) any { return int32(1) }
	case idOf(mapi.PidTagAccess):
		return func(*item) any { return int32(0x3) } // MODIFY, READ
	case idOf(mapi.PidTagStoreEntryId), idOf(mapi.PidTagStoreRecordKey):
		return func(i *item) any { return i.box.GUID[:] }
	case idOf(mapi.PidTagMappingSignature):
		return func(i *item) any { return i.box.GUID[:] }
	}
	return nil
}

// storedComputed holds once a message lies in a folder.
func storedComputed(id mapi.PropID) func(*Message) any {
	switch id {
	case idOf(mapi.PidTagMid):
		return func(m *Message) any { return int64(m.ID) }
	case idOf(mapi.PidTagInstID):
		return func(m *Message) any { return int64(m.ID) }
	case idOf(mapi.PidTagInstanceNum):
		return func(*Message) any { return int32(0) }
	case idOf(mapi.PidTagFolderId):
		return func(m *Message) any { return int64(m.folder.ID) }
	case idOf(mapi.PidTagEntryId):
		return func(m *Message) any { return m.EntryID() }
	case idOf(mapi.PidTagRecordKey):
		return func(m *Message) any { return m.EntryID() }
	case idOf(mapi.PidTagInstanceKey):
		return func(m *Message) any { return instanceKey(uint64(m.ID)) }
	case idOf(mapi.PidTagParentEntryId):
		return func(m *Message) any { return m.folder.EntryID() }
	case idOf(mapi.PidTagParentSourceKey):
		return func(m *Message) any { return m.folder.sourceKey() }
	case idOf(mapi.PidTagSourceKey):
		return func(m *Message) any { return m.SourceKey() }
	case idOf(mapi.PidTagChangeKey):
		return func(m *Message) any { return m.box.key(m.change) }
	case idOf(mapi.PidTagPredecessorChangeList):
		return func(m *Message) any { return m.box.predecessors(m.change) }
	case idOf(mapi.PidTagChangeNumber):
		return func(m *Message) any { return int64(mapi.MakeID(ReplicaID, m.change)) }
	case idOf(mapi.PidTagMessageStatus):
		return func(m *Message) any { return m.status }
	case idOf(mapi.PidTagAssociated):
		return func(m *Message) any { return m.associated }
	case idOf(mapi.PidTagParentDisplay):
		return func(m *Message) any { return m.folder.name }
	case idOf(mapi.PidTagRowType):
		return func(*Message) any { return int32(1) } // TBL_LEAF_ROW. [MS-OXCTABL] 2.2.1.3
	}
	return nil
}

func idOf[T mapi.Value](t mapi.Tag[T]) mapi.PropID { return t.Tag().ID() }

func instanceKey(id uint64) []byte { return binary.LittleEndian.AppendUint64(nil, id) }

// EntryID is the message's permanent identifier.
func (m *Message) EntryID() []byte {
	return m.box.messageEntryID(m.folder, m.ID)
}

// SourceKey identifies the message to synchronisation.
func (m *Message) SourceKey() []byte {
	_, counter := mapi.SplitID(uint64(m.ID))
	return m.box.key(counter)
}

// flags is PidTagMessageFlags.
func (i *item) flags() int32 {
	f := i.own
	if i.msg != nil {
		f = i.msg.content.Flags
		if i.msg.state != StateIdle {
			f |= mapi.MfSubmitted
		}
	}
	f &^= mapi.MfHasAttach | mapi.MfFAI
	if i.hasAttachments() {
		f |= mapi.MfHasAttach
	}
	if i.associated {
		f |= mapi.MfFAI
	}
	return f
}

// hasAttachments does not count those hidden. [MS-OXCMSG] 2.2.1.2
func (i *item) hasAttachments() bool {
	for _, a := range i.attachments {
		if !mapi.PidTagAttachmentHidden.Get(a.Props) {
			return true
		}
	}
	return false
}

func (i *item) hasNamed() bool {
	for _, p := range i.props {
		if p.Tag.ID().IsNamed() {
			return true
		}
	}
	return false
}

func (i *item) size() int64 { return contentSize(i.props, i.recipients, i.attachments) }

// display is the names of the recipients of one type. [MS-OXOMSG] 2.2.1.9
func (i *item) display(t mapi.RecipientType) string {
	var names []string
	for _, r := range i.recipients {
		if r.Type.Base() != t {
			continue
		}
		name := mapi.PidTagDisplayName.Get(r.Props)
		if name == "" {
			name = mapi.PidTagEmailAddress.Get(r.Props)
		}
		names = append(names, name)
	}
	return strings.Join(names, "; ")
}
