package fasttransfer

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A MessageWriter writes messages into a stream.
type MessageWriter struct {
	*Writer
	// Keep, if set, tells which properties are written.
	Keep func(mapi.PropTag) bool
}

// Content writes a messageContent: properties, recipients, attachments.
// Attachments must know their sizes. [MS-OXCFXICS] 2.2.4.3.14
func (w *MessageWriter) Content(ctx context.Context, msg *mapi.Message) error {
	return w.content(ctx, msg, 0)
}

// Message writes a message with its markers, as a messageList has it.
// [MS-OXCFXICS] 2.2.4.3.10
func (w *MessageWriter) Message(ctx context.Context, msg *mapi.Message, associated bool) error {
	start := StartMessage
	if associated {
		start = StartFAIMsg
	}
	_ = w.Marker(start)
	if err := w.content(ctx, msg, 0); err != nil {
		return err
	}
	return w.Marker(EndMessage)
}

func (w *MessageWriter) content(ctx context.Context, msg *mapi.Message, depth int) error {
	if depth > maxEmbedding {
		return w.fail(fmt.Errorf("messages are embedded deeper than %d levels", maxEmbedding))
	}
	_ = w.props(msg.Props)
	for i := range msg.Recipients {
		_ = w.Marker(StartRecip)
		_ = w.Prop(mapi.PidTagRowid.Of(int32(i)))
		_ = w.Prop(mapi.PidTagRecipientType.Of(msg.Recipients[i].Type.Property()))
		_ = w.props(without(msg.Recipients[i].Props, mapi.PidTagRowid.Tag(), mapi.PidTagRecipientType.Tag()))
		_ = w.Marker(EndToRecip)
	}
	for i := range msg.Attachments {
		if err := w.attachment(ctx, &msg.Attachments[i], i, depth); err != nil {
			return w.fail(fmt.Errorf("attachment %d: %w", i+1, err))
		}
	}
	return w.err
}

// props writes properties. Lists come first: gromox 3.10 does not take a list
// of strings that ends its buffer before more has come.
func (w *MessageWriter) props(props mapi.Props) error {
	for _, lists := range []bool{true, false} {
		for i := range props {
			t := props[i].Tag
			if t.Type().IsMulti() != lists || t.Type() == mapi.PtypErrorCode || t.Type() == mapi.PtypNull {
				continue
			}
			if w.Keep == nil || props[i].Name != nil || w.Keep(t) {
				_ = w.Prop(props[i])
			}
		}
	}
	return w.err
}

func without(props mapi.Props, tags ...mapi.PropTag) mapi.Props {
	out := make(mapi.Props, len(props))
	copy(out, props)
	for _, t := range tags {
		out.Delete(t)
	}
	return out
}

// attachment writes an attachment; its number comes first. [MS-OXCFXICS] 2.2.4.3.1
func (w *MessageWriter) attachment(ctx context.Context, a *mapi.Attachment, number, depth int) error {
	_ = w.Marker(NewAttach)
	_ = w.Prop(mapi.PidTagAttachNumber.Of(int32(number)))
	props := without(a.Props, mapi.PidTagAttachNumber.Tag())
	if a.Data != nil || a.Message != nil {
		props.Delete(mapi.PidTagAttachDataBinary.Tag())
	}
	_ = w.props(props)
	if a.Data != nil {
		if err := w.data(ctx, a); err != nil {
			return err
		}
	}
	if a.Message != nil {
		_ = w.Marker(StartEmbed)
		if err := w.content(ctx, a.Message, depth+1); err != nil {
			return err
		}
		_ = w.Marker(EndEmbed)
	}
	return w.Marker(EndAttach)
}

// data writes the content of an attachment: OLE storages have a property of
// their own. [MS-OXCMSG] 2.2.2.7, 2.2.2.8
func (w *MessageWriter) data(ctx context.Context, a *mapi.Attachment) error {
	tag := mapi.PidTagAttachDataBinary.Tag()
	if mapi.PidTagAttachMethod.Get(a.Props) == mapi.AttachOLE {
		tag = mapi.PidTagAttachDataObject.Tag()
	}
	size := a.Data.Size()
	if size < 0 {
		return ErrNoSize
	}
	r, err := a.Data.Open(ctx)
	if err != nil {
		return fmt.Errorf("opening %v: %w", tag, err)
	}
	defer r.Close()
	return w.Large(tag, size, r)
}

// Change writes a changed message. [MS-OXCFXICS] 2.2.4.3.13
func (w *MessageWriter) Change(ctx context.Context, change *MessageChange) error {
	_ = w.Marker(IncrSyncChg)
	_ = w.Props(change.Header)
	_ = w.Marker(IncrSyncMessage)
	return w.content(ctx, change.Message, 0)
}

// End writes what stands behind the changes of a synchronisation.
// [MS-OXCFXICS] 2.2.4.3.2
func (s *ContentsSync) End(w *Writer) error {
	writeSets(w, IncrSyncDel, map[mapi.Tag[[]byte]]ShortIDSet{
		MetaTagIdsetDeleted: s.Deleted, MetaTagIdsetNoLongerInScope: s.OutOfScope, MetaTagIdsetExpired: s.Expired,
	})
	writeSets(w, IncrSyncRead, map[mapi.Tag[[]byte]]ShortIDSet{MetaTagIdsetRead: s.Read, MetaTagIdsetUnread: s.Unread})
	_ = s.State.Write(w)
	return w.Marker(IncrSyncEnd)
}

// writeSets writes a marker and the sets that are not empty, if there are any.
func writeSets(w *Writer, m Marker, sets map[mapi.Tag[[]byte]]ShortIDSet) {
	begun := false
	for _, tag := range []mapi.Tag[[]byte]{MetaTagIdsetDeleted, MetaTagIdsetNoLongerInScope, MetaTagIdsetExpired,
		MetaTagIdsetRead, MetaTagIdsetUnread} {
		set, there := sets[tag]
		if !there || set.Len() == 0 {
			continue
		}
		if !begun {
			_ = w.Marker(m)
			begun = true
		}
		b, err := wire.Marshal(&set)
		if err != nil {
			_ = w.fail(err)
			return
		}
		_ = w.Prop(tag.Of(b))
	}
}

// Write writes the state element. [MS-OXCFXICS] 2.2.4.3.25
func (s *State) Write(w *Writer) error {
	_ = w.Marker(IncrSyncStateBegin)
	for _, p := range s.Props() {
		b, err := wire.Marshal(p.Set)
		if err != nil {
			return w.fail(err)
		}
		_ = w.Prop(mapi.Prop{Tag: p.Tag, Value: b})
	}
	return w.Marker(IncrSyncStateEnd)
}
