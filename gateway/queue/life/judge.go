package life

import (
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A Judge applies outcomes to the recipients of one mail.
type Judge struct {
	Policy queue.Policy
	// From and Received are those of the mail.
	From     string
	Received time.Time
	// Expires is when trying ends.
	Expires time.Time
	Now     time.Time
	// Chance, from 0 to 1, is that of all recipients: what failed together comes back together, as one group again.
	Chance float64
}

// Apply moves the recipient as the outcome of an attempt says, and tells the story.
func (j Judge) Apply(r *Recipient, o mail.Outcome) (queue.Event, error) {
	worker := r.Worker
	r.Attempts++
	o.Unanswered = unanswered(r.Last.Unanswered, o)
	c := j.change(o, r.Doubt && !o.Absent)
	var next time.Time
	switch c {
	case queue.Defer, queue.Doubt:
		next = j.Now.Add(j.Policy.Wait(r.Attempts, o.RetryAfter, j.Chance))
	}
	if err := r.Change(c, j.Now, next); err != nil {
		return queue.Event{}, err
	}
	switch {
	case c == queue.Doubt:
		r.Doubt = true
	case o.Absent:
		r.Doubt = false
	}
	o.Findable, o.Reach = false, 0 // which are not stored: the count has told the one, the courier the other
	r.Last = o
	r.Until, r.Worker = time.Time{}, ""
	j.debts(r, c, o)
	return queue.Event{
		Kind: queue.EventTried, Recipient: r.Index, State: r.State, Attempt: r.Attempts, Outcome: o, Worker: worker,
	}, nil
}

// unanswered counts the attempts whose answers were lost and that nobody can look for, this one included. A definite answer is none of
// them, whatever an earlier attempt has left in doubt.
func unanswered(before int, o mail.Outcome) int {
	switch {
	case o.Absent:
		return 0
	case o.Verdict == mail.Unknown && !o.Findable:
		return before + 1
	}
	return before
}

// change turns an outcome into what happens to the recipient. One that may have the mail from an earlier attempt still
// may after a failed one. Trying ends with the time, or when it has perhaps delivered too often.
func (j Judge) change(o mail.Outcome, doubt bool) queue.Change {
	lost := o.Verdict == mail.Unknown && !o.Findable && o.Unanswered > max(j.Policy.Unanswered, 0)
	switch over := lost || !j.Now.Before(j.Expires); {
	case o.Verdict == mail.Delivered:
		return queue.Deliver
	case o.Verdict == mail.Failed:
		return queue.Fail
	case over:
		return queue.Expire
	case o.Verdict == mail.Unknown || doubt:
		return queue.Doubt
	}
	return queue.Defer
}

// debts says what the sender must hear of. RFC 3461 5.2, RFC 5321 6.1: nothing goes to the null sender.
func (j Judge) debts(r *Recipient, c queue.Change, o mail.Outcome) {
	if j.From == "" {
		return
	}
	switch c {
	case queue.Deliver:
		r.Owes = 0
		if r.Notify.WantsSuccess() && !o.Reports {
			r.Owes = queue.Success
		}
	case queue.Fail, queue.Expire:
		r.Owes = 0
		if r.Notify.WantsFailure() {
			r.Owes = queue.Failure
		}
	case queue.Defer, queue.Doubt:
		late := j.Policy.Warn > 0 && !j.Now.Before(j.Received.Add(j.Policy.Warn))
		if late && !r.Warned && r.Notify.WantsDelay() {
			r.Owes, r.Warned = r.Owes|queue.Delay, true
		}
	}
}
