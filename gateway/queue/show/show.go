// Package show gives what is in the queue the shape in which the command line and the operator's API tell it. Scripts
// of others rely on these names: add, never change.
package show

import (
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A Mail is one mail with where each recipient stands.
type Mail struct {
	ID         mail.ID     `json:"id"`
	Received   time.Time   `json:"received"`
	Expires    time.Time   `json:"expires"`
	Finished   *time.Time  `json:"finished,omitempty"`
	From       string      `json:"from"`
	Subject    string      `json:"subject"`
	MessageID  string      `json:"message_id"`
	Size       int64       `json:"size"`
	Source     Source      `json:"source"`
	Recipients []Recipient `json:"recipients"`
	Events     []Event     `json:"events,omitempty"`
}

// A Source is where a mail came from.
type Source struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Client string `json:"client,omitempty"`
	User   string `json:"user,omitempty"`
	// Stranger says that nobody vouches for the client.
	Stranger bool   `json:"stranger,omitempty"`
	Claim    string `json:"claim,omitempty"`
}

// A Recipient is one recipient.
type Recipient struct {
	Address     string     `json:"address"`
	State       string     `json:"state"`
	Since       time.Time  `json:"since"`
	Attempts    int        `json:"attempts"`
	Next        *time.Time `json:"next,omitempty"`
	Courier     string     `json:"courier"`
	Route       string     `json:"route"`
	Destination string     `json:"destination"`
	Doubt       bool       `json:"may_be_delivered,omitempty"`
	Worker      string     `json:"worker,omitempty"`
	Last        *Outcome   `json:"last,omitempty"`
}

// An Outcome is what an attempt gave.
type Outcome struct {
	Verdict  string `json:"verdict"`
	Status   string `json:"status"`
	Code     int    `json:"code,omitempty"`
	Text     string `json:"text,omitempty"`
	Remote   string `json:"remote,omitempty"`
	RemoteID string `json:"remote_id,omitempty"`
	Alarm    bool   `json:"alarm,omitempty"`
}

// An Event is a step in the story of a mail.
type Event struct {
	At        time.Time `json:"at"`
	Kind      string    `json:"kind"`
	Recipient string    `json:"recipient,omitempty"`
	State     string    `json:"state,omitempty"`
	Attempt   int       `json:"attempt,omitempty"`
	Worker    string    `json:"worker,omitempty"`
	Text      string    `json:"text,omitempty"`
	Outcome   *Outcome  `json:"outcome,omitempty"`
}

// A Depth is how many recipients of a courier are in a state.
type Depth struct {
	Courier string `json:"courier"`
	State   string `json:"state"`
	Count   int64  `json:"count"`
}

// Of gives a record its shape, with its events where they are known.
func Of(r queue.Record, events []queue.Event) Mail {
	m := Mail{
		ID: r.Mail.ID, Received: r.Mail.Received, Expires: r.Expires, Finished: timeOrNil(r.Finished), From: r.Mail.Envelope.From,
		Subject: r.Mail.Subject, MessageID: r.Mail.MessageID, Size: r.Mail.Body.Size(), Source: Source(r.Mail.Source),
		Recipients: []Recipient{},
	}
	for _, s := range r.Recipients {
		m.Recipients = append(m.Recipients, Recipient{
			Address: s.Address, State: s.State.String(), Since: s.Since, Attempts: s.Attempts, Next: timeOrNil(s.Next),
			Courier: s.Courier, Route: s.Route, Destination: s.Destination, Doubt: s.Doubt, Worker: s.Worker, Last: outcome(s.Last),
		})
	}
	for _, e := range events {
		m.Events = append(m.Events, event(r, e))
	}
	return m
}

// Page gives the records of a page their shape.
func Page(p queue.Page) []Mail {
	mails := []Mail{}
	for _, r := range p.Records {
		mails = append(mails, Of(r, nil))
	}
	return mails
}

// Depths gives the figures of a queue their shape.
func Depths(s queue.Stats) []Depth {
	depths := []Depth{}
	for _, d := range s.Depths {
		depths = append(depths, Depth{d.Courier, d.State.String(), d.Count})
	}
	return depths
}

func event(r queue.Record, e queue.Event) Event {
	v := Event{At: e.At, Kind: string(e.Kind), Attempt: e.Attempt, Worker: e.Worker, Text: e.Text, Outcome: outcome(e.Outcome)}
	if e.Recipient >= 0 && e.Recipient < len(r.Recipients) {
		v.Recipient = r.Recipients[e.Recipient].Address
	}
	if e.State != 0 {
		v.State = e.State.String()
	}
	return v
}

func outcome(o mail.Outcome) *Outcome {
	if o == (mail.Outcome{}) {
		return nil
	}
	return &Outcome{
		Verdict: o.Verdict.String(), Status: o.Status(), Code: o.Code, Text: o.Text, Remote: o.Remote, RemoteID: o.RemoteID, Alarm: o.Alarm,
	}
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
