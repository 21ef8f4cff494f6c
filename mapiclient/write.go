package mapiclient

import (
	"context"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

const (
	// inlineValue is the largest value, in bytes on the wire, that is set
	// directly; a longer one travels as a stream.
	inlineValue = 12 << 10
	// smallValue is one that is never worth a stream.
	smallValue = 1 << 10
	// attachmentProps is room for the other properties of an attachment, in bytes.
	attachmentProps = 1 << 10
	// propsPerRequest bounds what one RopSetProperties carries, in bytes.
	propsPerRequest = 24 << 10
	// recipientsPerRequest bounds what one RopModifyRecipients carries, in bytes.
	recipientsPerRequest = 24 << 10
	// maxEmbedding is how deep messages may lie within messages.
	maxEmbedding = 32
)

// A writer puts the content of a message into an open message object.
type writer struct {
	*pipeline
	mailbox *Mailbox
	depth   int
}

// content queues everything of a message but its save.
func (w *writer) content(o *object, msg *mapi.Message) error {
	if w.depth > maxEmbedding {
		return fmt.Errorf("messages are embedded deeper than %d levels", maxEmbedding)
	}
	props, err := w.mailbox.bind(w.ctx, msg.Props)
	if err != nil {
		return err
	}
	if err := w.props(o, props); err != nil {
		return err
	}
	if err := w.recipients(o, msg.Recipients); err != nil {
		return err
	}
	for i := range msg.Attachments {
		if err := w.attachment(o, &msg.Attachments[i]); err != nil {
			return fmt.Errorf("attachment %d: %w", i+1, err)
		}
	}
	return w.err
}

// props queues properties: small ones together, large ones as streams.
func (w *writer) props(o *object, props mapi.Props) error {
	var part mapi.Props
	size := 0
	for i := range props {
		p := &props[i]
		if computed(p.Tag) || p.Tag.Type() == mapi.PtypErrorCode || p.Tag.Type() == mapi.PtypNull {
			continue
		}
		n, err := propSize(p)
		if err != nil {
			return fmt.Errorf("%v: %w", p.Tag, err)
		}
		if data, ok := streamable(p); ok && n > inlineValue {
			w.setProps(o, part)
			part, size = nil, 0
			if err := w.stream(o, p.Tag, mapi.BytesStream(data)); err != nil {
				return err
			}
			continue
		}
		if size+n > propsPerRequest {
			w.setProps(o, part)
			part, size = nil, 0
		}
		part, size = append(part, *p), size+n
	}
	w.setProps(o, part)
	return w.err
}

func (w *writer) setProps(o *object, props mapi.Props) {
	if len(props) == 0 {
		return
	}
	add(w.pipeline, o, &rop.SetPropertiesRequest{Props: props}, func(r *rop.SetPropertiesResponse) error {
		return problems(rop.SetProperties, props, r.Problems)
	})
}

// problems turns the problems of an answer into an error, or nil. A problem
// names the property by its place in the request.
func problems(op rop.ID, props mapi.Props, list []rop.PropertyProblem) error {
	if len(list) == 0 {
		return nil
	}
	e := &ProblemsError{Op: op.String()}
	for _, p := range list {
		prop := mapi.Prop{Tag: p.Tag}
		if int(p.Index) < len(props) {
			prop = props[p.Index]
		}
		e.Problems = append(e.Problems, Problem{Prop: prop, Code: p.Code})
	}
	return e
}

// recipients queues the recipient table.
func (w *writer) recipients(o *object, list []mapi.Recipient) error {
	if len(list) == 0 {
		return nil
	}
	columns := mapi.RecipientColumns(list)
	q := &rop.ModifyRecipientsRequest{Columns: columns}
	size := 0
	for i := range list {
		row := rop.ModifyRecipientRow{RowID: uint32(i), Type: list[i].Type, Row: new(mapi.MakeRecipientRow(list[i], columns))}
		c := wire.NewEncoder(nil)
		row.Row.Layout(c, columns)
		if c.Err() != nil {
			return fmt.Errorf("recipient %d: %w", i+1, c.Err())
		}
		if size+len(c.Bytes()) > recipientsPerRequest {
			add(w.pipeline, o, q, nil)
			q, size = &rop.ModifyRecipientsRequest{Columns: columns}, 0
		}
		q.Rows, size = append(q.Rows, row), size+len(c.Bytes())+8
	}
	add(w.pipeline, o, q, nil)
	return w.err
}

// attachment queues one attachment with its content and its save.
func (w *writer) attachment(o *object, a *mapi.Attachment) error {
	props, err := w.mailbox.bind(w.ctx, a.Props)
	if err != nil {
		return err
	}
	at := create(w.pipeline, o, &rop.CreateAttachmentRequest{}, nil)
	props.Delete(mapi.PidTagAttachDataBinary.Tag())
	props.Delete(mapi.PidTagAttachNumber.Tag())
	if w.inline(a) {
		data, err := readStream(w.ctx, a.Data)
		if err != nil {
			return err
		}
		props.Set(mapi.PidTagAttachDataBinary.Of(data))
	}
	if err := w.props(at, props); err != nil {
		return err
	}
	switch {
	case a.Message != nil:
		err = w.embedded(at, a.Message)
	case a.Data != nil && !props.Has(mapi.PidTagAttachDataBinary.Tag()):
		err = w.stream(at, dataTag(a), a.Data)
	}
	if err != nil {
		return err
	}
	addTo(w.pipeline, at, o, &rop.SaveChangesAttachmentRequest{SaveFlags: rop.KeepOpenReadWrite}, nil)
	w.release(at)
	return w.err
}

// inline tells whether the content of an attachment is set with its properties.
// One that would be the reason for another request travels as a stream, which
// fills the rest of this one.
func (w *writer) inline(a *mapi.Attachment) bool {
	return a.Data != nil && a.Data.Size() >= 0 && a.Data.Size() <= inlineValue &&
		dataTag(a) == mapi.PidTagAttachDataBinary.Tag() &&
		(a.Data.Size() <= smallValue || int(a.Data.Size()) <= w.left(attachmentProps))
}

// dataTag is the property that the content of an attachment belongs into: OLE
// storages have one of their own. [MS-OXCMSG] 2.2.2.7, 2.2.2.8
func dataTag(a *mapi.Attachment) mapi.PropTag {
	if mapi.PidTagAttachMethod.Get(a.Props) == mapi.AttachOLE {
		return mapi.PidTagAttachDataObject.Tag()
	}
	return mapi.PidTagAttachDataBinary.Tag()
}

// embedded queues a message within an attachment. [MS-OXCMSG] 2.2.3.16
func (w *writer) embedded(at *object, msg *mapi.Message) error {
	o := create(w.pipeline, at, &rop.OpenEmbeddedMessageRequest{CodePageID: rop.CodePageLogon, OpenModeFlags: rop.MessageCreate}, nil)
	inner := writer{pipeline: w.pipeline, mailbox: w.mailbox, depth: w.depth + 1}
	if err := inner.content(o, msg); err != nil {
		return err
	}
	add(w.pipeline, o, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadOnly}, nil)
	w.release(o)
	return w.err
}

