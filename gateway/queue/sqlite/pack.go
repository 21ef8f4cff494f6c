package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/gateway/mail"
)

// packStep bounds the bodies that move in one transaction.
const packStep = 32

// pack moves the bodies that are left in segments most of which is gone, so that one mail that waits for days does not keep the room
// of a hundred that have left.
func (q *Queue) pack(ctx context.Context) error {
	for _, n := range q.bodies.segments.sparse() {
		for moved := packStep; moved == packStep; {
			var err error
			if moved, err = q.packSome(ctx, n); err != nil {
				return fmt.Errorf("segment %d: %w", n, err)
			}
		}
	}
	return nil
}

// A move is one body on its way from one segment to another.
type move struct {
	id       mail.ID
	from, to shelf
	size     int64
}

// packSome moves some bodies out of a segment and returns how many.
func (q *Queue) packSome(ctx context.Context, segment int64) (int, error) {
	moves, err := q.reader.shelved(ctx, segment, packStep)
	if err != nil {
		return 0, err
	}
	copied, err := q.copyBodies(ctx, moves)
	if err == nil {
		err = q.writer.do(ctx, func(t *tx) error { return t.moveBodies(copied) })
	}
	for _, m := range copied {
		if err != nil {
			q.bodies.segments.dropped(m.to, m.size)
		} else {
			q.bodies.segments.kept(m.to)
		}
	}
	return len(moves), err
}

// shelved finds the mails whose bodies are in a segment.
func (r *reader) shelved(ctx context.Context, segment int64, most int) (moves []move, err error) {
	rows, err := r.db.QueryContext(ctx, "SELECT id, content, size FROM mail INDEXED BY mail_shelf WHERE place = 4 AND content BETWEEN ? AND ? LIMIT ?",
		int64(shelfAt(segment, 0)), int64(shelfAt(segment, mostInSegment)), most)
	if err != nil {
		return nil, err
	}
	err = each(rows, func(rows *sql.Rows) error {
		var m move
		err := rows.Scan(&m.id, &m.from, &m.size)
		moves = append(moves, m)
		return err
	})
	return moves, err
}

// copyBodies returns the moves whose copies have been written, also when it fails.
func (q *Queue) copyBodies(ctx context.Context, moves []move) (copied []move, err error) {
	for _, m := range moves {
		if err := ctx.Err(); err != nil {
			return copied, err
		}
		data := make([]byte, m.size)
		f, err := q.bodies.segments.open(m.from, m.size)
		if err != nil {
			return copied, err
		}
		_, err = io.ReadFull(f, data)
		f.Close()
		if err != nil {
			return copied, err
		}
		if m.to, err = q.bodies.segments.add(data); err != nil {
			return copied, classify("body", err)
		}
		copied = append(copied, m)
	}
	return copied, nil
}

// moveBodies makes rows name the copies. A mail that has gone meanwhile leaves a copy that is forgotten at once.
func (t *tx) moveBodies(moves []move) error {
	for _, m := range moves {
		t.w.known.forget(m.id)
		t.segments[m.to.segment()] = true
		n, err := t.execN("UPDATE mail SET content = ? WHERE id = ? AND place = 4 AND content = ?", int64(m.to), string(m.id), int64(m.from))
		if err != nil {
			return err
		}
		gone := spot{place: inSegment, n: int64(m.from), size: m.size}
		if n == 0 {
			gone.n = int64(m.to)
		}
		t.forgotten = append(t.forgotten, forgotten{m.id, gone})
	}
	return nil
}
