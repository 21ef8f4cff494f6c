package mapitest

import (
	"context"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// maxState is how large a property of a synchronisation's state may be, in bytes.
const maxState = 16 << 20

// A synchronization is the download of a folder's changes. [MS-OXCFXICS] 3.2.5.9
type synchronization struct {
	folder *store.Folder
	config rop.SynchronizationConfigureRequest
	known  fasttransfer.State
	begun  bool

	uploading mapi.PropTag // the property of the state that is being uploaded, or 0
	upload    []byte
}

// synchronizationConfigure begins the download of changes. [MS-OXCFXICS] 3.2.5.9.1.1
func (x *execution) synchronizationConfigure(_ *object, f *folder, q *rop.SynchronizationConfigureRequest) (rop.Response, any, mapi.ErrorCode) {
	switch {
	case q.Type == rop.SynchronizeHierarchy:
		return nil, nil, mapi.ErrNotSupported
	case q.Type != rop.SynchronizeContents:
		return nil, nil, mapi.ErrInvalidParameter
	case q.Flags&rop.SyncUnicode == 0 || q.SendOptions&rop.SendUnicode == 0:
		// Both have to agree. [MS-OXCFXICS] 3.2.5.9.1.1
		return nil, nil, mapi.ErrInvalidParameter
	}
	if code := sendOptions(q.SendOptions); code != 0 {
		return nil, nil, code
	}
	s := &source{sync: &synchronization{folder: f.Folder, config: *q}}
	return &rop.SynchronizationConfigureResponse{}, s, 0
}

// uploadStateBegin begins a property of the state. [MS-OXCFXICS] 3.2.5.9.2.1
func (x *execution) uploadStateBegin(_ *object, s *source, q *rop.SynchronizationUploadStateStreamBeginRequest) (rop.Response, mapi.ErrorCode) {
	y := s.sync
	if y == nil || y.begun || y.uploading != 0 || y.property(q.StateProperty) == nil {
		return nil, mapi.ErrInvalidParameter
	}
	y.uploading, y.upload = q.StateProperty, nil
	return &rop.SynchronizationUploadStateStreamBeginResponse{}, 0
}

// property is the set that a property of the state fills.
func (y *synchronization) property(tag mapi.PropTag) *fasttransfer.IDSet {
	for _, p := range y.known.Props() {
		if p.Tag.ID() == tag.ID() {
			return p.Set
		}
	}
	return nil
}

func (x *execution) uploadStateContinue(_ *object, s *source, q *rop.SynchronizationUploadStateStreamContinueRequest) (rop.Response, mapi.ErrorCode) {
	y := s.sync
	switch {
	case y == nil || y.uploading == 0:
		return nil, mapi.ErrInvalidParameter
	case len(y.upload)+len(q.StreamData) > maxState:
		return nil, mapi.ErrOutOfMemory
	}
	y.upload = append(y.upload, q.StreamData...)
	return &rop.SynchronizationUploadStateStreamContinueResponse{}, 0
}

func (x *execution) uploadStateEnd(_ *object, s *source, _ *rop.SynchronizationUploadStateStreamEndRequest) (rop.Response, mapi.ErrorCode) {
	y := s.sync
	if y == nil || y.uploading == 0 {
		return nil, mapi.ErrInvalidParameter
	}
	err := wire.Unmarshal(y.upload, y.property(y.uploading))
	y.uploading, y.upload = 0, nil
	if err != nil {
		return nil, mapi.ErrRpcFormat
	}
	return &rop.SynchronizationUploadStateStreamEndResponse{}, 0
}

// begin finds out what the client does not know. [MS-OXCFXICS] 3.2.5.3
func (y *synchronization) begin() []func(context.Context, *fasttransfer.MessageWriter) error {
	y.begun = true
	box := y.folder.Mailbox()
	end := &fasttransfer.ContentsSync{}
	given := fasttransfer.IDSet{{Replica: box.Replica}}
	here := make(map[mapi.MessageID]bool)
	var parts []func(context.Context, *fasttransfer.MessageWriter) error
	for _, m := range y.folder.Everything() {
		wanted := rop.SyncNormal
		if m.Associated() {
			wanted = rop.SyncFAI
		}
		if y.config.Flags&wanted == 0 {
			continue
		}
		here[m.ID] = true
		long, _ := box.LongTermID(uint64(m.ID))
		if !m.Matches(y.config.Restriction) {
			if y.known.Given.Contains(long) {
				end.OutOfScope.Add(m.ID)
			}
			continue
		}
		given.Add(long)
		switch {
		case !y.seen(m):
			parts = append(parts, func(ctx context.Context, w *fasttransfer.MessageWriter) error {
				return w.Change(ctx, y.change(m))
			})
		case m.ReadChange() != 0 && !y.known.Read.Of(box.Replica).Contains(m.ReadChange()):
			set := &end.Unread
			if m.Content().Flags&mapi.MfRead != 0 {
				set = &end.Read
			}
			set.Add(m.ID)
		}
	}
	y.gone(end, here)
	end.State = y.final(given)
	return append(parts, func(_ context.Context, w *fasttransfer.MessageWriter) error { return end.End(w.Writer) })
}

// seen tells whether the client knows the change that made the message what it
// is, whether or not it still has it. [MS-OXCFXICS] 3.2.5.3
func (y *synchronization) seen(m *store.Message) bool {
	changes := y.known.Seen
	if m.Associated() {
		changes = y.known.SeenFAI
	}
	return changes.Of(y.folder.Mailbox().Replica).Contains(m.Change())
}

// gone finds the messages that the client has and the folder has not. What the
// flags do not ask for is left out.
func (y *synchronization) gone(end *fasttransfer.ContentsSync, here map[mapi.MessageID]bool) {
	flags := y.config.Flags
	if flags&rop.SyncReadState == 0 {
		end.Read, end.Unread = nil, nil
	}
	if flags&(rop.SyncNoDeletions|rop.SyncIgnoreNoLongerInScope) != 0 {
		end.OutOfScope = nil
	}
	known := y.known.Given.Of(y.folder.Mailbox().Replica)
	if flags&rop.SyncNoDeletions != 0 {
		return
	}
	deleted := append(fasttransfer.GlobSet(nil), known...)
	for id := range here {
		_, counter := mapi.SplitID(uint64(id))
		deleted.Remove(counter)
	}
	if len(deleted) > 0 {
		end.Deleted = fasttransfer.ShortIDSet{{ReplID: store.ReplicaID, Set: deleted}}
	}
}

// final is the state when the client has taken everything.
func (y *synchronization) final(given fasttransfer.IDSet) fasttransfer.State {
	box := y.folder.Mailbox()
	all := fasttransfer.IDSet{{Replica: box.Replica, Set: fasttransfer.GlobSet{{Low: 1, High: box.LastChange()}}}}
	state := fasttransfer.State{Given: given, Seen: y.known.Seen, SeenFAI: y.known.SeenFAI, Read: y.known.Read}
	if y.config.Flags&rop.SyncNormal != 0 {
		state.Seen = all
	}
	if y.config.Flags&rop.SyncFAI != 0 {
		state.SeenFAI = all
	}
	if y.config.Flags&rop.SyncReadState != 0 {
		state.Read = all
	}
	return state
}

// change is what a client is told of a new or changed message.
// [MS-OXCFXICS] 2.2.4.3.14
func (y *synchronization) change(m *store.Message) *fasttransfer.MessageChange {
	tags := []mapi.PropTag{mapi.PidTagSourceKey.Tag(), mapi.PidTagLastModificationTime.Tag(), mapi.PidTagChangeKey.Tag(),
		mapi.PidTagPredecessorChangeList.Tag(), mapi.PidTagAssociated.Tag()}
	for flag, tag := range map[rop.SynchronizationExtraFlags]mapi.PropTag{
		rop.SyncEid: mapi.PidTagMid.Tag(), rop.SyncMessageSize: mapi.PidTagMessageSize.Tag(), rop.SyncCN: mapi.PidTagChangeNumber.Tag(),
	} {
		if y.config.ExtraFlags&flag != 0 {
			tags = append(tags, tag)
		}
	}
	return &fasttransfer.MessageChange{Header: some(m, tags), Message: y.content(m)}
}

// content is what the client wants of a message: only some properties, or all
// but some. [MS-OXCFXICS] 3.2.5.10
func (y *synchronization) content(m *store.Message) *mapi.Message {
	if y.config.Flags&rop.SyncOnlySpecifiedProperties != 0 {
		msg := &mapi.Message{Props: some(m, y.config.Tags)}
		whole := outside(m.Open(false))
		if tagIn(y.config.Tags, mapi.PidTagMessageRecipients.Tag().ID()) {
			msg.Recipients = whole.Recipients
		}
		if tagIn(y.config.Tags, mapi.PidTagMessageAttachments.Tag().ID()) {
			msg.Attachments = whole.Attachments
		}
		return msg
	}
	msg := outside(m.Open(false))
	for _, tag := range y.config.Tags {
		msg.Props.Delete(tag)
	}
	return msg
}

// some gives the properties that the message has of those wanted, with names
// for ids.
func some(m *store.Message, tags []mapi.PropTag) mapi.Props {
	var props mapi.Props
	for _, tag := range tags {
		p, code := m.Get(tag)
		if code != 0 {
			continue
		}
		if id := p.Tag.ID(); id.IsNamed() {
			name, ok := m.Folder().Mailbox().Names.Name(id)
			if !ok {
				continue
			}
			p.Name = &name
		}
		if b, ok := p.Value.(*store.Blob); ok {
			data, err := b.Bytes()
			if err != nil {
				continue
			}
			p.Value = data
		}
		props = append(props, p)
	}
	return props
}
