package mapiclient

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// attachmentColumns are what the attachment table is asked for.
var attachmentColumns = []mapi.PropTag{mapi.PidTagAttachNumber.Tag(), mapi.PidTagAttachMethod.Tag(), mapi.PidTagAttachSize.Tag()}

const (
	// attachmentsPerRequest is how many attachments are read with one request.
	attachmentsPerRequest = 16
	// smallAttachments is how many bytes of small attachments one answer is
	// expected to carry; servers stop at 32 KiB.
	smallAttachments = 20 << 10
)

// An openAttachment is an attachment that is being read.
type openAttachment struct {
	object *object
	number uint32
	tags   []mapi.PropTag // of a large one, without its content
	props  mapi.Props
	data   []byte // of a small one
}

// readAttachments reads the attachments named by the rows of an attachment table.
func (r *reader) readAttachments(o *object, rows []mapi.Props) ([]mapi.Attachment, error) {
	list := make([]mapi.Attachment, 0, len(rows))
	for len(rows) > 0 {
		n := min(attachmentsPerRequest, len(rows))
		opened, err := r.openAttachments(o, rows[:n], smallAttachments)
		if tooBig(err) { // sizes that the table understates: none counts as small
			opened, err = r.openAttachments(o, rows[:n], 0)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the attachments: %w", err)
		}
		for _, at := range opened {
			a, err := r.attachment(at)
			if err != nil {
				return nil, fmt.Errorf("attachment %d: %w", at.number, err)
			}
			list = append(list, *a)
		}
		rows = rows[n:]
	}
	return list, nil
}

// openAttachments opens a few attachments and reads their properties: small
// ones whole and together, large ones in a second request without their
// content, since gromox 3.10 fails a RopGetPropertiesAll that passes 32 KiB
// whatever its size limit says. room is how many bytes of small ones to expect.
func (r *reader) openAttachments(o *object, rows []mapi.Props, room int32) ([]*openAttachment, error) {
	p := r.mailbox.session.pipeline(r.ctx)
	opened := make([]*openAttachment, 0, len(rows))
	for _, row := range rows {
		at := &openAttachment{number: uint32(mapi.PidTagAttachNumber.Get(row))}
		opened = append(opened, at)
		at.object = create(p, o, &rop.OpenAttachmentRequest{AttachmentID: at.number}, nil)
		size, known := mapi.PidTagAttachSize.From(row)
		if known && size <= room {
			room -= size
			add(p, at.object, &rop.GetPropertiesAllRequest{PropertySizeLimit: readLimit, WantUnicode: true},
				func(a *rop.GetPropertiesAllResponse) error { at.take(a.Props); return nil })
			continue
		}
		add(p, at.object, &rop.GetPropertiesListRequest{}, func(l *rop.GetPropertiesListResponse) error {
			at.tags = withoutContent(l.Tags)
			return nil
		})
	}
	err := p.flush()
	for _, at := range opened {
		r.opened.inner = append(r.opened.inner, at.object)
	}
	if err != nil {
		return nil, err
	}
	for _, at := range opened {
		if len(at.tags) > 0 {
			add(p, at.object, &rop.GetPropertiesSpecificRequest{PropertySizeLimit: readLimit, WantUnicode: true, Tags: at.tags},
				func(a *rop.GetPropertiesSpecificResponse) error { at.take(a.Row); return nil })
		}
	}
	if err = p.flush(); tooBig(err) {
		err = r.portionsOf(opened)
	}
	return opened, err
}

// portionsOf reads the properties of large attachments a few at a time: together, the pictures of icons that
// Outlook gives them pass what fits into one answer.
func (r *reader) portionsOf(opened []*openAttachment) error {
	for _, at := range opened {
		if len(at.tags) == 0 {
			continue
		}
		props, err := r.some(at.object, at.tags)
		if err != nil {
			return err
		}
		at.props = nil
		at.take(props)
	}
	return nil
}

// take keeps the properties but the content.
func (at *openAttachment) take(props mapi.Props) {
	for _, p := range props {
		if !isContent(p.Tag) {
			at.props = append(at.props, p)
		} else if b, ok := p.Value.([]byte); ok {
			at.data = append([]byte{}, b...)
		}
	}
}

func isContent(t mapi.PropTag) bool { return t.ID() == mapi.PidTagAttachDataBinary.Tag().ID() }

func withoutContent(tags []mapi.PropTag) []mapi.PropTag {
	kept := make([]mapi.PropTag, 0, len(tags))
	for _, t := range tags {
		if !isContent(t) {
			kept = append(kept, t)
		}
	}
	return kept
}

// attachment makes an attachment of its properties; its content becomes a
// stream or an embedded message.
func (r *reader) attachment(at *openAttachment) (*mapi.Attachment, error) {
	props, err := r.complete(at.object, at.props)
	if err != nil {
		return nil, err
	}
	a := &mapi.Attachment{Props: props}
	method := mapi.PidTagAttachMethod.Get(props)
	switch {
	case method == mapi.AttachEmbeddedMessage:
		a.Message, err = r.embedded(at.object)
	case at.data != nil:
		a.Data = mapi.BytesStream(at.data)
	case method == mapi.AttachByValue || method == mapi.AttachOLE:
		s := &valueStream{mailbox: r.mailbox, object: at.object, tag: dataTag(a)}
		switch err = s.measure(r.ctx); {
		case errors.Is(err, mapi.ErrNotFound):
			// An attachment without content: its properties say so themselves.
			err = nil
		case err == nil:
			a.Data = s
		}
	}
	return a, err
}

// embedded reads the message within an attachment. [MS-OXCMSG] 2.2.3.16
func (r *reader) embedded(at *object) (*mapi.Message, error) {
	if r.depth >= maxEmbedding {
		return nil, fmt.Errorf("messages are embedded deeper than %d levels", maxEmbedding)
	}
	p := r.mailbox.session.pipeline(r.ctx)
	in := &reading{reader: reader{mailbox: r.mailbox, ctx: r.ctx, opened: r.opened, depth: r.depth + 1}}
	in.object = create(p, at, &rop.OpenEmbeddedMessageRequest{CodePageID: rop.CodePageLogon, OpenModeFlags: rop.MessageReadOnly},
		func(a *rop.OpenEmbeddedMessageResponse) error { in.head = a.MessageHead; return nil })
	// Its handle must be known before the properties are asked for: when the
	// answer is too big they are asked for in portions.
	if err := p.flush(); err != nil {
		return nil, err
	}
	r.opened.inner = append(r.opened.inner, in.object)
	in.queue(p)
	return in.finish(p.flush())
}
