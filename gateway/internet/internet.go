// Package internet is the courier onto SMTP: to the MX hosts of a recipient's
// domain, or to a smarthost.
//
// An answer that was lost behind the final dot leaves the outcome unknown, and
// SMTP has no way to ask: the mail is sent again later with the same
// Message-ID, by which the other side can tell. RFC 1047
package internet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// Options say where mail goes. Sender is needed.
type Options struct {
	Sender *smtpside.Sender
	// Direct is how MX hosts are talked to; its Domain is filled in.
	Direct smtpside.Route
	// Smarthosts are routes by the name that queue.Group.Route has for them.
	Smarthosts map[string]smtpside.Route
}

// A Courier delivers over SMTP. It is safe for concurrent use.
type Courier struct{ opts Options }

// New checks the options.
func New(o Options) (*Courier, error) {
	if o.Sender == nil {
		return nil, errors.New("internet: a sender is needed")
	}
	return &Courier{opts: o}, nil
}

// Deliver tries one group; it is a courier.Deliver.
func (c *Courier) Deliver(ctx context.Context, g queue.Group) []mail.Outcome {
	out := make([]mail.Outcome, len(g.Items))
	job, err := c.job(ctx, g)
	if err != nil {
		return fill(out, mail.Outcome{Verdict: mail.Retry, Code: 451, Detail: "3.5", Text: err.Error(), Alarm: true})
	}
	result, err := c.opts.Sender.Send(ctx, job)
	if err != nil {
		return fill(out, mail.Outcome{Verdict: mail.Retry, Code: 451, Detail: "3.0", Text: err.Error(), Alarm: ctx.Err() == nil})
	}
	if len(result.Recipients) != len(out) {
		return fill(out, mail.Outcome{Verdict: mail.Unknown, Code: 451, Detail: "3.0", Alarm: true,
			Text: fmt.Sprintf("internal error: %d outcomes for %d recipients", len(result.Recipients), len(out))})
	}
	for i := range result.Recipients {
		out[i] = outcome(&result.Recipients[i])
	}
	return out
}

func fill(out []mail.Outcome, o mail.Outcome) []mail.Outcome {
	for i := range out {
		out[i] = o
	}
	return out
}

// job describes the group to the SMTP side.
func (c *Courier) job(ctx context.Context, g queue.Group) (smtpside.Job, error) {
	route, known := c.opts.Smarthosts[g.Route]
	if !known {
		if strings.Contains(g.Route, "/") {
			return smtpside.Job{}, fmt.Errorf("the configuration has no %s any more: bring it back, or change the routes", g.Route)
		}
		route = c.opts.Direct
		route.Domain = g.Destination
	}
	e := &g.Mail.Envelope
	job := smtpside.Job{
		ID:    string(g.Mail.ID),
		Route: route,
		From:  e.From,
		Params: smtpside.MailParams{
			Size: g.Mail.Body.Size(), UTF8: e.SMTPUTF8, Return: smtpside.Return(e.Ret), EnvelopeID: e.EnvID, RequireTLS: e.RequireTLS,
		},
		Open: func() (io.ReadCloser, error) { return g.Mail.Body.Open(ctx) },
	}
	if e.EightBit {
		job.Params.Body = smtpside.Body8BitMIME
	}
	for i := range g.Items {
		job.Recipients = append(job.Recipients, recipient(&g.Items[i]))
	}
	return job, nil
}

func recipient(i *queue.Item) smtpside.JobRecipient {
	r := smtpside.JobRecipient{Address: i.Address, Params: smtpside.RcptParams{Notify: notify(i.Notify)}}
	if kind, address, ok := strings.Cut(i.OrigRecipient, ";"); ok {
		r.Params.Orig = smtpside.OriginalRecipient{Type: kind, Address: address}
	}
	return r
}

// notify translates the set of NOTIFY conditions. RFC 3461 4.1
func notify(n mail.Notify) smtpside.Notify {
	var out smtpside.Notify
	for from, to := range map[mail.Notify]smtpside.Notify{
		mail.NotifyNever: smtpside.NotifyNever, mail.NotifySuccess: smtpside.NotifySuccess,
		mail.NotifyFailure: smtpside.NotifyFailure, mail.NotifyDelay: smtpside.NotifyDelay,
	} {
		if n&from != 0 {
			out |= to
		}
	}
	return out
}

// outcome turns a host's reply into a verdict.
func outcome(r *smtpside.Outcome) mail.Outcome {
	o := mail.Outcome{Code: r.Status.Code, Detail: r.Status.Detail, Text: r.Status.Text, Remote: r.Host}
	switch {
	case r.Unknown:
		o.Verdict = mail.Unknown
	case r.Status.Code/100 == 2:
		o.Verdict = mail.Delivered
	case r.Status.Permanent():
		o.Verdict = mail.Failed
	}
	return o
}
