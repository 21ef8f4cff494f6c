package queuetest

import (
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// An imagined mail is what the model knows of one. It says in the plainest way what the contract promises, and shares nothing with
// the engines but the transition table.
type imagined struct {
	id                mail.ID
	from, claim       string
	received, expires time.Time
	to                []*imaginedTo
	flawed, settled   bool
	keep              time.Time // zero while anything is left to do
}

// An imaginedTo is one recipient.
type imaginedTo struct {
	index       int
	notify      mail.Notify
	destination string
	state       queue.State
	attempts    int
	doubt       bool
	lost        int // answers since somebody looked, or for ever
	token       int64
	until, next time.Time
	owes        queue.Kind
	warned      bool
}

// imagine is what putting an entry makes.
func imagine(id mail.ID, e queue.Entry, now time.Time) *imagined {
	p := testPolicy()
	i := &imagined{id: id, from: e.Mail.Envelope.From, claim: e.Mail.Source.Claim, received: now}
	due := now
	if e.NotBefore.After(now) {
		due = e.NotBefore
	}
	if i.expires = due.Add(p.Expire); i.from == "" {
		i.expires = due.Add(p.ExpireReports)
	}
	for n, r := range e.Mail.Envelope.Recipients {
		state := queue.Waiting
		if e.Hold {
			state = queue.Held
		}
		i.to = append(i.to, &imaginedTo{index: n, notify: r.Notify, destination: e.Legs[n].Destination, state: state, next: due})
	}
	return i
}

func (to *imaginedTo) waits() bool { return to.state == queue.Waiting || to.state == queue.Unknown }

// due gives what could be leased, by destination.
func (i *imagined) due(now time.Time) map[string][]*imaginedTo {
	due := map[string][]*imaginedTo{}
	for _, to := range i.to {
		if to.waits() && !to.next.After(now) {
			due[to.destination] = append(due[to.destination], to)
		}
	}
	return due
}

// working counts the groups at work for a destination: what one lease has taken.
func (i *imagined) working(destination string) int {
	groups := map[int64]bool{}
	for _, to := range i.to {
		if to.state == queue.Leased && to.destination == destination {
			groups[to.token] = true
		}
	}
	return len(groups)
}

// lapse ends leases that have run out.
func (i *imagined) lapse(now time.Time) {
	for _, to := range i.to {
		if to.state == queue.Leased && !to.until.After(now) {
			to.next = now
			if to.doubt {
				to.next = now.Add(testPolicy().Wait(to.attempts, 0, 0))
			}
			to.state, to.doubt = queue.Unknown, true
			to.attempts++
		}
	}
}

// judge says what an outcome means for a recipient, and notes all of it but the state.
func (i *imagined) judge(to *imaginedTo, o mail.Outcome, now time.Time) queue.Change {
	to.attempts++
	doubt := to.doubt && !o.Absent
	lost := o.Verdict == mail.Unknown && !o.Findable && !o.Absent // nothing else does: neither a definite answer nor one to look for
	if lost {
		to.lost++
	} else if o.Absent {
		to.lost = 0
	}
	over := !now.Before(i.expires) || lost && to.lost > testPolicy().Unanswered
	c := queue.Defer
	switch {
	case o.Verdict == mail.Delivered:
		c = queue.Deliver
	case o.Verdict == mail.Failed:
		c = queue.Fail
	case over:
		c = queue.Expire
	case o.Verdict == mail.Unknown || doubt:
		c = queue.Doubt
	}
	if o.Absent {
		to.doubt = false
	}
	if c == queue.Doubt {
		to.doubt = true
	}
	to.next = now.Add(testPolicy().Wait(to.attempts, 0, 0))
	i.flawed = i.flawed || c == queue.Fail || c == queue.Expire
	return c
}

// owe notes what the sender must hear of, after judge and the change of state.
func (i *imagined) owe(to *imaginedTo, o mail.Outcome, now time.Time) {
	if i.from == "" {
		return
	}
	late := !now.Before(i.received.Add(testPolicy().Warn))
	switch {
	case to.state == queue.Delivered:
		to.owes = 0
		if to.notify&mail.NotifySuccess != 0 && !o.Reports {
			to.owes = queue.Success
		}
	case to.state.Final():
		to.owes = 0
		if to.notify == 0 || to.notify&mail.NotifyFailure != 0 {
			to.owes = queue.Failure
		}
	case late && !to.warned && (to.notify == 0 || to.notify&mail.NotifyDelay != 0):
		to.owes, to.warned = to.owes|queue.Delay, true
	}
}

// finished tells whether no recipient will be tried any more.
func (i *imagined) finished() bool {
	for _, to := range i.to {
		if !to.state.Final() {
			return false
		}
	}
	return true
}

func (i *imagined) owing() bool {
	for _, to := range i.to {
		if to.owes != 0 {
			return true
		}
	}
	return false
}

// settleable tells whether the source can be told.
func (i *imagined) settleable() bool {
	return i.claim != "" && !i.settled && i.finished() && !i.owing()
}

// finish sets the time of purging when nothing is left to do.
func (i *imagined) finish(now time.Time) {
	if !i.finished() || i.owing() || i.settleable() {
		i.keep = time.Time{}
		return
	}
	if !i.keep.IsZero() {
		return
	}
	i.keep = now.Add(testPolicy().KeepDelivered)
	if i.flawed {
		i.keep = now.Add(testPolicy().KeepFailed)
	}
}
