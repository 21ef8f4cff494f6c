package sqlite

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// mailColumns are what scanMail reads.
const mailColumns = "id, received, expires, finished, sender, message_id, source, claim, head, size, place"

// A mailRow is a row of table mail without the recipients.
type mailRow struct {
	mail     mail.Mail
	expires  time.Time
	finished time.Time
	place    place
}

func scanMail(scan func(...any) error) (mailRow, error) {
	var r mailRow
	var received, expires, finished, size int64
	var h []byte
	m := &r.mail
	err := scan(&m.ID, &received, &expires, &finished, &m.Envelope.From, &m.MessageID, &m.Source.Name, &m.Source.Claim,
		&h, &size, &r.place)
	if err != nil {
		return r, err
	}
	m.Received, r.expires, r.finished = fromMicros(received), fromMicros(expires), fromMicros(finished)
	m.Body = &body{id: m.ID, size: size}
	return r, life.DecodeHead(h, m)
}

// recipientColumns are what scanRecipient reads.
const recipientColumns = `n, address, notify, orig, courier, route, destination, state, since, next,
	attempts, doubt, token, until, worker, outcome, owes, warned`

// A recipientRow is a row of table recipient.
type recipientRow struct {
	queue.Status
	token  int64
	until  int64
	owes   queue.Kind
	warned bool
}

func scanRecipient(rows *sql.Rows) (recipientRow, error) {
	var r recipientRow
	var since, next int64
	var o []byte
	err := rows.Scan(&r.Index, &r.Address, &r.Notify, &r.OrigRecipient, &r.Courier, &r.Route, &r.Destination, &r.State, &since,
		&next, &r.Attempts, &r.Doubt, &r.token, &r.until, &r.Worker, &o, &r.owes, &r.warned)
	if err != nil {
		return r, err
	}
	r.Since = fromMicros(since)
	switch r.State {
	case queue.Waiting, queue.Unknown:
		r.Next = fromMicros(next)
	}
	if r.State != queue.Leased {
		r.Worker = ""
	}
	r.Last, err = life.DecodeOutcome(o)
	return r, err
}

// change is the stored form of what a change leaves behind.
func (t *tx) change(id mail.ID, r *recipientRow, c queue.Change, next time.Time) error {
	to, err := r.State.After(c)
	if err != nil {
		return fmt.Errorf("%s recipient %d: %w", id, r.Index, err)
	}
	t.moved(r.Courier, r.State, to)
	r.State, r.Since, r.Next = to, t.now, next
	return nil
}

// store writes a recipient back.
func (t *tx) store(id mail.ID, r *recipientRow) error {
	o, err := life.EncodeOutcome(r.Last)
	if err != nil {
		return err
	}
	return t.exec(`UPDATE recipient SET state = ?, since = ?, next = ?, attempts = ?, doubt = ?, token = ?, until = ?,
		worker = ?, outcome = ?, owes = ?, warned = ? WHERE mail = ? AND n = ?`,
		int(r.State), micros(r.Since), micros(r.Next), r.Attempts, r.Doubt, r.token, r.until,
		r.Worker, o, int(r.owes), r.warned, string(id), r.Index)
}

// event adds to the story of a mail.
func (t *tx) event(id mail.ID, e queue.Event) error {
	var o []byte
	if e.Kind == queue.EventTried || e.Kind == queue.EventLate {
		var err error
		if o, err = life.EncodeOutcome(e.Outcome); err != nil {
			return err
		}
	}
	return t.exec(`INSERT INTO event (mail, at, kind, n, state, attempt, worker, text, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(id), t.serial(), string(e.Kind), e.Recipient, int(e.State), e.Attempt, e.Worker, life.Cut(e.Text), o)
}
