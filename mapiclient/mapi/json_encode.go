package mapi

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// EncodeJSON writes m as JSON; see [DecodeJSON] for the way back. The content
// of attachments goes from their streams to w without being held in memory.
//
// It is one indented object {"props": {…}, "recipients": […], "attachments": […]};
// json.go says how properties and their values look.
func EncodeJSON(ctx context.Context, w io.Writer, m *Message) error {
	e := jsonEncoder{ctx: ctx, w: bufio.NewWriter(w)}
	if err := e.message(nil, m, 0); err != nil {
		return err
	}
	e.w.WriteByte('\n')
	return e.w.Flush()
}

// A jsonEncoder writes JSON. Errors of w stick in it and come out of Flush.
type jsonEncoder struct {
	ctx    context.Context
	w      *bufio.Writer
	indent int
	// scratch is where a value is put together.
	scratch []byte
}

// open begins an object or array, item a member of it, and end ends it.
func (e *jsonEncoder) open(c byte) {
	e.w.WriteByte(c)
	e.indent++
}

func (e *jsonEncoder) item(first bool, key string) {
	if !first {
		e.w.WriteByte(',')
	}
	e.newline()
	if key != "" {
		e.w.Write(appendString(nil, key))
		e.w.WriteString(": ")
	}
}

func (e *jsonEncoder) end(c byte, empty bool) {
	e.indent--
	if !empty {
		e.newline()
	}
	e.w.WriteByte(c)
}

func (e *jsonEncoder) newline() {
	e.w.WriteByte('\n')
	for range e.indent {
		e.w.WriteString("  ")
	}
}

func (e *jsonEncoder) message(path jsonPath, m *Message, depth int) error {
	if depth > maxJSONDepth {
		return path.err(errJSONDepth)
	}
	e.open('{')
	e.item(true, jsonProps)
	if err := e.bag(path.key(jsonProps), m.Props, nil); err != nil {
		return err
	}
	e.item(false, jsonRecipients)
	e.open('[')
	for i := range m.Recipients {
		e.item(i == 0, "")
		if err := e.bag(path.key(jsonRecipients).index(i), recipientBag(&m.Recipients[i]), nil); err != nil {
			return err
		}
	}
	e.end(']', len(m.Recipients) == 0)
	e.item(false, jsonAttachments)
	e.open('[')
	for i := range m.Attachments {
		e.item(i == 0, "")
		if err := e.attachment(path.key(jsonAttachments).index(i), &m.Attachments[i], depth); err != nil {
			return err
		}
	}
	e.end(']', len(m.Attachments) == 0)
	e.end('}', false)
	return nil
}

// recipientBag gives the type and the properties of a recipient. The type wins
// over a property that says otherwise.
func recipientBag(r *Recipient) Props {
	bag := Props{PidTagRecipientType.Of(r.Type.Property())}
	for _, p := range r.Props {
		if p.Name != nil || p.Tag != PidTagRecipientType.Tag() {
			bag = append(bag, p)
		}
	}
	return bag
}

func (e *jsonEncoder) attachment(path jsonPath, a *Attachment, depth int) error {
	if a.Data != nil && a.Message != nil {
		return path.err(errors.New("attachment has both data and a message"))
	}
	e.open('{')
	e.item(true, jsonProps)
	if err := e.bag(path.key(jsonProps), a.Props, a.Data); err != nil {
		return err
	}
	if a.Message != nil {
		e.item(false, jsonMessage)
		if err := e.message(path.key(jsonMessage), a.Message, depth+1); err != nil {
			return err
		}
	}
	e.end('}', false)
	return nil
}

// bag writes properties, and after them the content of an attachment.
func (e *jsonEncoder) bag(path jsonPath, ps Props, data Stream) error {
	used := make(map[string]bool, len(ps)+1)
	e.open('{')
	for i := range ps {
		p := &ps[i]
		keys := jsonKeys(p)
		key := keys[0]
		if used[key] {
			key = keys[1]
		}
		if used[key] {
			return path.key(key).err(errJSONDuplicate)
		}
		used[key] = true
		if err := e.prop(i == 0, key, p); err != nil {
			return path.key(key).err(err)
		}
	}
	if data != nil {
		tag := dataTag(ps)
		if used[tag.String()] {
			return path.key(tag.String()).err(errJSONDuplicate)
		}
		if err := e.stream(len(ps) == 0, tag, data); err != nil {
			return path.key(tag.String()).err(err)
		}
	}
	e.end('}', len(ps) == 0 && data == nil)
	return nil
}

// dataTag is the tag of the content of an attachment that has these properties.
func dataTag(ps Props) PropTag {
	if PidTagAttachMethod.Get(ps) == attachOLE {
		return PidTagAttachDataObject.Tag()
	}
	return PidTagAttachDataBinary.Tag()
}

// attachOLE is the method of attachments that are OLE objects: afOle. [MS-OXCMSG] 2.2.2.9
const attachOLE = 6

func (e *jsonEncoder) prop(first bool, key string, p *Prop) error {
	if t := p.Tag.Type(); p.Value != nil && TypeOf(p.Value) != t {
		return fmt.Errorf("value is a %T, its tag is %s", p.Value, hexTag(p.Tag))
	}
	e.item(first, key)
	b := fmt.Appendf(e.scratch[:0], `{"%s": "%s", "%s": `, jsonTag, hexTag(p.Tag), jsonValue)
	b, err := appendJSON(b, p.Value)
	if err != nil {
		return err
	}
	e.scratch = b
	e.w.Write(b)
	e.w.WriteByte('}')
	return e.ctx.Err()
}

func (e *jsonEncoder) stream(first bool, tag PropTag, data Stream) error {
	r, err := data.Open(e.ctx)
	if err != nil {
		return fmt.Errorf("opening the content: %w", err)
	}
	defer r.Close()
	e.item(first, tag.String())
	fmt.Fprintf(e.w, `{"%s": "%s", "%s": "`, jsonTag, hexTag(tag), jsonValue)
	enc := base64.NewEncoder(base64.StdEncoding, e.w)
	n, err := io.Copy(enc, r)
	if err != nil {
		return fmt.Errorf("reading the content: %w", err)
	}
	if size := data.Size(); size >= 0 && n != size {
		return fmt.Errorf("the content has %d bytes, its size is given as %d", n, size)
	}
	if err := enc.Close(); err != nil {
		return err
	}
	_, err = e.w.WriteString(`"}`)
	return err
}
