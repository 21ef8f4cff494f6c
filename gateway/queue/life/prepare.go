package life

import (
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A Prepared entry has all that an engine stores of a new mail, but for its body.
type Prepared struct {
	queue.Entry
	// Head is the stored form of what nothing searches for.
	Head []byte
	// Expires is when trying ends.
	Expires time.Time
}

// Prepare checks an entry, and gives it what it has not: a time, and an id.
func Prepare(e queue.Entry, p queue.Policy, now time.Time) (Prepared, error) {
	m := &e.Mail
	if len(m.Envelope.Recipients) == 0 || len(e.Legs) != len(m.Envelope.Recipients) {
		return Prepared{}, fmt.Errorf("%d recipients with %d legs", len(m.Envelope.Recipients), len(e.Legs))
	}
	if m.Received.IsZero() {
		m.Received = now
	}
	if m.ID == "" {
		m.ID = mail.NewID(now)
	}
	if !m.ID.Valid() {
		return Prepared{}, fmt.Errorf("bad id %q", m.ID)
	}
	age := p.Expire
	if m.Envelope.From == "" {
		age = p.ExpireReports
	}
	head, err := EncodeHead(m)
	return Prepared{Entry: e, Head: head, Expires: Later(m.Received, e.NotBefore).Add(age)}, err
}

// State is the first one of its recipients.
func (p *Prepared) State() queue.State {
	if p.Hold {
		return queue.Held
	}
	return queue.Waiting
}
