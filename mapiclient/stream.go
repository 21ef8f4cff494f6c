package mapiclient

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

const (
	// readStep is how much one RopReadStream asks for when answers are not
	// chained. Servers stay below 32 KiB an answer.
	readStep = 16 << 10
	// readAhead is how much a chained read asks for.
	readAhead = 512 << 10
)

// A valueStream is a large value of an open object. It implements [mapi.Stream].
type valueStream struct {
	mailbox *Mailbox
	object  *object
	tag     mapi.PropTag
	size    int64
}

// Size implements [mapi.Stream].
func (s *valueStream) Size() int64 { return s.size }

// Open implements [mapi.Stream].
func (s *valueStream) Open(ctx context.Context) (io.ReadCloser, error) {
	p := s.mailbox.session.pipeline(ctx)
	r := &streamReader{ctx: ctx, session: s.mailbox.session, tag: s.tag}
	r.object = create(p, s.object, &rop.OpenStreamRequest{Tag: s.tag, OpenModeFlags: rop.StreamReadOnly},
		func(o *rop.OpenStreamResponse) error { r.left = int64(o.StreamSize); return nil })
	add(p, r.object, &rop.ReadStreamRequest{ByteCount: readStep},
		func(o *rop.ReadStreamResponse) error { return r.take(o.Data) })
	if err := p.flush(); err != nil {
		r.session.discard(r.object)
		return nil, err
	}
	return r, nil
}

// measure asks for the size.
func (s *valueStream) measure(ctx context.Context) error {
	p := s.mailbox.session.pipeline(ctx)
	o := create(p, s.object, &rop.OpenStreamRequest{Tag: s.tag, OpenModeFlags: rop.StreamReadOnly},
		func(r *rop.OpenStreamResponse) error { s.size = int64(r.StreamSize); return nil })
	p.release(o)
	return p.flush()
}

// read gives the whole value, which must not be longer than limit.
func (s *valueStream) read(ctx context.Context, limit int64) ([]byte, error) {
	r, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("longer than %d bytes", limit)
	}
	return data, err
}

// A streamReader reads an open stream ahead of its caller.
type streamReader struct {
	ctx     context.Context
	session *Session
	object  *object
	tag     mapi.PropTag
	buf     bytes.Buffer
	left    int64 // on the server
}

// Read implements [io.Reader].
func (r *streamReader) Read(b []byte) (int, error) {
	if r.buf.Len() == 0 && r.left > 0 {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	return r.buf.Read(b) // io.EOF when both are empty
}

// fill asks for more, in chained answers where the server gives them.
func (r *streamReader) fill() error {
	b := r.session.newBatch()
	want := uint32(min(r.left, readAhead))
	call := rop.Add(b, b.Use(r.object.handle), &rop.ReadStreamRequest{ByteCount: rop.ReadMaximum, MaximumByteCount: want})
	if err := r.session.executeChained(r.ctx, b); err != nil {
		return err
	}
	first, err := call.Result()
	if err != nil {
		return fmt.Errorf("reading %v: %w", r.tag, err)
	}
	r.buf.Reset()
	before := r.left
	if err := r.take(first.Data); err != nil {
		return err
	}
	for _, more := range call.More() {
		if err := r.take(more.Data); err != nil {
			return err
		}
	}
	if r.left == before {
		return fmt.Errorf("reading %v: the server gave nothing, %d bytes are missing: %w", r.tag, r.left, io.ErrUnexpectedEOF)
	}
	return nil
}

func (r *streamReader) take(data []byte) error {
	if int64(len(data)) > r.left {
		return fmt.Errorf("reading %v: the server gave %d bytes more than the stream has", r.tag, int64(len(data))-r.left)
	}
	r.left -= int64(len(data))
	r.buf.Write(data)
	return nil
}

// Close implements [io.Closer].
func (r *streamReader) Close() error {
	r.session.discard(r.object)
	r.left = 0
	r.buf.Reset()
	return nil
}

func decodeUTF16(b []byte) string {
	s := wire.UTF16(b)
	// Servers differ in whether a stream of a string has its terminator.
	for len(s) > 0 && s[len(s)-1] == 0 {
		s = s[:len(s)-1]
	}
	return s
}
