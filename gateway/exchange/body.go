package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapping/mime"
)

// maxHeldBody is the longest body, in bytes, that is read into memory when its
// storage has no random access. Queues give that for all but small bodies.
const maxHeldBody = 8 << 20

// A source is an open body with random access, for the mapping.
type source struct {
	io.ReaderAt
	size  int64
	close func() error
}

// Size implements mapping.Source.
func (s *source) Size() int64 { return s.size }

// maxHeader bounds what is read of a header, in bytes.
const maxHeader = 256 << 10

// header gives the fields of the outer header.
func (s *source) header() []mime.Field {
	block := make([]byte, min(s.size, maxHeader))
	n, err := s.ReadAt(block, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	block = block[:n]
	if end := bytes.Index(block, []byte("\r\n\r\n")); end >= 0 {
		block = block[:end+2]
	}
	return mime.ParseHeader(string(block), maxHeader)
}

// openBody opens the MIME of a mail.
func openBody(ctx context.Context, b mail.Body) (*source, error) {
	r, err := b.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the mail: %w", err)
	}
	if at, ok := r.(io.ReaderAt); ok {
		return &source{ReaderAt: at, size: b.Size(), close: r.Close}, nil
	}
	data, err := io.ReadAll(io.LimitReader(r, maxHeldBody+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("reading the mail: %w", err)
	}
	if len(data) > maxHeldBody {
		return nil, fmt.Errorf("reading the mail: its storage gives no random access to more than %d bytes", maxHeldBody)
	}
	return &source{ReaderAt: bytes.NewReader(data), size: int64(len(data)), close: func() error { return nil }}, nil
}
