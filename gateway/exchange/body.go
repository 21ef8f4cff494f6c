package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/gateway/mail"
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
