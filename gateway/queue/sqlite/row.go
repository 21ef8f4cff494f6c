package sqlite

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// head is what the head column holds: the parts of a mail that nothing searches for. The names are stored.
type head struct {
	Subject    string `json:"subject,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Client     string `json:"client,omitempty"`
	User       string `json:"user,omitempty"`
	Stranger   bool   `json:"stranger,omitempty"`
	UTF8       bool   `json:"utf8,omitempty"`
	EightBit   bool   `json:"8bit,omitempty"`
	RequireTLS bool   `json:"requiretls,omitempty"`
	Ret        string `json:"ret,omitempty"`
	EnvID      string `json:"envid,omitempty"`
}

func encodeHead(m *mail.Mail) ([]byte, error) {
	return json.Marshal(head{
		Subject: m.Subject, Kind: m.Source.Kind, Client: m.Source.Client, User: m.Source.User, Stranger: m.Source.Stranger,
		UTF8: m.Envelope.SMTPUTF8, EightBit: m.Envelope.EightBit, RequireTLS: m.Envelope.RequireTLS,
		Ret: m.Envelope.Ret, EnvID: m.Envelope.EnvID,
	})
}

// outcome is what the outcome columns hold. The names are stored.
type outcome struct {
	Verdict  mail.Verdict `json:"v"`
	Code     int          `json:"code,omitempty"`
	Detail   string       `json:"detail,omitempty"`
	Text     string       `json:"text,omitempty"`
	Remote   string       `json:"remote,omitempty"`
	RemoteID string       `json:"id,omitempty"`
	Relayed  bool         `json:"relayed,omitempty"`
	Reports  bool         `json:"reports,omitempty"`
	Absent   bool         `json:"absent,omitempty"`
	Alarm    bool         `json:"alarm,omitempty"`
	After    int64        `json:"after,omitempty"` // microseconds
}

// maxText bounds what a remote host's words may take in the database.
const maxText = 2000

func encodeOutcome(o mail.Outcome) ([]byte, error) {
	return json.Marshal(outcome{
		Verdict: o.Verdict, Code: o.Code, Detail: o.Detail, Text: cut(o.Text), Remote: cut(o.Remote), RemoteID: cut(o.RemoteID),
		Relayed: o.Relayed, Reports: o.Reports, Absent: o.Absent, Alarm: o.Alarm, After: o.RetryAfter.Microseconds(),
	})
}

func cut(s string) string {
	if len(s) > maxText {
		return s[:maxText] + "…"
	}
	return s
}

func decodeOutcome(b []byte) (mail.Outcome, error) {
	if len(b) == 0 {
		return mail.Outcome{}, nil
	}
	var o outcome
	if err := json.Unmarshal(b, &o); err != nil {
		return mail.Outcome{}, fmt.Errorf("stored outcome: %w", err)
	}
	return mail.Outcome{
		Verdict: o.Verdict, Code: o.Code, Detail: o.Detail, Text: o.Text, Remote: o.Remote, RemoteID: o.RemoteID,
		Relayed: o.Relayed, Reports: o.Reports, Absent: o.Absent, Alarm: o.Alarm, RetryAfter: time.Duration(o.After) * time.Microsecond,
	}, nil
}

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
	var d head
	if err := json.Unmarshal(h, &d); err != nil {
		return r, fmt.Errorf("stored mail %s: %w", m.ID, err)
	}
	m.Received, r.expires, r.finished = fromMicros(received), fromMicros(expires), fromMicros(finished)
	m.Subject = d.Subject
	m.Source.Kind, m.Source.Client, m.Source.User, m.Source.Stranger = d.Kind, d.Client, d.User, d.Stranger
	e := &m.Envelope
	e.SMTPUTF8, e.EightBit, e.RequireTLS, e.Ret, e.EnvID = d.UTF8, d.EightBit, d.RequireTLS, d.Ret, d.EnvID
	m.Body = &body{id: m.ID, size: size}
	return r, nil
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
	r.Last, err = decodeOutcome(o)
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
	o, err := encodeOutcomeOrNil(r)
	if err != nil {
		return err
	}
	return t.exec(`UPDATE recipient SET state = ?, since = ?, next = ?, attempts = ?, doubt = ?, token = ?, until = ?,
		worker = ?, outcome = ?, owes = ?, warned = ? WHERE mail = ? AND n = ?`,
		int(r.State), micros(r.Since), micros(r.Next), r.Attempts, r.Doubt, r.token, r.until,
		r.Worker, o, int(r.owes), r.warned, string(id), r.Index)
}

// encodeOutcomeOrNil leaves the column NULL before the first attempt.
func encodeOutcomeOrNil(r *recipientRow) ([]byte, error) {
	if r.Last == (mail.Outcome{}) {
		return nil, nil
	}
	return encodeOutcome(r.Last)
}

// event adds to the story of a mail.
func (t *tx) event(id mail.ID, e queue.Event) error {
	var o []byte
	if e.Kind == queue.EventTried || e.Kind == queue.EventLate {
		var err error
		if o, err = encodeOutcome(e.Outcome); err != nil {
			return err
		}
	}
	return t.exec(`INSERT INTO event (mail, at, kind, n, state, attempt, worker, text, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(id), t.serial(), string(e.Kind), e.Recipient, int(e.State), e.Attempt, e.Worker, cut(e.Text), o)
}
