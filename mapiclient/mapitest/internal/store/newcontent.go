package store

import (
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// NewContent reads a message from outside any store, large values into files
// in dir. Named properties keep their names: the content has yet to be
// imported. What a store computes is dropped, but for the flags.
func NewContent(m *mapi.Message, dir string, open func(mapi.Stream) (io.ReadCloser, error)) (*Content, error) {
	c := &Content{Flags: draftFlags}
	search := NewGUID()
	c.Props = mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSearchKey.Of(search[:])}
	for _, p := range m.Props {
		c.setOutside(normal(p))
	}
	for i, r := range m.Recipients {
		row := Recipient{RowID: uint32(i), Recipient: mapi.Recipient{Type: r.Type}}
		for _, p := range r.Props {
			row.Props = append(row.Props, normal(p))
		}
		c.Recipients = append(c.Recipients, row)
	}
	for i := range m.Attachments {
		a, err := newAttachment(uint32(i), &m.Attachments[i], dir, open)
		if err != nil {
			return nil, fmt.Errorf("attachment %d: %w", i, err)
		}
		c.Attachments = append(c.Attachments, a)
	}
	return c, nil
}

func (c *Content) setOutside(p mapi.Prop) {
	id := p.Tag.ID()
	switch {
	case p.Name != nil:
		c.Props.Set(p)
	case id == idOf(mapi.PidTagMessageFlags):
		if flags, ok := p.Value.(int32); ok {
			c.Flags = flags &^ computedFlags
		}
	case messageComputed(id) != nil || storedComputed(id) != nil:
	case isSubject(id):
		if s, ok := p.Value.(string); ok {
			setSubject(&c.Props, id, s)
		}
	default:
		c.Props.Set(p)
	}
}

func newAttachment(number uint32, a *mapi.Attachment, dir string, open func(mapi.Stream) (io.ReadCloser, error)) (*Attachment, error) {
	out := &Attachment{Number: number}
	for _, p := range a.Props {
		out.Props.Set(normal(p))
	}
	switch {
	case a.Message != nil:
		inner, err := NewContent(a.Message, dir, open)
		if err != nil {
			return nil, err
		}
		out.Embedded = inner
		out.Props.Set(mapi.PidTagAttachMethod.Of(attachEmbedded))
	case a.Data != nil:
		blob, err := readBlob(a.Data, dir, open)
		if err != nil {
			return nil, err
		}
		out.Props.Set(mapi.Prop{Tag: mapi.PidTagAttachDataBinary.Tag(), Value: blob.value()})
		out.Props.SetDefault(mapi.PidTagAttachMethod.Of(attachByValue))
	}
	return out, nil
}

func readBlob(s mapi.Stream, dir string, open func(mapi.Stream) (io.ReadCloser, error)) (*Blob, error) {
	r, err := open(s)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b := NewBuffer(dir, maxValue, nil)
	if _, err := io.Copy(io.NewOffsetWriter(b, 0), r); err != nil {
		return nil, err
	}
	return b.Blob(), nil
}
