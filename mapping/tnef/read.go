package tnef

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/loss"
)

// A reader reads one stream: the outer message's, or an embedded one's.
type reader struct {
	ctx    context.Context
	opts   Options
	budget *int64
	depth  int
	result *Result

	// legacy are the properties that older attributes say; those of attMsgProps win.
	legacy mapi.Props
	props  bag
	owner  *person
	rends  []bool // by attachment: attAttachRenddata says it is an OLE object
	// legacyAttachments are the same for each attachment.
	legacyAttachments []mapi.Props
	attached          []bag
	full              bool
}

// Read reads a TNEF stream. Damage is not an error but a loss; errors are
// [ErrSignature], the source's and the context's.
func Read(ctx context.Context, src Source, opts Options) (*Result, error) {
	opts.Depth = orDefault(opts.Depth, 32)
	opts.Attachments = orDefault(opts.Attachments, 2000)
	opts.Recipients = orDefault(opts.Recipients, 50000)
	if opts.Memory <= 0 {
		opts.Memory = 64 << 20
	}
	r := &reader{ctx: ctx, opts: opts, budget: &opts.Memory}
	return r.read(section{src: src, size: src.Size()})
}

func orDefault(n, value int) int {
	if n <= 0 {
		return value
	}
	return n
}

func (r *reader) read(whole section) (*Result, error) {
	r.result = &Result{Message: &mapi.Message{}}
	s := newScanner(whole, r.budget)
	if s.uint32() != signature {
		if s.err != nil && !errors.Is(s.err, errDamage) {
			return nil, s.err
		}
		return nil, ErrSignature
	}
	r.result.Key = s.uint16()
	for s.err == nil && s.left() > 0 {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
		r.attribute(s)
	}
	if s.err != nil {
		if !errors.Is(s.err, errDamage) {
			return nil, s.err
		}
		r.lost("TNEF stream", "the rest", s.err)
	}
	r.finish()
	return r.result, nil
}

func (r *reader) lost(where, what string, err error) {
	const maxLosses = 100
	if len(r.result.Losses) < maxLosses {
		r.result.Losses = append(r.result.Losses, loss.Loss{Where: where, What: what, Reason: err.Error()})
	}
}

// checked is up to which length an attribute's checksum is verified; longer
// ones are not read before they are needed.
const checked = 64 << 10

// attribute reads one attribute. [MS-OXTNEF] 2.1.3.1
func (r *reader) attribute(s *scanner) {
	if s.left() < attributeHeader && r.isPadding(s) {
		return
	}
	start := s.at
	lv, id, size := level(s.uint8()), attributeID(s.uint32()), int64(s.uint32())
	if s.err == nil && lv != levelMessage && lv != levelAttachment {
		s.at = start
		s.failf("an attribute of level %d", lv)
	}
	if s.err != nil {
		return
	}
	name := fmt.Sprintf("%v at offset %d", id, start)
	data := section{src: s.src, from: s.at, size: min(size, s.left())}
	if size > s.left() {
		r.lost(name, fmt.Sprintf("the last %d of %d bytes", size-s.left(), size), fmt.Errorf("%w: the stream ends too early", errDamage))
	}
	s.at += data.size
	if s.left() > 0 {
		r.verify(data, name, s.uint16())
	}
	inner := newScanner(data, r.budget)
	if lv == levelMessage {
		r.messageAttribute(id, inner)
	} else {
		r.attachmentAttribute(id, inner)
	}
	if inner.err == nil {
		return
	}
	if !errors.Is(inner.err, errDamage) {
		s.err = inner.err
		return
	}
	r.lost(name, "what follows in it", inner.err)
}

// isPadding tells whether what is left is line ends or zeros, and skips it.
func (r *reader) isPadding(s *scanner) bool {
	at := s.at
	for _, c := range s.bytes(s.left()) {
		if c != 0 && c != '\r' && c != '\n' {
			s.at = at
			return false
		}
	}
	return true
}

// verify compares the checksum of a short attribute. A wrong one hides nothing.
func (r *reader) verify(data section, name string, want uint16) {
	if data.size > checked {
		return
	}
	b := make([]byte, data.size)
	if readAt(data.src, b, data.from) != nil { // the reader of the content reports it
		return
	}
	if got := sum(0, b); got != want && want != 0 {
		r.lost(name, "its integrity", fmt.Errorf("checksum is 0x%04X, want 0x%04X", got, want))
	}
}

// codepage is that of 8-bit strings. [MS-OXTNEF] 2.1.3.3.3
func (r *reader) codepage() uint32 {
	if r.result.CodePage != 0 {
		return r.result.CodePage
	}
	return 1252
}

func (r *reader) properties(s *scanner) *propertyReader {
	return &propertyReader{scanner: s, codepage: r.codepage, keep: func(mapi.PropTag) bool { return false }}
}

// recipients reads attRecipTable. [MS-OXTNEF] 2.1.3.3.7
func (r *reader) recipients(s *scanner) {
	rows := s.uint32()
	for i := range rows {
		if s.err != nil {
			return
		}
		if len(r.result.Message.Recipients) >= r.opts.Recipients {
			r.lost("attRecipTable", fmt.Sprintf("%d of %d recipients", rows-i, rows), errors.New("more than the limit"))
			return
		}
		var b bag
		r.properties(s).list(&b)
		props := b.props
		if len(props) == 0 {
			continue
		}
		kind := mapi.RecipientType(mapi.PidTagRecipientType.Get(props))
		props.Delete(mapi.PidTagRecipientType.Tag())
		props.Delete(mapi.PidTagRowid.Tag())
		r.result.Message.Recipients = append(r.result.Message.Recipients, mapi.Recipient{Type: kind, Props: props})
	}
}

// text reads an attribute of 8-bit text.
func (r *reader) text(s *scanner) string {
	b := s.bytes(s.left())
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	out, _ := charset.Decode(b, charset.Label(r.codepage()))
	return out
}

// finish puts the older attributes' properties where nothing else spoke.
func (r *reader) finish() {
	msg := r.result.Message
	msg.Props = r.props.props
	r.placeOwner()
	for _, p := range r.legacy {
		msg.Props.SetDefault(p)
	}
	for i := range msg.Attachments {
		a := &msg.Attachments[i]
		a.Props = r.attached[i].props
		for _, p := range r.legacyAttachments[i] {
			a.Props.SetDefault(p)
		}
		r.finishAttachment(a, r.rends[i])
	}
}
