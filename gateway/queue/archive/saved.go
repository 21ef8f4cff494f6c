package archive

import (
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// saved is an ID.json. The names are stored: add, never change.
type saved struct {
	Format     int         `json:"format"`
	ID         mail.ID     `json:"id"`
	Received   time.Time   `json:"received"`
	Expires    time.Time   `json:"expires"`
	Finished   time.Time   `json:"finished,omitzero"`
	MessageID  string      `json:"message_id,omitempty"`
	Subject    string      `json:"subject,omitempty"`
	Size       int64       `json:"size"`
	From       string      `json:"from"`
	UTF8       bool        `json:"utf8,omitempty"`
	EightBit   bool        `json:"8bit,omitempty"`
	RequireTLS bool        `json:"requiretls,omitempty"`
	Ret        string      `json:"ret,omitempty"`
	EnvID      string      `json:"envid,omitempty"`
	Source     source      `json:"source"`
	Recipients []recipient `json:"recipients"`
	Events     []event     `json:"events,omitempty"`
}

type source struct {
	Kind     string `json:"kind,omitempty"`
	Name     string `json:"name,omitempty"`
	Client   string `json:"client,omitempty"`
	User     string `json:"user,omitempty"`
	Stranger bool   `json:"stranger,omitempty"`
	Claim    string `json:"claim,omitempty"`
}

type recipient struct {
	Address     string      `json:"address"`
	Notify      mail.Notify `json:"notify,omitempty"`
	Orig        string      `json:"orig,omitempty"`
	Courier     string      `json:"courier"`
	Route       string      `json:"route,omitempty"`
	Destination string      `json:"destination,omitempty"`
	State       string      `json:"state"`
	Since       time.Time   `json:"since,omitzero"`
	Attempts    int         `json:"attempts,omitempty"`
	Next        time.Time   `json:"next,omitzero"`
	Doubt       bool        `json:"doubt,omitempty"`
	Owes        queue.Kind  `json:"owes,omitempty"`
	Warned      bool        `json:"warned,omitempty"`
	Last        *outcome    `json:"last,omitempty"`
}

type event struct {
	At        time.Time       `json:"at"`
	Kind      queue.EventKind `json:"kind"`
	Recipient int             `json:"recipient"`
	State     string          `json:"state,omitempty"`
	Attempt   int             `json:"attempt,omitempty"`
	Worker    string          `json:"worker,omitempty"`
	Text      string          `json:"text,omitempty"`
	Outcome   *outcome        `json:"outcome,omitempty"`
}

type outcome struct {
	Verdict    mail.Verdict  `json:"verdict"`
	Code       int           `json:"code,omitempty"`
	Detail     string        `json:"detail,omitempty"`
	Text       string        `json:"text,omitempty"`
	Remote     string        `json:"remote,omitempty"`
	RemoteID   string        `json:"remote_id,omitempty"`
	Relayed    bool          `json:"relayed,omitempty"`
	Reports    bool          `json:"reports,omitempty"`
	Absent     bool          `json:"absent,omitempty"`
	Findable   bool          `json:"-"`
	Reach      mail.Reach    `json:"-"`
	Alarm      bool          `json:"alarm,omitempty"`
	Unanswered int           `json:"unanswered,omitempty"`
	Untried    bool          `json:"-"`
	RetryAfter time.Duration `json:"retry_after_ns,omitempty"`
}

// format is the newest that this program knows.
const format = 1

func encode(rec queue.Record, events []queue.Event) saved {
	m, e := &rec.Mail, &rec.Mail.Envelope
	s := saved{
		Format: format, ID: m.ID, Received: m.Received, Expires: rec.Expires, Finished: rec.Finished, MessageID: m.MessageID,
		Subject: m.Subject, Size: m.Body.Size(), From: e.From, UTF8: e.SMTPUTF8, EightBit: e.EightBit, RequireTLS: e.RequireTLS,
		Ret: e.Ret, EnvID: e.EnvID, Source: source(m.Source),
	}
	for i := range rec.Recipients {
		r := &rec.Recipients[i]
		s.Recipients = append(s.Recipients, recipient{
			Address: r.Address, Notify: r.Notify, Orig: r.OrigRecipient, Courier: r.Courier, Route: r.Route, Destination: r.Destination,
			State: r.State.String(), Since: r.Since, Attempts: r.Attempts, Next: r.Next, Doubt: r.Doubt, Owes: r.Owes, Warned: r.Warned,
			Last: encodeOutcome(r.Last),
		})
	}
	for _, v := range events {
		state := ""
		if v.State != 0 {
			state = v.State.String()
		}
		s.Events = append(s.Events, event{
			At: v.At, Kind: v.Kind, Recipient: v.Recipient, State: state, Attempt: v.Attempt, Worker: v.Worker, Text: v.Text,
			Outcome: encodeOutcome(v.Outcome),
		})
	}
	return s
}

func encodeOutcome(o mail.Outcome) *outcome {
	if o == (mail.Outcome{}) {
		return nil
	}
	v := outcome(o)
	return &v
}

func decodeOutcome(o *outcome) mail.Outcome {
	if o == nil {
		return mail.Outcome{}
	}
	return mail.Outcome(*o)
}

// decode is the opposite of encode; the body is not in it.
func (s *saved) decode() (*queue.Saved, error) {
	if s.Format < 1 || s.Format > format {
		return nil, fmt.Errorf("it has format %d, this program knows up to %d", s.Format, format)
	}
	m := mail.Mail{
		ID: s.ID, Received: s.Received, MessageID: s.MessageID, Subject: s.Subject, Source: mail.Source(s.Source),
		Envelope: mail.Envelope{From: s.From, SMTPUTF8: s.UTF8, EightBit: s.EightBit, RequireTLS: s.RequireTLS, Ret: s.Ret, EnvID: s.EnvID},
	}
	whole := &queue.Saved{Record: queue.Record{Mail: m, Expires: s.Expires, Finished: s.Finished}}
	for i, r := range s.Recipients {
		state, err := queue.ParseState(r.State)
		if err != nil {
			return nil, err
		}
		to := mail.Recipient{Address: r.Address, Notify: r.Notify, OrigRecipient: r.Orig}
		whole.Record.Mail.Envelope.Recipients = append(whole.Record.Mail.Envelope.Recipients, to)
		whole.Record.Recipients = append(whole.Record.Recipients, queue.Status{
			Recipient: to, Leg: queue.Leg{Courier: r.Courier, Route: r.Route, Destination: r.Destination}, Index: i, State: state, Since: r.Since,
			Attempts: r.Attempts, Next: r.Next, Doubt: r.Doubt, Owes: r.Owes, Warned: r.Warned, Last: decodeOutcome(r.Last),
		})
	}
	for _, v := range s.Events {
		var state queue.State
		if v.State != "" {
			var err error
			if state, err = queue.ParseState(v.State); err != nil {
				return nil, err
			}
		}
		whole.Events = append(whole.Events, queue.Event{
			At: v.At, Kind: v.Kind, Recipient: v.Recipient, State: state, Attempt: v.Attempt, Worker: v.Worker, Text: v.Text,
			Outcome: decodeOutcome(v.Outcome),
		})
	}
	return whole, nil
}
