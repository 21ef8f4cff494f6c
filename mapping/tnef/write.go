package tnef

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/loss"
)

// A piece is a part of an attribute's data: bytes, or a stream of known size.
type piece struct {
	bytes  []byte
	stream mapi.Stream
	size   int64
}

// A plan is an attribute that is ready to be written.
type plan struct {
	level  level
	id     attributeID
	pieces []piece
}

func (p *plan) size() (n int64) {
	for _, x := range p.pieces {
		n += x.size
	}
	return n
}

// A planner turns a message into plans. Only large values are left as streams.
type planner struct {
	ctx    context.Context
	opts   WriteOptions
	depth  int
	plans  []plan
	losses []loss.Loss
}

// maxWriteDepth is how deep embedded messages are written.
const maxWriteDepth = 64

// Write writes a message as TNEF. Attachments are read while they are written;
// one whose size is not known is read twice. It gives what had no place.
func Write(ctx context.Context, w io.Writer, msg *mapi.Message, opts WriteOptions) ([]loss.Loss, error) {
	if opts.CodePage == 0 {
		opts.CodePage = 1252
	}
	p := &planner{ctx: ctx, opts: opts}
	if err := p.message(msg); err != nil {
		return p.losses, err
	}
	head := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint32(nil, signature), opts.Key)
	if _, err := w.Write(head); err != nil {
		return p.losses, err
	}
	for i := range p.plans {
		if err := p.plans[i].write(ctx, w); err != nil {
			return p.losses, err
		}
	}
	return p.losses, nil
}

// write writes the attribute with its checksum. [MS-OXTNEF] 2.1.3.1
func (p *plan) write(ctx context.Context, w io.Writer) error {
	head := append(make([]byte, 0, attributeHeader), byte(p.level))
	head = binary.LittleEndian.AppendUint32(head, uint32(p.id))
	head = binary.LittleEndian.AppendUint32(head, uint32(p.size()))
	if _, err := w.Write(head); err != nil {
		return err
	}
	s := &summer{w: w}
	for _, x := range p.pieces {
		if err := x.write(ctx, s); err != nil {
			return fmt.Errorf("writing %v: %w", p.id, err)
		}
	}
	_, err := w.Write(binary.LittleEndian.AppendUint16(nil, s.sum))
	return err
}

// A summer adds up what is written.
type summer struct {
	w   io.Writer
	sum uint16
}

func (s *summer) Write(b []byte) (int, error) {
	s.sum = sum(s.sum, b)
	return s.w.Write(b)
}

func (x *piece) write(ctx context.Context, w io.Writer) error {
	if x.stream == nil {
		_, err := w.Write(x.bytes)
		return err
	}
	r, err := x.stream.Open(ctx)
	if err != nil {
		return err
	}
	n, err := io.Copy(w, io.LimitReader(r, x.size))
	if err = errors.Join(err, r.Close()); err == nil && n != x.size {
		err = fmt.Errorf("attachment has %d bytes, was %d", n, x.size)
	}
	return err
}

// streamPiece makes a piece of a stream, and measures it when it must.
func streamPiece(ctx context.Context, s mapi.Stream) (piece, error) {
	size := s.Size()
	if size < 0 {
		r, err := s.Open(ctx)
		if err != nil {
			return piece{}, err
		}
		size, err = io.Copy(io.Discard, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return piece{}, err
		}
	}
	return piece{stream: s, size: size}, nil
}

func bytesPiece(b []byte) piece { return piece{bytes: b, size: int64(len(b))} }

func (p *planner) add(lv level, id attributeID, pieces ...piece) {
	p.plans = append(p.plans, plan{lv, id, pieces})
}

func (p *planner) lose(where, what, reason string) {
	p.losses = append(p.losses, loss.Loss{Where: where, What: what, Reason: reason})
}

// message plans the attributes of a message in the order readers rely on.
// [MS-OXTNEF] 2.1.3.1
func (p *planner) message(msg *mapi.Message) error {
	p.add(levelMessage, attTnefVersion, bytesPiece(binary.LittleEndian.AppendUint32(nil, version)))
	p.add(levelMessage, attOemCodepage, bytesPiece(binary.LittleEndian.AppendUint64(nil, uint64(p.opts.CodePage))))
	p.legacy(msg.Props)
	if p.opts.Recipients && len(msg.Recipients) > 0 {
		p.add(levelMessage, attRecipTable, bytesPiece(p.recipients(msg.Recipients)))
	}
	p.add(levelMessage, attMsgProps, bytesPiece(p.list("message", msg.Props, nil)))
	for i := range msg.Attachments {
		if err := p.attachment(i, &msg.Attachments[i]); err != nil {
			return fmt.Errorf("attachment %d: %w", i+1, err)
		}
	}
	return nil
}

