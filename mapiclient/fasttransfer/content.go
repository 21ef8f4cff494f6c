package fasttransfer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

const (
	// DefaultMessageLimit is how large a message may be that is read into
	// memory, unless told otherwise, in bytes of its values.
	DefaultMessageLimit = 16 << 20
	// maxEmbedding is how deep messages may lie within messages.
	maxEmbedding = 32
	// overhead is what a property, a recipient or an attachment costs in memory
	// besides its value, in bytes, roughly.
	overhead = 96
)

// ErrTooLarge says that a message is larger than the limit.
var ErrTooLarge = errors.New("message is too large to be held in memory")

// A TransferError is what the server put into the stream in place of what it
// could not give. [MS-OXCFXICS] 2.2.4.3.4
type TransferError struct{ Code mapi.ErrorCode }

// Error implements error.
func (e *TransferError) Error() string {
	return fmt.Sprintf("the server broke off the transfer: %v", e.Code)
}

// Unwrap gives the code.
func (e *TransferError) Unwrap() error { return e.Code }

// A parser understands the order of elements. It looks one element ahead.
type parser struct {
	r     *Reader
	limit int64 // of one message
	left  int64 // of the message being read
	next  Element
	has   bool
	end   bool
}

func newParser(r *Reader, limit int64) *parser {
	if limit <= 0 {
		limit = DefaultMessageLimit
	}
	return &parser{r: r, limit: limit, left: limit}
}

// peek gives the next element without taking it. At the end of the stream it
// is the zero Element and end is set.
func (p *parser) peek() (*Element, error) {
	if p.has || p.end {
		return &p.next, nil
	}
	var err error
	p.next, err = p.r.Next()
	if err == io.EOF {
		p.end = true
		return &p.next, nil
	}
	if err == nil && p.next.Marker == FXErrorInfo {
		return nil, p.errorInfo()
	}
	p.has = err == nil
	return &p.next, err
}

func (p *parser) take() { p.has, p.next = false, Element{} }

// marker takes the marker m if it comes next.
func (p *parser) marker(m Marker) (bool, error) {
	e, err := p.peek()
	if err != nil || e.Marker != m {
		return false, err
	}
	p.take()
	return true, nil
}

// expect takes the marker m, which must come next.
func (p *parser) expect(m Marker) error {
	e, err := p.peek()
	if err != nil {
		return err
	}
	if e.Marker != m {
		return p.unexpected(e, "want "+m.String())
	}
	p.take()
	return nil
}

func (p *parser) unexpected(e *Element, want string) error {
	if p.end {
		return &Error{p.r.Offset(), fmt.Errorf("the stream ends, %s: %w", want, io.ErrUnexpectedEOF)}
	}
	return &Error{p.r.Offset(), fmt.Errorf("unexpected %v, %s", e, want)}
}

// errorInfo reads the ExtendedErrorInfo behind its marker: version, padding
// and the code are its first fields. [MS-OXCFXICS] 2.2.6
func (p *parser) errorInfo() error {
	e, err := p.r.Next()
	if err != nil && err != io.EOF {
		return err
	}
	if b, ok := e.Prop.Value.([]byte); ok && len(b) >= 8 {
		return &TransferError{mapi.ErrorCode(binary.LittleEndian.Uint32(b[4:]))}
	}
	return &Error{p.r.Offset(), errors.New("the server broke off the transfer without saying why")}
}

// spend counts what a message costs.
func (p *parser) spend(n int64) error {
	if p.left -= n; p.left < 0 {
		return ErrTooLarge
	}
	return nil
}

// props reads a propList up to the next marker or the end. Meta-properties,
// which say something about the list, go to meta, which may be nil.
func (p *parser) props(into *mapi.Props, meta func(mapi.Prop) (stop bool)) error {
	for {
		e, err := p.peek()
		if err != nil || p.end || e.Marker != 0 {
			return err
		}
		if isMeta(e.Prop.Tag) {
			if meta != nil && meta(e.Prop) {
				return nil
			}
			p.take()
			continue
		}
		prop := e.Prop
		if err := p.spend(overhead + e.Size + sizeOf(prop.Value)); err != nil {
			return err
		}
		if e.Large != nil {
			if prop.Value, err = p.whole(e); err != nil {
				return err
			}
		}
		*into = append(*into, prop)
		p.take()
	}
}

// whole reads a value that the reader does not hold. That it fits the limit
// has been checked; its memory grows only as its bytes come.
func (p *parser) whole(e *Element) (any, error) {
	b, err := io.ReadAll(e.Large)
	if err != nil {
		return nil, err
	}
	v, err := valueOf(e.Prop.Tag.Type(), b)
	if err != nil {
		return nil, &Error{p.r.Offset(), err}
	}
	return v, nil
}

