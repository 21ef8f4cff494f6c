package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// chunkSize is the length in bytes of all chunks of a body but the last.
const chunkSize = 256 << 10

// A spooled body is where Put has laid a body before its mail is written.
type spooled struct {
	size  int64
	chunk []byte // all of it, unless it has been uploaded
	// uploaded says that the chunks are in the database.
	uploaded bool
	buf      *[]byte
}

// spool reads a body to its end. Those of one chunk stay in memory.
func (q *Queue) spool(ctx context.Context, id mail.ID, r io.Reader) (*spooled, error) {
	buf := q.chunks.Get().(*[]byte)
	n, ended, err := fill(*buf, r)
	if err == nil && ended {
		return &spooled{size: int64(n), chunk: (*buf)[:n], buf: buf}, nil
	}
	defer q.chunks.Put(buf)
	if err != nil {
		return nil, err
	}
	size, err := q.upload(ctx, id, *buf, r)
	if err != nil {
		return nil, err
	}
	return &spooled{size: size, uploaded: true}, nil
}

// fill reads until buf is full or r ends. Unlike io.ReadFull it tells an end from a reader that says io.ErrUnexpectedEOF
// because its connection was cut.
func fill(buf []byte, r io.Reader) (n int, ended bool, err error) {
	for n < len(buf) {
		m, err := r.Read(buf[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

// upload writes a body chunk by chunk; the first is in buf. No transaction is open while r is read. Each chunk is on the disk
// when it is confirmed: a server that dies and comes back between two of them must not have forgotten the first,
// for the mail's own COMMIT may go to the new one.
func (q *Queue) upload(ctx context.Context, id mail.ID, buf []byte, r io.Reader) (size int64, err error) {
	err = q.do(ctx, func(t *tx) error {
		t.write("INSERT INTO upload (mail, since) VALUES ($1, $2) ON CONFLICT DO NOTHING", string(id), life.Micros(t.now))
		return nil
	})
	if err != nil {
		return 0, err
	}
	n, ended := len(buf), false
	for i := 0; n > 0; i++ {
		chunk := buf[:n]
		err := q.do(ctx, func(t *tx) error {
			t.write("INSERT INTO body (mail, n, data) VALUES ($1, $2, $3) ON CONFLICT (mail, n) DO UPDATE SET data = excluded.data WHERE EXISTS (SELECT 1 FROM upload WHERE upload.mail = $1)",
				string(id), i, chunk)
			return nil
		})
		size += int64(n)
		if err == nil && ended {
			break
		}
		if err == nil {
			n, ended, err = fill(buf, r)
		}
		if err != nil {
			return 0, errors.Join(err, q.abandon(ctx, id))
		}
	}
	return size, nil
}

// abandon forgets an upload. What stays behind is collected by Sweep.
func (q *Queue) abandon(ctx context.Context, id mail.ID) error {
	return q.do(context.WithoutCancel(ctx), func(t *tx) error { return t.forgetUpload(id) })
}

func (t *tx) forgetUpload(id mail.ID) error {
	tag, err := t.conn.Exec(t.ctx, "DELETE FROM upload WHERE mail = $1", string(id))
	if err == nil && tag.RowsAffected() > 0 {
		t.write("DELETE FROM body WHERE mail = $1", string(id))
	}
	return err
}

// release gives the memory back.
func (q *Queue) release(s *spooled) {
	if s.buf != nil {
		q.chunks.Put(s.buf)
		s.buf, s.chunk = nil, nil
	}
}

// A body is the body of a mail in the queue, as couriers see it.
type body struct {
	r    *reader
	id   mail.ID
	size int64
}

func (b *body) Size() int64 { return b.size }

func (b *body) Open(ctx context.Context) (io.ReadCloser, error) { return b.r.Open(ctx, b.id) }

// Open implements [queue.Inspector].
func (r *reader) Open(ctx context.Context, id mail.ID) (io.ReadCloser, error) {
	var size int64
	var kept bool
	err := r.pool.QueryRow(ctx, "SELECT size, body FROM mail WHERE id = $1", string(id)).Scan(&size, &kept)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !kept {
		return nil, fmt.Errorf("body of %s: %w", id, queue.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("body of %s: %w", id, err)
	}
	return &chunked{ctx: ctx, r: r, id: id, size: size, at: -1}, nil
}

// A chunked body reads one chunk at a time. It is an io.ReaderAt too, for one reader at a time.
type chunked struct {
	ctx    context.Context
	r      *reader
	id     mail.ID
	size   int64
	offset int64

	at   int64 // the chunk in data, or -1
	data []byte
}

func (c *chunked) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.read(p, c.offset)
	c.offset += int64(n)
	return n, err
}

// ReadAt implements [io.ReaderAt].
func (c *chunked) ReadAt(p []byte, offset int64) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = c.read(p[n:], offset+int64(n))
		n += m
	}
	return n, err
}

func (c *chunked) read(p []byte, offset int64) (int, error) {
	if offset < 0 {
		return 0, errors.New("negative offset")
	}
	if offset >= c.size {
		return 0, io.EOF
	}
	if n := offset / chunkSize; n != c.at {
		err := c.r.pool.QueryRow(c.ctx, "SELECT data FROM body WHERE mail = $1 AND n = $2", string(c.id), n).Scan(&c.data)
		if err != nil {
			c.at = -1
			return 0, fmt.Errorf("body of %s: %w", c.id, classify(err))
		}
		c.at = n
	}
	in := offset - c.at*chunkSize
	if want := min(chunkSize, c.size-c.at*chunkSize); int64(len(c.data)) != want {
		return 0, fmt.Errorf("body of %s: chunk %d has %d bytes, want %d", c.id, c.at, len(c.data), want)
	}
	return copy(p, c.data[in:]), nil
}

func (c *chunked) Close() error { c.data, c.at, c.size = nil, -1, 0; return nil }
