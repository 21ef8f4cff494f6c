package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// A reader answers questions on connections of its own.
type reader struct {
	db     *sql.DB
	space  *space
	bodies *bodies
	fresh  *fresh // nil where another process serves the queue
	// body reads the body of a mail, wherever it is, and its place.
	body *sql.Stmt
}

const selectBody = `SELECT place, mail.content, size, coalesce(content.data, body.data) FROM mail
	LEFT JOIN content ON place = 3 AND content.n = mail.content LEFT JOIN body ON place = 1 AND body.mail = mail.id WHERE id = ?`

func openReader(dir string) (*reader, error) {
	db, err := openDatabase(filepath.Join(dir, databaseName), "query_only(1)", "cache_size(-512)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	r := &reader{db: db, space: newSpace(dir, -1)}
	if err := r.check(context.Background()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if r.body, err = db.Prepare(selectBody); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return r, nil
}

// check sees to it that the schema is one that this program knows.
func (r *reader) check(ctx context.Context) error {
	c, err := r.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	version, err := schemaVersion(ctx, c)
	if err == nil && version < len(migrations) {
		err = fmt.Errorf("its schema is version %d, this program wants %d: start the gateway once", version, len(migrations))
	}
	return err
}

func (r *reader) close() error { return r.db.Close() }

// hasFile tells whether a row says that the body of the mail is a file.
func (r *reader) hasFile(ctx context.Context, id string) (bool, error) {
	var at place
	err := r.db.QueryRowContext(ctx, "SELECT place FROM mail WHERE id = ?", id).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return at == inFile, err
}

// Open implements [queue.Inspector].
func (r *reader) Open(ctx context.Context, id mail.ID) (io.ReadCloser, error) {
	if r.fresh != nil {
		if data, known := r.fresh.get(id); known {
			return memory{bytes.NewReader(data)}, nil
		}
	}
	rc, err := r.openRow(ctx, id)
	if errors.Is(err, fs.ErrNotExist) { // it has moved since the row was read
		rc, err = r.openRow(ctx, id)
	}
	return rc, err
}

// openRow opens the body where the row says that it is.
func (r *reader) openRow(ctx context.Context, id mail.ID) (io.ReadCloser, error) {
	var at spot
	var data []byte
	err := r.body.QueryRowContext(ctx, string(id)).Scan(&at.place, &at.n, &at.size, &data)
	if err != nil {
		return nil, fmt.Errorf("body of %s: %w", id, noRowsToNotFound(err))
	}
	if at.place == inContent || at.place == inOldRow {
		return memory{bytes.NewReader(data)}, nil
	}
	return r.bodies.openAt(id, at)
}

// load reads a mail with its recipients, or ErrNotFound.
func (r *reader) load(ctx context.Context, id mail.ID) (mailRow, []life.Recipient, error) {
	m, err := scanMail(r.db.QueryRowContext(ctx, "SELECT "+mailColumns+" FROM mail WHERE id = ?", string(id)).Scan)
	if err != nil {
		return m, nil, fmt.Errorf("mail %s: %w", id, noRowsToNotFound(err))
	}
	m.Mail.Mail.Body.(*body).q = r
	var all []life.Recipient
	rows, err := r.db.QueryContext(ctx, "SELECT "+recipientColumns+" FROM recipient WHERE mail = ? ORDER BY n", string(id))
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error {
			row, err := scanRecipient(rows)
			all = append(all, row)
			m.Mail.Mail.Envelope.Recipients = append(m.Mail.Mail.Envelope.Recipients, row.Status.Recipient)
			return err
		})
	}
	if err != nil {
		return m, nil, fmt.Errorf("mail %s: %w", id, err)
	}
	return m, all, nil
}

// Show implements [queue.Inspector].
func (r *reader) Show(ctx context.Context, id mail.ID) (queue.Record, error) {
	m, rows, err := r.load(ctx, id)
	if err != nil {
		return queue.Record{}, err
	}
	rec := queue.Record{Mail: m.Mail.Mail, Expires: m.Expires, Finished: m.Finished}
	for _, row := range rows {
		rec.Recipients = append(rec.Recipients, row.Status)
	}
	return rec, nil
}

// records shows the mails whose ids the rows hold.
func (r *reader) records(ctx context.Context, rows *sql.Rows) ([]queue.Record, error) {
	ids, err := scanIDs(rows)
	if err != nil {
		return nil, err
	}
	return r.recordsOf(ctx, ids)
}

func scanIDs(rows *sql.Rows) (ids []mail.ID, err error) {
	err = each(rows, func(rows *sql.Rows) error {
		var id mail.ID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// recordsOf gives the records of mails, without those that were purged meanwhile.
func (r *reader) recordsOf(ctx context.Context, ids []mail.ID) ([]queue.Record, error) {
	var records []queue.Record
	for _, id := range ids {
		rec, err := r.Show(ctx, id)
		if errors.Is(err, queue.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		records = append(records, rec)
	}
	return records, nil
}

// Events implements [queue.Inspector].
func (r *reader) Events(ctx context.Context, id mail.ID) ([]queue.Event, error) {
	rec, err := r.Show(ctx, id)
	if err != nil {
		return nil, err
	}
	events := []queue.Event{life.Accepted(rec.Mail)}
	rows, err := r.db.QueryContext(ctx, "SELECT at, kind, n, state, attempt, worker, text, outcome FROM event WHERE mail = ? ORDER BY at", string(id))
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error {
			var e queue.Event
			var at int64
			var o []byte
			err := rows.Scan(&at, &e.Kind, &e.Recipient, &e.State, &e.Attempt, &e.Worker, &e.Text, &o)
			if err != nil {
				return err
			}
			e.At = life.FromMicros(at)
			e.Outcome, err = life.DecodeOutcome(o)
			events = append(events, e)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("events of %s: %w", id, err)
	}
	return events, nil
}

// Stats implements [queue.Inspector].
func (r *reader) Stats(ctx context.Context) (queue.Stats, error) {
	s := queue.Stats{Oldest: map[string]time.Time{}, Free: r.space.left()}
	rows, err := r.db.QueryContext(ctx, "SELECT courier, state, n FROM depth WHERE n <> 0 ORDER BY courier, state")
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error {
			var d queue.Depth
			err := rows.Scan(&d.Courier, &d.State, &d.Count)
			s.Depths = append(s.Depths, d)
			return err
		})
	}
	for _, d := range s.Depths {
		if _, done := s.Oldest[d.Courier]; done || d.State.Final() || err != nil {
			continue
		}
		var received int64
		err = r.db.QueryRowContext(ctx, `SELECT received FROM mail WHERE id = (SELECT mail FROM recipient INDEXED BY recipient_active
			WHERE state IN (1, 2, 3, 7) AND courier = ? ORDER BY mail LIMIT 1)`, d.Courier).Scan(&received)
		if err == nil {
			s.Oldest[d.Courier] = life.FromMicros(received)
		}
		if errors.Is(err, sql.ErrNoRows) {
			err = nil // finished meanwhile
		}
	}
	if err != nil {
		return queue.Stats{}, fmt.Errorf("stats: %w", err)
	}
	return s, nil
}