// sizeOf is how much memory a value takes, roughly.
func sizeOf(v any) int64 {
	const header = 24
	n := int64(0)
	switch v := v.(type) {
	case string:
		return int64(len(v))
	case mapi.String8:
		return int64(len(v))
	case []byte:
		return int64(len(v))
	case mapi.Object:
		return int64(len(v))
	case mapi.ServerID:
		return int64(len(v))
	case []string:
		for _, s := range v {
			n += header + int64(len(s))
		}
	case []mapi.String8:
		for _, s := range v {
			n += header + int64(len(s))
		}
	case [][]byte:
		for _, s := range v {
			n += header + int64(len(s))
		}
	}
	return n
}

// message reads a messageContent. With an error it gives what it has read.
// [MS-OXCFXICS] 2.2.4.3.14
func (p *parser) message(depth int) (*mapi.Message, error) {
	msg := &mapi.Message{}
	err := p.props(&msg.Props, nil)
	if err == nil {
		err = p.children(msg, depth)
	}
	return msg, err
}

// children reads messageChildren: recipients, then attachments.
// [MS-OXCFXICS] 2.2.4.3.12
func (p *parser) children(msg *mapi.Message, depth int) error {
	for {
		e, err := p.peek()
		if err != nil || p.end {
			return err
		}
		switch {
		case e.Marker == StartRecip:
			err = p.recipient(msg)
		case e.Marker == NewAttach:
			err = p.attachment(msg, depth)
		case isMeta(e.Prop.Tag):
			p.take()
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) recipient(msg *mapi.Message) error {
	p.take()
	var props mapi.Props
	if err := p.spend(overhead); err != nil {
		return err
	}
	if err := p.props(&props, nil); err != nil {
		return err
	}
	if err := p.expect(EndToRecip); err != nil {
		return err
	}
	r := mapi.Recipient{Type: mapi.RecipientTypeOf(mapi.PidTagRecipientType.Get(props)), Props: props}
	r.Props.Delete(mapi.PidTagRecipientType.Tag())
	msg.Recipients = append(msg.Recipients, r)
	return nil
}

// attachment reads an attachment. Its content leaves the properties and becomes
// a stream over memory. [MS-OXCFXICS] 2.2.4.3.1
func (p *parser) attachment(msg *mapi.Message, depth int) error {
	p.take()
	if err := p.spend(overhead); err != nil {
		return err
	}
	var a mapi.Attachment
	if err := p.props(&a.Props, nil); err != nil {
		return err
	}
	if embedded, err := p.marker(StartEmbed); err != nil {
		return err
	} else if embedded {
		if depth >= maxEmbedding {
			return fmt.Errorf("messages are embedded deeper than %d levels", maxEmbedding)
		}
		if a.Message, err = p.message(depth + 1); err != nil {
			return err
		}
		if err := p.expect(EndEmbed); err != nil {
			return err
		}
	}
	if err := p.expect(EndAttach); err != nil {
		return err
	}
	a.Data = content(&a.Props)
	msg.Attachments = append(msg.Attachments, a)
	return nil
}

// content takes the content of an attachment out of its properties.
// [MS-OXCMSG] 2.2.2.7, 2.2.2.8
func content(props *mapi.Props) mapi.Stream {
	for i := range *props {
		p := &(*props)[i]
		if p.Name != nil || p.Tag.ID() != mapi.PidTagAttachDataBinary.Tag().ID() {
			continue
		}
		var data mapi.BytesStream
		switch v := p.Value.(type) {
		case []byte:
			data = v
		case mapi.Object:
			data = mapi.BytesStream(v)
		default:
			continue
		}
		*props = append((*props)[:i:i], (*props)[i+1:]...)
		return data
	}
	return nil
}

// ReadMessageContent reads the stream of a whole message, as CopyTo gives it.
// Values together longer than limit bytes (0 is [DefaultMessageLimit]) are
// ErrTooLarge. [MS-OXCFXICS] 2.2.4.3.14
func ReadMessageContent(r *Reader, limit int64) (*mapi.Message, error) {
	p := newParser(r, limit)
	msg, err := p.message(0)
	if err != nil {
		return nil, err
	}
	if e, err := p.peek(); err != nil || !p.end {
		if err == nil {
			err = p.unexpected(e, "want the end of the message")
		}
		return nil, err
	}
	return msg, nil
}
