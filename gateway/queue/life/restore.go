package life

import (
	"errors"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Restore gives a saved mail the form in which an engine keeps it; Changed has all recipients. The body is the engine's to store.
func Restore(s queue.Saved, p queue.Policy, now time.Time) (*Turn, error) {
	rec := &s.Record
	if !rec.Mail.ID.Valid() || len(rec.Recipients) == 0 || rec.Mail.Received.IsZero() {
		return nil, fmt.Errorf("mail %q is not whole: it needs an id, a time and recipients", string(rec.Mail.ID))
	}
	t := &Turn{Policy: p, Now: now, Mail: &Mail{
		Mail: rec.Mail, Expires: rec.Expires, Body: s.Body != nil, Open: len(rec.Recipients), Settled: true,
	}}
	for i, status := range rec.Recipients {
		r := Recipient{Status: status}
		if r.Index != i {
			return nil, fmt.Errorf("mail %s: recipient %d stands at place %d", rec.Mail.ID, r.Index, i)
		}
		if err := r.restore(s.Hold, now); err != nil {
			return nil, fmt.Errorf("mail %s: %w", rec.Mail.ID, err)
		}
		t.Settled = t.Settled && r.State == queue.Settled
		t.Recipients = append(t.Recipients, r)
	}
	for i := range t.Recipients {
		t.Changed = append(t.Changed, &t.Recipients[i])
	}
	t.Events = append(t.Events, s.Events...)
	if !s.Here {
		t.Events = append(t.Events, queue.Event{At: now, Kind: queue.EventOperator, Recipient: -1, Text: "restored from another queue"})
	}
	if err := t.end(); err != nil {
		return nil, err
	}
	if !rec.Finished.IsZero() && t.Open == 0 {
		t.Finished = rec.Finished
	}
	if t.Open > 0 && !t.Body {
		return nil, errors.New("a mail that has something left to do needs its body")
	}
	t.Occupies = 0
	if t.Open > 0 {
		t.Occupies = 1
	}
	t.Forget = false // it was kept where it comes from: so be it here
	return t, nil
}

// restore makes good what the other queue cannot say any more.
func (r *Recipient) restore(hold bool, now time.Time) error {
	if _, err := queue.ParseState(r.State.String()); err != nil {
		return err
	}
	if r.State == queue.Leased { // by somebody who will report to the other queue
		r.State, r.Doubt, r.Worker = queue.Unknown, true, ""
	}
	r.Doubt = r.Doubt || r.State == queue.Unknown
	switch r.State {
	case queue.Waiting, queue.Unknown:
		if r.Next.IsZero() {
			r.Next = now
		}
		if hold {
			r.State, r.Since = queue.Held, now
		}
	}
	if r.Last == (mail.Outcome{}) && r.State.Final() && r.State != queue.Settled {
		return fmt.Errorf("recipient %d is %v, and nothing says why", r.Index, r.State)
	}
	return nil
}