// legacy plans the attributes that old readers look at. [MS-OXTNEF] 2.2.3
func (p *planner) legacy(ps mapi.Props) {
	if class, ok := mapi.PidTagMessageClass.From(ps); ok {
		for _, c := range legacyClasses {
			if c.class == class {
				class = c.legacy
				break
			}
		}
		p.text(levelMessage, attMessageClass, class)
	}
	priority := uint16(2)
	switch v, ok := mapi.PidTagImportance.From(ps); {
	case ok && v == 0:
		priority = 3
	case ok && v == 2:
		priority = 1
	}
	p.add(levelMessage, attPriority, bytesPiece(binary.LittleEndian.AppendUint16(nil, priority)))
	if subject, ok := mapi.PidTagSubject.From(ps); ok {
		p.text(levelMessage, attSubject, subject)
	}
	if t, ok := mapi.PidTagClientSubmitTime.From(ps); ok {
		p.add(levelMessage, attDateSent, bytesPiece(appendDate(nil, t)))
	}
	if t, ok := mapi.PidTagLastModificationTime.From(ps); ok {
		p.add(levelMessage, attDateModified, bytesPiece(appendDate(nil, t)))
	}
}

// text plans an attribute of 8-bit text; one that the code page lacks is left
// to attMsgProps.
func (p *planner) text(lv level, id attributeID, s string) {
	if b, ok := charset.Encode(s, charset.Label(p.opts.CodePage)); ok {
		p.add(lv, id, bytesPiece(append(b, 0)))
	}
}

func (p *planner) recipients(rs []mapi.Recipient) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(rs)))
	for i, r := range rs {
		props := append(mapi.Props(nil), r.Props...)
		props.Set(mapi.PidTagRecipientType.Of(int32(r.Type)))
		b = append(b, p.list(fmt.Sprintf("recipient %d", i+1), props, nil)...)
	}
	return b
}

// attachment plans the attributes of an attachment. [MS-OXTNEF] 2.2.4
func (p *planner) attachment(i int, a *mapi.Attachment) error {
	kind, method := rendFile, mapi.PidTagAttachMethod.Get(a.Props)
	if method == mapi.AttachOLE {
		kind = rendOLE
	}
	position, ok := mapi.PidTagRenderingPosition.From(a.Props)
	if !ok {
		position = -1
	}
	rend := binary.LittleEndian.AppendUint16(nil, kind)
	rend = binary.LittleEndian.AppendUint32(rend, uint32(position))
	p.add(levelAttachment, attAttachRenddata, bytesPiece(append(rend, make([]byte, 8)...)))
	name := mapi.PidTagAttachLongFilename.Get(a.Props)
	if name == "" {
		name = mapi.PidTagAttachFilename.Get(a.Props)
	}
	if name != "" {
		p.text(levelAttachment, attAttachTitle, name)
	}
	if b, ok := mapi.PidTagAttachRendering.From(a.Props); ok {
		p.add(levelAttachment, attAttachMetaFile, bytesPiece(b))
	}
	content, err := p.content(a)
	if err != nil {
		return err
	}
	isObject := a.Message != nil || method == mapi.AttachOLE
	if a.Data != nil && !isObject {
		p.add(levelAttachment, attAttachData, content...)
		content = nil
	}
	var object *objectPieces
	if isObject && content != nil {
		object = &objectPieces{iid: iidIStorage, content: content}
		if a.Message != nil {
			object.iid = iidIMessage
		}
	}
	p.add(levelAttachment, attAttachment, p.listPieces(fmt.Sprintf("attachment %d", i+1), a.Props, object)...)
	return nil
}

// content gives an attachment's content; that of a message is TNEF again.
func (p *planner) content(a *mapi.Attachment) ([]piece, error) {
	if a.Message == nil {
		if a.Data == nil {
			return nil, nil
		}
		x, err := streamPiece(p.ctx, a.Data)
		return []piece{x}, err
	}
	if p.depth >= maxWriteDepth {
		p.lose("embedded message", "all of it", fmt.Sprintf("nested deeper than %d", maxWriteDepth))
		return nil, nil
	}
	inner := &planner{ctx: p.ctx, opts: p.opts, depth: p.depth + 1}
	inner.opts.Recipients = true // an embedded message has no envelope
	err := inner.message(a.Message)
	p.losses = append(p.losses, inner.losses...)
	if err != nil {
		return nil, err
	}
	pieces := []piece{bytesPiece(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint32(nil, signature), p.opts.Key))}
	for i := range inner.plans {
		x, err := inner.plans[i].inline(p.ctx)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, x...)
	}
	return pieces, nil
}

// inline gives the attribute as pieces of another's data. The checksum of a
// streamed one is only known by reading it.
func (p *plan) inline(ctx context.Context) ([]piece, error) {
	s := &summer{w: io.Discard}
	for _, x := range p.pieces {
		if err := x.write(ctx, s); err != nil {
			return nil, fmt.Errorf("reading for %v: %w", p.id, err)
		}
	}
	head := append(make([]byte, 0, attributeHeader), byte(p.level))
	head = binary.LittleEndian.AppendUint32(head, uint32(p.id))
	head = binary.LittleEndian.AppendUint32(head, uint32(p.size()))
	pieces := append([]piece{bytesPiece(head)}, p.pieces...)
	return append(pieces, bytesPiece(binary.LittleEndian.AppendUint16(nil, s.sum))), nil
}
