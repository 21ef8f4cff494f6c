package store

import (
	"math"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Mailbox implements [Object].
func (m *Mailbox) Mailbox() *Mailbox { return m }

// Get implements [Object].
func (m *Mailbox) Get(tag mapi.PropTag) (mapi.Prop, mapi.ErrorCode) { return get(tag, m.value) }

// Kept implements [Object].
func (m *Mailbox) Kept() mapi.Props { return clone(m.props) }

// Computed implements [Object].
func (m *Mailbox) Computed() []mapi.PropTag {
	return []mapi.PropTag{mapi.PidTagDisplayName.Tag(), mapi.PidTagMailboxOwnerName.Tag(), mapi.PidTagMailboxOwnerEntryId.Tag(),
		mapi.PidTagUserEntryId.Tag(), mapi.PidTagMessageSize.Tag(), mapi.PidTagEntryId.Tag(), mapi.PidTagRecordKey.Tag(),
		mapi.PidTagObjectType.Tag(), mapi.PidTagStoreState.Tag(), mapi.PidTagLocaleId.Tag(), mapi.PidTagCodePageId.Tag(),
		mapi.PidTagSortLocaleId.Tag(), mapi.PidTagMaximumSubmitMessageSize.Tag(), mapi.PidTagMessageSizeExtended.Tag(),
		mapi.PidTagProhibitSendQuota.Tag(), mapi.PidTagProhibitReceiveQuota.Tag()}
}

// Set implements [Object].
func (m *Mailbox) Set(p mapi.Prop) mapi.ErrorCode {
	if code := m.settable(p); code != 0 {
		return code
	}
	if m.computed(p.Tag.ID()) != nil {
		return mapi.ErrAccessDenied
	}
	m.props.Set(normal(p))
	m.pending.props = true
	return 0
}

// Remove implements [Object].
func (m *Mailbox) Remove(tag mapi.PropTag) mapi.ErrorCode {
	if m.computed(tag.ID()) != nil {
		return mapi.ErrAccessDenied
	}
	if _, ok := find(m.props, tag.ID()); !ok {
		return mapi.ErrNotFound
	}
	m.props.Delete(tag)
	m.pending.props = true
	return 0
}

func (m *Mailbox) value(id mapi.PropID) (any, bool) {
	if v := m.computed(id); v != nil {
		return v, true
	}
	return find(m.props, id)
}

// computed gives the properties of the store that follow from others, or nil.
// [MS-OXCSTOR] 2.2.2.1
func (m *Mailbox) computed(id mapi.PropID) any {
	switch id {
	case idOf(mapi.PidTagDisplayName):
		return "Mailbox - " + m.Owner.DisplayName
	case idOf(mapi.PidTagMailboxOwnerName):
		return m.Owner.DisplayName
	case idOf(mapi.PidTagMailboxOwnerEntryId), idOf(mapi.PidTagUserEntryId):
		return AddressBookEntryID(m.Owner.DN)
	case idOf(mapi.PidTagMessageSize):
		return m.size
	case idOf(mapi.PidTagEntryId), idOf(mapi.PidTagRecordKey), idOf(mapi.PidTagMappingSignature):
		return m.GUID[:]
	case idOf(mapi.PidTagObjectType):
		return objectStore
	case idOf(mapi.PidTagStoreState):
		return int32(0)
	case idOf(mapi.PidTagLocaleId), idOf(mapi.PidTagSortLocaleId):
		return int32(0x409)
	case idOf(mapi.PidTagCodePageId):
		return int32(1252)
	case idOf(mapi.PidTagMaximumSubmitMessageSize):
		return int32(m.opts.SubmitBytes >> 10) // KiB
	}
	return m.quota(id)
}

// quota gives the properties that tell of limits, in KiB, or nil where there is
// none. Who can't save can't send either. [MS-OXCSTOR] 2.2.2.1.1
func (m *Mailbox) quota(id mapi.PropID) any {
	var bytes int64
	switch id {
	case idOf(mapi.PidTagProhibitReceiveQuota):
		bytes = m.opts.Bytes
	case idOf(mapi.PidTagProhibitSendQuota):
		if bytes = m.opts.SendBytes; bytes == 0 {
			bytes = m.opts.Bytes
		}
	}
	if bytes == 0 {
		return nil
	}
	return int32(min(bytes>>10, math.MaxInt32))
}
