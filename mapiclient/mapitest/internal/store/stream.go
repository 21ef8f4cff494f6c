package store

import (
	"errors"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A StreamMode is how a stream is opened. [MS-OXCPRPT] 2.2.14.1
type StreamMode uint8

// Stream modes.
const (
	StreamReadOnly  StreamMode = 0
	StreamReadWrite StreamMode = 1
	StreamCreate    StreamMode = 2
)

// maxText is the longest string property, in bytes: strings are held in memory.
const maxText = 32 << 20

// A Stream is a property open for reading or writing piece by piece. What is
// written becomes the property's value by Commit.
type Stream struct {
	object   Object
	tag      mapi.PropTag
	writable bool
	buffer   *Buffer
	pos      int64
	dirty    bool
}

// OpenStream opens a string or binary property. With StreamCreate the property
// is made empty, or made at all. [MS-OXCPRPT] 3.2.5.14
func OpenStream(o Object, tag mapi.PropTag, mode StreamMode) (*Stream, mapi.ErrorCode) {
	switch tag.Type() {
	case mapi.PtypBinary, mapi.PtypString, mapi.PtypString8, mapi.PtypObject:
	default:
		return nil, mapi.ErrNotSupported
	}
	if mode > StreamCreate {
		return nil, mapi.ErrInvalidParameter
	}
	s := &Stream{object: o, tag: tag, writable: mode != StreamReadOnly}
	if s.writable {
		if code := changeable(o, tag); code != 0 {
			return nil, code
		}
	}
	if mode == StreamCreate {
		s.buffer, s.dirty = o.Mailbox().buffer(nil), true
		return s, 0
	}
	p, code := o.Get(tag)
	if code != 0 {
		return nil, code
	}
	s.buffer = o.Mailbox().buffer(contentOf(p.Value, o.Mailbox().opts.TerminatedStreams))
	return s, 0
}

// changeable tells whether the property may be written.
func changeable(o Object, tag mapi.PropTag) mapi.ErrorCode {
	switch o := o.(type) {
	case *Draft:
		if _, computed := o.computed(tag.ID()); computed || !o.writable {
			return mapi.ErrAccessDenied
		}
	case *AttachmentDraft:
		if !o.writable {
			return mapi.ErrAccessDenied
		}
	}
	if _, ok := o.Mailbox().Names.Name(tag.ID()); !ok {
		return mapi.ErrInvalidParameter
	}
	return 0
}

// contentOf gives the bytes of a value as a stream has them: strings with or
// without their terminator.
func contentOf(v any, terminated bool) *Blob {
	end := ""
	if terminated {
		end = "\x00"
	}
	switch v := v.(type) {
	case string:
		return NewBlob(wire.AppendUTF16(nil, v+end))
	case mapi.String8:
		return NewBlob([]byte(string(v) + end))
	case mapi.Object:
		return NewBlob(v)
	}
	b, _ := blobOf(v)
	return b
}

// Size is the length in bytes.
func (s *Stream) Size() int64 { return s.buffer.Size() }

// Writable tells whether the stream was opened for writing.
func (s *Stream) Writable() bool { return s.writable }

// Read reads up to n bytes where the stream stands. At the end it gives none.
func (s *Stream) Read(n int) ([]byte, mapi.ErrorCode) {
	left := s.buffer.Size() - s.pos
	if left <= 0 {
		return nil, 0
	}
	b := make([]byte, min(int64(n), left))
	got, err := s.buffer.ReadAt(b, s.pos)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, mapi.ErrReadFault
	}
	s.pos += int64(got)
	return b[:got], 0
}

// Write writes where the stream stands. [MS-OXCPRPT] 3.2.5.16
func (s *Stream) Write(b []byte) (int, mapi.ErrorCode) {
	if !s.writable {
		return 0, mapi.ErrStreamAccessDenied
	}
	n, err := s.buffer.WriteAt(b, s.pos)
	s.pos += int64(n)
	s.dirty = s.dirty || n > 0
	switch {
	case errors.Is(err, ErrTooBig):
		return n, mapi.ErrStreamSize
	case err != nil:
		return n, mapi.ErrStreamSize
	}
	return n, 0
}

// Seek moves to an offset from the beginning, the present place or the end
// (0, 1, 2) and gives the new place. [MS-OXCPRPT] 3.2.5.19
func (s *Stream) Seek(origin uint8, offset int64) (int64, mapi.ErrorCode) {
	base := []int64{0, s.pos, s.buffer.Size()}
	if int(origin) >= len(base) {
		return 0, mapi.ErrInvalidParameter
	}
	to := base[origin] + offset
	if to < 0 || to > maxValue {
		return 0, mapi.ErrStreamSeek
	}
	s.pos = to
	return to, 0
}

// SetSize cuts the stream or fills it up with zeros.
func (s *Stream) SetSize(n uint64) mapi.ErrorCode {
	if !s.writable {
		return mapi.ErrStreamAccessDenied
	}
	if n > maxValue {
		return mapi.ErrStreamSize
	}
	if err := s.buffer.Truncate(int64(n)); err != nil { // ErrTooBig included
		return mapi.ErrStreamSize
	}
	s.dirty = true
	return 0
}

// Commit makes what was written the value of the property, in the working copy
// of the object. [MS-OXCPRPT] 3.2.5.17
func (s *Stream) Commit() mapi.ErrorCode {
	if !s.dirty {
		return 0
	}
	p, err := s.value()
	if err != nil {
		return mapi.ErrReadFault
	}
	s.dirty = false
	return setLarge(s.object, p)
}

func (s *Stream) value() (mapi.Prop, error) {
	blob := s.buffer.Blob()
	switch s.tag.Type() {
	case mapi.PtypBinary, mapi.PtypObject:
		return mapi.Prop{Tag: s.tag, Value: blob.value()}, nil
	}
	if blob.Size() > maxText {
		return mapi.Prop{}, ErrTooBig
	}
	b, err := blob.Bytes()
	if err != nil {
		return mapi.Prop{}, err
	}
	if s.tag.Type() == mapi.PtypString8 {
		return normal(mapi.Prop{Tag: s.tag, Value: mapi.String8(strings.TrimSuffix(string(b), "\x00"))}), nil
	}
	return mapi.Prop{Tag: s.tag, Value: strings.TrimSuffix(wire.UTF16(b), "\x00")}, nil
}

// setLarge sets a property that a stream was opened on, which may be an object.
func setLarge(o Object, p mapi.Prop) mapi.ErrorCode {
	if p.Tag.Type() == mapi.PtypObject {
		p.Tag = p.Tag.WithType(mapi.PtypBinary)
	}
	return o.Set(p)
}

// CopyTo copies up to n bytes to another stream and tells how many were read
// and written. [MS-OXCPRPT] 3.2.5.20
func (s *Stream) CopyTo(to *Stream, n uint64) (read, written uint64, code mapi.ErrorCode) {
	if !to.writable {
		return 0, 0, mapi.ErrStreamAccessDenied
	}
	const step = 64 << 10
	for n > 0 {
		b, code := s.Read(int(min(n, step)))
		if code != 0 || len(b) == 0 {
			return read, written, code
		}
		read += uint64(len(b))
		n -= uint64(len(b))
		w, code := to.Write(b)
		written += uint64(w)
		if code != 0 {
			return read, written, code
		}
	}
	return read, written, 0
}

// Left is how many bytes lie behind where the stream stands.
func (s *Stream) Left() int64 { return max(0, s.buffer.Size()-s.pos) }