// stream queues the writing of a large value, filling each request. The value
// is read once and never held whole.
func (w *writer) stream(o *object, tag mapi.PropTag, data mapi.Stream) error {
	from, err := data.Open(w.ctx)
	if err != nil {
		return fmt.Errorf("opening %v: %w", tag, err)
	}
	defer from.Close()
	s := create(w.pipeline, o, &rop.OpenStreamRequest{Tag: tag, OpenModeFlags: rop.StreamCreate}, nil)
	buf := make([]byte, rop.MaxPayload) // a request is encoded when it is added
	for w.err == nil {
		// 6 bytes of header, size and their index; a little more for a handle.
		n := w.left(16)
		if n < 1<<10 {
			if w.flush() != nil {
				break
			}
			continue
		}
		n, err := io.ReadFull(from, buf[:n])
		if n > 0 {
			want := uint16(n)
			add(w.pipeline, s, &rop.WriteStreamRequest{Data: buf[:n]}, func(r *rop.WriteStreamResponse) error {
				if r.WrittenSize != want {
					return fmt.Errorf("writing %v: the server took %d of %d bytes", tag, r.WrittenSize, want)
				}
				return nil
			})
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return fmt.Errorf("reading %v: %w", tag, err)
		}
	}
	add(w.pipeline, s, &rop.CommitStreamRequest{}, nil)
	w.release(s)
	return w.err
}

// streamable gives the bytes of a value that a stream can carry.
// [MS-OXCPRPT] 2.2.14.1
func streamable(p *mapi.Prop) ([]byte, bool) {
	switch v := p.Value.(type) {
	case []byte:
		return v, true
	case mapi.Object:
		return v, true
	case string:
		return wire.AppendUTF16(nil, v), true
	case mapi.String8:
		return []byte(v), true
	}
	return nil, false
}

func propSize(p *mapi.Prop) (int, error) {
	switch v := p.Value.(type) {
	case []byte:
		return len(v) + 6, nil
	case mapi.Object:
		return len(v) + 6, nil
	case string:
		return 2*len(v) + 6, nil
	}
	b, err := wire.Marshal(p)
	return len(b), err
}

func readStream(ctx context.Context, s mapi.Stream) ([]byte, error) {
	r, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, inlineValue+1))
}

// computed tells which properties the server makes by itself and refuses to
// be told. [MS-OXCMSG] 2.2.1, [MS-OXCFOLD] 2.2.2, [MS-OXPROPS]
func computed(t mapi.PropTag) bool {
	switch t.ID() {
	case mapi.PidTagHasAttachments.Tag().ID(), mapi.PidTagMessageSize.Tag().ID(), mapi.PidTagDisplayTo.Tag().ID(),
		mapi.PidTagDisplayCc.Tag().ID(), mapi.PidTagDisplayBcc.Tag().ID(), mapi.PidTagEntryId.Tag().ID(),
		mapi.PidTagParentEntryId.Tag().ID(), mapi.PidTagAccess.Tag().ID(), mapi.PidTagAccessLevel.Tag().ID(),
		mapi.PidTagObjectType.Tag().ID(), mapi.PidTagRecordKey.Tag().ID(), mapi.PidTagInstanceKey.Tag().ID(),
		mapi.PidTagStoreEntryId.Tag().ID(), mapi.PidTagStoreRecordKey.Tag().ID(), mapi.PidTagAttachSize.Tag().ID(),
		mapi.PidTagMessageStatus.Tag().ID(), mapi.PidTagSourceKey.Tag().ID(), mapi.PidTagParentSourceKey.Tag().ID(),
		mapi.PidTagChangeKey.Tag().ID(), mapi.PidTagPredecessorChangeList.Tag().ID(), mapi.PidTagLastModificationTime.Tag().ID(),
		mapi.PidTagCreationTime.Tag().ID(), mapi.PidTagMid.Tag().ID(), mapi.PidTagFolderId.Tag().ID(), mapi.PidTagNativeBody.Tag().ID():
		return true
	}
	return false
}
