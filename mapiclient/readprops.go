package mapiclient

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// portions reads the properties of a message that do not fit into one answer:
// first their list, then their values a few at a time. The message is opened
// again if that was lost as well.
func (r *reader) portions(o *object, head *rop.MessageHead) (props, made mapi.Props, err error) {
	if !o.exists() {
		p := r.mailbox.session.pipeline(r.ctx)
		again := create(p, p.logon, &rop.OpenMessageRequest{
			CodePageID: rop.CodePageLogon, FolderID: r.opened.Folder, OpenModeFlags: r.opened.mode, MessageID: r.opened.ID,
		}, func(r *rop.OpenMessageResponse) error { *head = r.MessageHead; return nil })
		if err := p.flush(); err != nil {
			return nil, nil, err
		}
		*o = *again
	}
	list, err := one(r.mailbox.session.pipeline(r.ctx), o, &rop.GetPropertiesListRequest{})
	if err != nil {
		return nil, nil, err
	}
	if props, err = r.some(o, list.Tags); err != nil {
		return nil, nil, err
	}
	made, err = r.some(o, madeByServer)
	return props, made, err
}

// some reads the properties of the given tags.
func (r *reader) some(o *object, tags []mapi.PropTag) (mapi.Props, error) {
	var props mapi.Props
	for portion := 16; len(tags) > 0; {
		n := min(portion, len(tags))
		got, err := one(r.mailbox.session.pipeline(r.ctx), o,
			&rop.GetPropertiesSpecificRequest{PropertySizeLimit: readLimit, WantUnicode: true, Tags: tags[:n]})
		if tooBig(err) && portion > 1 {
			portion /= 4
			continue
		}
		if err != nil {
			return nil, err
		}
		props, tags = append(props, got.Row...), tags[n:]
	}
	return props, nil
}

// complete replaces the placeholders of large values by the values.
func (r *reader) complete(o *object, props mapi.Props) (mapi.Props, error) {
	out := props[:0]
	for _, p := range props {
		code, isError := p.Value.(mapi.ErrorCode)
		if p.Tag.Type() != mapi.PtypErrorCode || !isError {
			out = append(out, p)
			continue
		}
		if code != mapi.ErrOutOfMemory {
			continue
		}
		v, err := r.large(o, p.Tag.ID())
		if err != nil {
			return nil, err
		}
		if v.Tag != 0 {
			out = append(out, v)
		}
	}
	return out, nil
}

// large reads a value that the server has but did not give. One that cannot be
// had as a stream, as several values, is noted; without a body it is no message.
func (r *reader) large(o *object, id mapi.PropID) (mapi.Prop, error) {
	for _, tag := range largeTypes(id) {
		v, err := r.whole(o, tag)
		if err == nil {
			return v, nil
		}
		if !errors.Is(err, mapi.ErrNotFound) {
			return mapi.Prop{}, fmt.Errorf("%v: %w", tag, err)
		}
	}
	if slices.Contains(contents, id) {
		return mapi.Prop{}, fmt.Errorf("property 0x%04X: the server has a large value and does not give it: %w", uint16(id), mapi.ErrNotFound)
	}
	r.opened.Unread = append(r.opened.Unread, id)
	return mapi.Prop{}, nil
}

// contents are the properties that no message may lose.
var contents = []mapi.PropID{
	mapi.PidTagBody.Tag().ID(), mapi.PidTagHtml.Tag().ID(), mapi.PidTagRtfCompressed.Tag().ID(), mapi.PidTagAttachDataBinary.Tag().ID(),
}

// largeTypes gives the tags under which a large value may be had: the error
// that stands in its place does not tell its type.
func largeTypes(id mapi.PropID) []mapi.PropTag {
	str, bin := mapi.MakeTag(id, mapi.PtypString), mapi.MakeTag(id, mapi.PtypBinary)
	if mapi.TagName(bin) != "" {
		return []mapi.PropTag{bin, str}
	}
	return []mapi.PropTag{str, bin}
}

// whole reads a large value into memory.
func (r *reader) whole(o *object, tag mapi.PropTag) (mapi.Prop, error) {
	s := &valueStream{mailbox: r.mailbox, object: o, tag: tag}
	data, err := s.read(r.ctx, maxBodyBytes)
	if err != nil {
		return mapi.Prop{}, err
	}
	if tag.Type() == mapi.PtypString {
		return mapi.Prop{Tag: tag, Value: decodeUTF16(data)}, nil
	}
	return mapi.Prop{Tag: tag, Value: data}, nil
}
