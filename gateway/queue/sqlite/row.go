package sqlite

import (
	"database/sql"
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// mailColumns are what scanMail reads.
const mailColumns = "id, received, expires, finished, sender, message_id, source, claim, head, size, place, content, open, flawed, settled"

// A mailRow is a row of table mail without the recipients.
type mailRow struct {
	life.Mail
	spot
}

func scanMail(scan func(...any) error) (mailRow, error) {
	var r mailRow
	var received, expires, finished int64
	var h []byte
	m := &r.Mail.Mail
	err := scan(&m.ID, &received, &expires, &finished, &m.Envelope.From, &m.MessageID, &m.Source.Name, &m.Source.Claim,
		&h, &r.size, &r.place, &r.n, &r.Open, &r.Flawed, &r.Settled)
	if err != nil {
		return r, err
	}
	m.Received, r.Expires, r.Finished = life.FromMicros(received), life.FromMicros(expires), life.FromMicros(finished)
	m.Body = &body{id: m.ID, at: r.spot}
	r.Body = r.place != nowhere
	return r, life.DecodeHead(h, m)
}

// recipientColumns are what scanRecipient reads.
const recipientColumns = `n, address, notify, orig, courier, route, destination, state, since, next,
	attempts, doubt, token, until, worker, outcome, owes, warned`

func scanRecipient(rows *sql.Rows) (life.Recipient, error) {
	var r life.Recipient
	var since, next, until int64
	var o []byte
	err := rows.Scan(&r.Index, &r.Address, &r.Notify, &r.OrigRecipient, &r.Courier, &r.Route, &r.Destination, &r.State, &since,
		&next, &r.Attempts, &r.Doubt, &r.Token, &until, &r.Worker, &o, &r.Owes, &r.Warned)
	if err != nil {
		return r, err
	}
	r.Was, r.Since, r.Until = r.State, life.FromMicros(since), life.FromMicros(until)
	switch r.State {
	case queue.Waiting, queue.Unknown:
		r.Next = life.FromMicros(next)
	}
	if r.State != queue.Leased {
		r.Worker = ""
	}
	r.Last, err = life.DecodeOutcome(o)
	return r, err
}

// store writes a recipient back and counts its change.
func (t *tx) store(id mail.ID, r *life.Recipient) error {
	o, err := life.EncodeOutcome(r.Last)
	if err != nil {
		return err
	}
	if r.Was != r.State {
		t.moved(r.Courier, r.Was, r.State)
	}
	return t.exec(`UPDATE recipient SET state = ?, since = ?, next = ?, attempts = ?, doubt = ?, token = ?, until = ?,
		worker = ?, outcome = ?, owes = ?, warned = ? WHERE mail = ? AND n = ?`,
		int(r.State), life.Micros(r.Since), life.Micros(r.Next), r.Attempts, r.Doubt, r.Token, life.Micros(r.Until),
		r.Worker, o, int(r.Owes), r.Warned, string(id), r.Index)
}

// event adds to the story of a mail.
func (t *tx) event(id mail.ID, e queue.Event) error { return t.eventAt(id, t.serial(), e) }

func (t *tx) eventAt(id mail.ID, at int64, e queue.Event) error {
	var o []byte
	if e.Kind == queue.EventTried || e.Kind == queue.EventLate {
		var err error
		if o, err = life.EncodeOutcome(e.Outcome); err != nil {
			return err
		}
	}
	return t.exec(`INSERT INTO event (mail, at, kind, n, state, attempt, worker, text, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(id), at, string(e.Kind), e.Recipient, int(e.State), e.Attempt, e.Worker, life.Cut(e.Text), o)
}

// mail reads the row of a mail; ErrNotFound when there is none.
func (t *tx) mail(id mail.ID) (mailRow, error) {
	s, err := t.prepare("SELECT " + mailColumns + " FROM mail WHERE id = ?")
	if err != nil {
		return mailRow{}, err
	}
	m, err := scanMail(s.QueryRow(string(id)).Scan)
	if err != nil {
		return m, fmt.Errorf("mail %s: %w", id, noRowsToNotFound(err))
	}
	return m, nil
}

// all is no limit, for SQLite.
const all = -1

// recipientsWhere reads at most so many recipients of a mail for which a condition holds, in order. Columns that have an index
// of their own want a + before them, lest SQLite goes through the whole queue instead of one mail.
func (t *tx) recipientsWhere(id mail.ID, condition string, most int, args ...any) ([]life.Recipient, error) {
	var found []life.Recipient
	err := t.rows("SELECT "+recipientColumns+" FROM recipient WHERE mail = ? AND "+condition+" ORDER BY n LIMIT ?",
		append(append([]any{string(id)}, args...), most), func(rows *sql.Rows) error {
			r, err := scanRecipient(rows)
			found = append(found, r)
			return err
		})
	return found, err
}
