package courier

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

const (
	// reportFirst and reportMost are the waits between tries to store outcomes.
	reportFirst = 100 * time.Millisecond
	reportMost  = 5 * time.Second
	// reportTime limits one such try.
	reportTime = 30 * time.Second
)

// report stores the outcomes and writes the log. It goes on when ctx has ended: what is known must not be lost.
func (c *Courier) report(ctx context.Context, g queue.Group, outcomes []mail.Outcome, tried bool, began time.Time) {
	took := c.opts.Clock().Sub(began)
	states, err := c.store(ctx, g, outcomes)
	if err != nil {
		c.log.Error("cannot report", "msg", g.Mail.ID, "error", err)
	}
	for i, o := range outcomes {
		if !tried {
			continue
		}
		c.opts.Observer.Tried(Try{Courier: c.opts.Name, Route: g.Route, Mail: &g.Mail, Item: &g.Items[i], Outcome: o, Began: began, Took: took})
		level, state := slog.LevelInfo, "not stored"
		if i < len(states) {
			state = states[i].String()
		}
		if o.Alarm {
			level = slog.LevelError
		}
		c.log.Log(ctx, level, "tried", "msg", g.Mail.ID, "to", g.Items[i].Address, "from", g.Mail.Envelope.From,
			"attempt", g.Items[i].Attempt, "verdict", o.Verdict.String(), "state", state, "status", o.Status(), "code", o.Code,
			"text", o.Text, "remote", o.Remote, "remote_id", o.RemoteID, "message_id", g.Mail.MessageID, "took", took)
	}
}

// store reports to the queue. A mail that was delivered and is not known to be would be delivered twice. When the lease has run out, what
// was in the mail's last attempt counts as unknown, and whoever takes it over looks before sending.
func (c *Courier) store(ctx context.Context, g queue.Group, outcomes []mail.Outcome) (states []queue.State, err error) {
	err = c.insist(ctx, g, func(ctx context.Context) error {
		states, err = c.opts.Queue.Report(ctx, g, outcomes)
		return err
	})
	return states, err
}

// giveBack returns a group that nobody was asked to take, to be leased again after the time that its outcome says. Until then the
// destination's other mail is not leased either, unless the outcome is about this one alone.
func (c *Courier) giveBack(ctx context.Context, g queue.Group, o mail.Outcome) {
	until := c.opts.Clock().Add(o.RetryAfter)
	c.health.untold(g.Destination)
	if o.Reach != mail.NothingSaid {
		c.health.busy(g.Destination, until)
	}
	c.delivered()
	err := c.insist(ctx, g, func(ctx context.Context) error { return c.opts.Queue.GiveBack(ctx, g.Lease, until) })
	if err != nil {
		c.log.Error("cannot give a lease back", "msg", g.Mail.ID, "error", err)
		return
	}
	if c.lookBy(time.Now().Add(o.RetryAfter)) {
		token(c.sooner)
	}
	c.log.Debug("put off", "msg", g.Mail.ID, "destination", g.Destination, "until", until, "text", o.Text)
}

// insist calls the queue again and again until it takes what it is told, as long as the lease is ours.
func (c *Courier) insist(ctx context.Context, g queue.Group, tell func(context.Context) error) error {
	until := time.Now().Add(c.opts.LeaseTime)
	for wait := reportFirst; ; wait = min(2*wait, reportMost) {
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTime)
		err := tell(try)
		cancel()
		if err == nil || settled(err) || ctx.Err() != nil || !time.Now().Before(until) {
			return err
		}
		c.log.Warn("cannot report yet", "msg", g.Mail.ID, "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done(): // the lease has run out, or we are going down: a last try
		}
	}
}

// settled tells which errors of Report another try cannot mend.
func settled(err error) bool {
	return errors.Is(err, queue.ErrLeaseLost) || errors.Is(err, queue.ErrState) || errors.Is(err, queue.ErrNotFound)
}
