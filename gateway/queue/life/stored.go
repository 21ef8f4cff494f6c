package life

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// head is the parts of a mail that nothing searches for. The names are stored.
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

// EncodeHead gives the stored form of the parts of a mail that nothing searches for.
func EncodeHead(m *mail.Mail) ([]byte, error) {
	return json.Marshal(head{
		Subject: m.Subject, Kind: m.Source.Kind, Client: m.Source.Client, User: m.Source.User, Stranger: m.Source.Stranger,
		UTF8: m.Envelope.SMTPUTF8, EightBit: m.Envelope.EightBit, RequireTLS: m.Envelope.RequireTLS,
		Ret: m.Envelope.Ret, EnvID: m.Envelope.EnvID,
	})
}

// DecodeHead is the opposite of EncodeHead: it fills those parts of m.
func DecodeHead(b []byte, m *mail.Mail) error {
	var d head
	if err := json.Unmarshal(b, &d); err != nil {
		return fmt.Errorf("stored mail %s: %w", m.ID, err)
	}
	m.Subject = d.Subject
	m.Source.Kind, m.Source.Client, m.Source.User, m.Source.Stranger = d.Kind, d.Client, d.User, d.Stranger
	e := &m.Envelope
	e.SMTPUTF8, e.EightBit, e.RequireTLS, e.Ret, e.EnvID = d.UTF8, d.EightBit, d.RequireTLS, d.Ret, d.EnvID
	return nil
}

// outcome is the stored form of a mail.Outcome. The names are stored.
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
	Lost     int          `json:"lost,omitempty"`
	After    int64        `json:"after,omitempty"` // microseconds
}

// maxText bounds in bytes what a remote host's words may take in the database.
const maxText = 2000

// EncodeOutcome gives the stored form of an outcome: nil for the zero one, which is none.
func EncodeOutcome(o mail.Outcome) ([]byte, error) {
	if o == (mail.Outcome{}) {
		return nil, nil
	}
	return json.Marshal(outcome{
		Verdict: o.Verdict, Code: o.Code, Detail: o.Detail, Text: Cut(o.Text), Remote: Cut(o.Remote), RemoteID: Cut(o.RemoteID),
		Relayed: o.Relayed, Reports: o.Reports, Absent: o.Absent, Alarm: o.Alarm, Lost: o.Unanswered, After: o.RetryAfter.Microseconds(),
	})
}

// DecodeOutcome is the opposite of EncodeOutcome.
func DecodeOutcome(b []byte) (mail.Outcome, error) {
	if len(b) == 0 {
		return mail.Outcome{}, nil
	}
	var o outcome
	if err := json.Unmarshal(b, &o); err != nil {
		return mail.Outcome{}, fmt.Errorf("stored outcome: %w", err)
	}
	return mail.Outcome{
		Verdict: o.Verdict, Code: o.Code, Detail: o.Detail, Text: o.Text, Remote: o.Remote, RemoteID: o.RemoteID,
		Relayed: o.Relayed, Reports: o.Reports, Absent: o.Absent, Alarm: o.Alarm, Unanswered: o.Lost, RetryAfter: time.Duration(o.After) * time.Microsecond,
	}, nil
}

// Cut bounds what somebody else wrote.
func Cut(s string) string {
	if len(s) > maxText {
		return s[:maxText] + "…"
	}
	return s
}

// Micros is a time as it is stored: microseconds since 1970, 0 for no time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// FromMicros is the opposite of Micros.
func FromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
