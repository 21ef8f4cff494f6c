package life

import (
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A Mail is one mail as an engine keeps it, with those of its recipients that a change is about.
type Mail struct {
	Mail              mail.Mail
	Expires, Finished time.Time
	// Keep is when to purge it; zero while anything is left to do.
	Keep time.Time
	// Body says that the body is still kept.
	Body bool
	// Open counts the recipients that are not final, of all.
	Open int
	// Flawed says that some recipient failed or expired, Settled that the claim has been settled.
	Flawed, Settled bool
	Recipients      []Recipient
	// Elsewhere counts those recipients that are not here and owe a report; nil when all are here.
	Elsewhere func() (int, error)
}

// A Turn is one change of one mail. An engine loads and locks the mail, lets a method of the turn decide, and stores what
// that has left in the turn: changed recipients, events, the mail when Altered, and no body when Forget.
type Turn struct {
	Policy queue.Policy
	Now    time.Time
	// Again says that the same turn was made before, and may have been stored then: the answer was lost.
	Again bool

	*Mail
	Changed []*Recipient
	Events  []queue.Event
	// Topics are those to wake when it is stored.
	Topics []queue.Topic
	// Altered says that something of the mail beside its recipients has changed.
	Altered bool
	// Forget says that the body is of no use any more.
	Forget bool
	// Occupies is 1 when the mail has something to do again, -1 when nothing is left to do.
	Occupies int64
}

// find gives the recipient with that place in the envelope, or nil.
func (t *Turn) find(index int) *Recipient {
	for i := range t.Recipients {
		if t.Recipients[i].Index == index {
			return &t.Recipients[i]
		}
	}
	return nil
}

// changed notes that a recipient must be stored.
func (t *Turn) changed(r *Recipient, e queue.Event) {
	t.Changed = append(t.Changed, r)
	t.Events = append(t.Events, e)
}

// Report applies the outcomes of an attempt. late says that somebody else has taken over some recipient.
func (t *Turn) Report(g queue.Group, outcomes []mail.Outcome) (states []queue.State, late bool, err error) {
	j := Judge{Policy: t.Policy, From: t.Mail.Mail.Envelope.From, Received: t.Mail.Mail.Received, Expires: t.Expires, Now: t.Now, Chance: queue.Chance()}
	for i, item := range g.Items {
		r := t.find(item.Index)
		if r == nil {
			return nil, false, fmt.Errorf("%s has no recipient %d for %s", g.Lease.Mail, item.Index, g.Destination)
		}
		same := r.Token == g.Lease.Token
		switch {
		case t.Again && same && r.State != queue.Leased && r.Attempts == item.Attempt && r.Last.Verdict == outcomes[i].Verdict:
			// The first try did it, and its answer was lost.
		case same && (r.State == queue.Leased || r.State == queue.Unknown):
			// Some may be Unknown because the lease has lapsed, but nobody else has had them since.
			e, err := j.Apply(r, outcomes[i])
			if err != nil {
				return nil, false, fmt.Errorf("%s: %w", g.Lease.Mail, err)
			}
			if r.Owes != 0 {
				t.Topics = append(t.Topics, queue.ReportTopic())
			}
			t.changed(r, e)
		default:
			late = true
			t.Events = append(t.Events, queue.Event{
				Kind: queue.EventLate, Recipient: r.Index, State: r.State, Attempt: item.Attempt, Outcome: outcomes[i],
			})
		}
		states = append(states, r.State)
	}
	return states, late, t.end()
}

// GiveBack returns what is leased under the token untried, or fails with ErrLeaseLost.
func (t *Turn) GiveBack(token int64, notBefore time.Time) error {
	for i := range t.Recipients {
		r := &t.Recipients[i]
		if r.Token != token || r.State != queue.Leased {
			continue
		}
		if err := r.GiveBack(t.Now, notBefore); err != nil {
			return err
		}
		t.Changed = append(t.Changed, r)
		t.Topics = append(t.Topics, queue.CourierTopic(r.Courier))
	}
	if len(t.Changed) == 0 {
		return queue.ErrLeaseLost
	}
	return nil
}

// Lapse ends the leases that hold until then or less. What was in doubt before waits as after any attempt: it may be what makes its couriers
// die.
func (t *Turn) Lapse(until time.Time) error {
	chance := queue.Chance()
	for i := range t.Recipients {
		r := &t.Recipients[i]
		if r.State != queue.Leased || r.Until.After(until) {
			continue
		}
		next := t.Now
		if r.Doubt {
			next = t.Now.Add(t.Policy.Wait(r.Attempts, 0, chance))
		}
		e, err := r.Lapse(t.Now, next)
		if err != nil {
			return err
		}
		t.changed(r, e)
		t.Topics = append(t.Topics, queue.CourierTopic(r.Courier))
	}
	return nil
}

// Operate makes the change of an operator on all recipients that are wanted and allow it, and says how many those were.
func (t *Turn) Operate(c queue.Change, why string, wanted func(*queue.Status) bool) (int, error) {
	if c == queue.Revive && !t.Body {
		return 0, fmt.Errorf("%w: its body is no longer kept", queue.ErrState)
	}
	for i := range t.Recipients {
		r := &t.Recipients[i]
		if !wanted(&r.Status) {
			continue
		}
		e, done, err := r.Operate(c, why, t.Now)
		if err != nil {
			return 0, err
		}
		if !done {
			continue
		}
		t.changed(r, e)
		t.Topics = append(t.Topics, queue.CourierTopic(r.Courier))
		if r.Was.Final() && !r.State.Final() { // it gets its whole time again
			t.Finished, t.Expires = time.Time{}, t.Now.Add(t.Policy.Expire)
		}
	}
	if len(t.Changed) == 0 {
		return 0, fmt.Errorf("%w: no recipient allows it", queue.ErrState)
	}
	return len(t.Changed), t.end()
}

// Pay notes that the sender has been told. report is the id of what was sent, or "" when there was nothing to send after all.
func (t *Turn) Pay(d queue.Debt, report mail.ID) error {
	text := string(report)
	if report == "" {
		text = "nothing to send"
	}
	for _, s := range d.Recipients {
		r := t.find(s.Index)
		if r == nil {
			return fmt.Errorf("%w: a %v report on %s recipient %d is not owed", queue.ErrState, d.Kind, d.Mail.ID, s.Index)
		}
		e, err := r.Pay(d.Kind, report != "", text, t.Now)
		if err != nil {
			return fmt.Errorf("%s: %w", d.Mail.ID, err)
		}
		t.changed(r, e)
	}
	return t.end()
}

// Settle notes that the source has been told. Settling again changes nothing.
func (t *Turn) Settle() error {
	if t.Settled {
		return nil
	}
	for i := range t.Recipients {
		r := &t.Recipients[i]
		if err := r.Settle(t.Now); err != nil {
			return err
		}
		t.Changed = append(t.Changed, r)
	}
	t.Settled = true
	t.Events = append(t.Events, queue.Event{Kind: queue.EventSettled, Recipient: -1})
	return t.end()
}

// end finishes the mail when the last of its recipients is final, and when nothing is left to do for it sets the time for purging it.
func (t *Turn) end() error {
	if len(t.Changed) == 0 {
		return nil // all came too late: how long the mail is kept has been said
	}
	was := t.Open
	for _, r := range t.Changed {
		switch was, is := r.Was.Final(), r.State.Final(); {
		case was && !is:
			t.Open++
		case !was && is:
			t.Open--
			t.Flawed = t.Flawed || r.State != queue.Delivered && r.Last.Verdict != mail.Delivered
		}
	}
	t.Altered = t.Altered || t.Open != was || t.Open == 0
	switch {
	case was > 0 && t.Open == 0:
		t.Occupies = -1
	case was == 0 && t.Open > 0:
		t.Occupies = 1
	}
	if t.Open == 0 && was > 0 {
		t.Finished = t.Now
	}
	t.Keep = time.Time{}
	if t.Open > 0 {
		return nil
	}
	if owing, err := t.owing(); err != nil || owing > 0 {
		return err
	}
	if t.Mail.Mail.Source.Claim != "" && !t.Settled {
		t.Topics = append(t.Topics, queue.SettleTopic(t.Mail.Mail.Source.Name))
		return nil
	}
	t.keep()
	return nil
}

// owing counts the recipients whose sender must still hear something.
func (t *Turn) owing() (n int, err error) {
	if t.Elsewhere != nil {
		if n, err = t.Elsewhere(); err != nil {
			return 0, err
		}
	}
	for i := range t.Recipients {
		if t.Recipients[i].Owes != 0 {
			n++
		}
	}
	return n, nil
}

// keep says how long the mail is kept, now that it is done. Without a flaw its body is of no use any more.
func (t *Turn) keep() {
	if t.Flawed {
		t.Keep = t.Now.Add(t.Policy.KeepFailed)
		return
	}
	t.Keep = t.Now.Add(t.Policy.KeepDelivered)
	t.Forget, t.Body = t.Body, false
}
