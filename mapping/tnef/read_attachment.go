package tnef

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// attachmentAttribute reads an attribute of an attachment. Each begins with
// attAttachRenddata; a stray one begins an attachment too.
// [MS-OXTNEF] 2.1.3.3
func (r *reader) attachmentAttribute(id attributeID, s *scanner) {
	msg := r.result.Message
	if id == attAttachRenddata || len(msg.Attachments) == 0 {
		if len(msg.Attachments) >= r.opts.Attachments {
			if !r.full {
				r.lost("attachments", "those that follow", fmt.Errorf("more than the limit of %d", r.opts.Attachments))
			}
			r.full = true
			return
		}
		msg.Attachments = append(msg.Attachments, mapi.Attachment{})
		r.rends, r.legacyAttachments = append(r.rends, false), append(r.legacyAttachments, nil)
		r.attached = append(r.attached, bag{})
	}
	if r.full {
		return
	}
	last := len(msg.Attachments) - 1
	a, legacy := &msg.Attachments[last], &r.legacyAttachments[last]
	switch id {
	case attAttachRenddata:
		r.rends[last] = r.rendering(legacy, s)
	case attAttachTitle:
		legacy.Set(mapi.PidTagAttachFilename.Of(r.text(s)))
	case attAttachTransportName:
		legacy.Set(mapi.PidTagAttachTransportName.Of(r.text(s)))
	case attAttachData:
		if a.Data == nil && a.Message == nil {
			a.Data = s.section(s.left())
		}
	case attAttachMetaFile:
		legacy.Set(mapi.PidTagAttachRendering.Of(s.bytes(s.left())))
	case attAttachCreateDate:
		attachmentDate(legacy, mapi.PidTagCreationTime, s)
	case attAttachModifyDate:
		attachmentDate(legacy, mapi.PidTagLastModificationTime, s)
	case attAttachment:
		r.attachmentProperties(a, &r.attached[last], s)
	default:
		s.failf("it is not known for attachments")
	}
}

func attachmentDate(ps *mapi.Props, tag interface{ Tag() mapi.PropTag }, s *scanner) {
	if t, ok := parseDate(s.bytes(min(s.left(), dateLength))); ok {
		ps.Set(mapi.Prop{Tag: tag.Tag(), Value: t})
	}
}

// rendering reads attAttachRenddata and tells whether it is of an OLE object.
// [MS-OXTNEF] 2.1.3.3.15
func (r *reader) rendering(ps *mapi.Props, s *scanner) (isOLE bool) {
	kind, position := s.uint16(), int32(s.uint32())
	if s.err != nil {
		return false
	}
	ps.Set(mapi.PidTagRenderingPosition.Of(position))
	return kind == rendOLE
}

// attachmentProperties reads attAttachment. The data stays in the source.
// [MS-OXTNEF] 2.1.3.3.22
func (r *reader) attachmentProperties(a *mapi.Attachment, into *bag, s *scanner) {
	reader := r.properties(s)
	data := mapi.PidTagAttachDataBinary.Tag().ID()
	reader.keep = func(t mapi.PropTag) bool {
		return t.ID() == data && (t.Type() == mapi.PtypBinary || t.Type() == mapi.PtypObject)
	}
	objects := reader.list(into)
	for _, o := range objects {
		if o.iid == iidIMessage {
			if err := r.embedded(a, o.data); err != nil && s.err == nil {
				s.err = err
			}
			continue
		}
		a.Data = o.data
		if o.iid == iidIStorage {
			r.rends[len(r.rends)-1] = true
		}
	}
}

// embedded reads an embedded message; one that cannot be read stays as data.
func (r *reader) embedded(a *mapi.Attachment, data section) error {
	if r.depth+1 >= r.opts.Depth {
		a.Data = data
		r.lost(fmt.Sprintf("embedded message at offset %d", data.from), "its structure", fmt.Errorf("nested deeper than %d", r.opts.Depth))
		return nil
	}
	inner := &reader{ctx: r.ctx, opts: r.opts, budget: r.budget, depth: r.depth + 1}
	result, err := inner.read(data)
	if errors.Is(err, ErrSignature) {
		a.Data = data
		r.lost(fmt.Sprintf("embedded message at offset %d", data.from), "its structure", err)
		return nil
	}
	if err != nil {
		return err
	}
	a.Message, a.Data = result.Message, nil
	for _, l := range result.Losses {
		l.Where = "embedded message: " + l.Where
		r.result.Losses = append(r.result.Losses, l)
	}
	return nil
}

// finishAttachment sets what every attachment has.
func (r *reader) finishAttachment(a *mapi.Attachment, isOLE bool) {
	for id := range notWritten { // sizes and numbers of where it was stored
		a.Props.Delete(mapi.MakeTag(id, 0))
	}
	method := mapi.AttachByValue
	switch {
	case a.Message != nil:
		method = mapi.AttachEmbeddedMessage
	case isOLE:
		method = mapi.AttachOLE
	case a.Data == nil:
		method = mapi.AttachNone
	}
	if a.Message == nil && mapi.PidTagAttachMethod.Get(a.Props) == mapi.AttachEmbeddedMessage {
		a.Props.Set(mapi.PidTagAttachMethod.Of(method))
	}
	a.Props.SetDefault(mapi.PidTagAttachMethod.Of(method))
	if name, ok := mapi.PidTagAttachFilename.From(a.Props); ok && name != "" {
		a.Props.SetDefault(mapi.PidTagAttachLongFilename.Of(name))
	}
}
