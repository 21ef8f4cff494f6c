// Package internet is the courier onto SMTP: to the MX hosts of a recipient's
// domain, or to a smarthost.
//
// An answer that was lost behind the final dot leaves the outcome unknown, and
// SMTP has no way to ask: the mail is sent again later with the same
// Message-ID, by which the other side can tell. RFC 1047
// Each delivery after such a try is counted as a possible duplicate.
package internet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/gateway/verdict"
	"github.com/mapigate/mapigate/smtpside"
)

// A Sender sends a job; [smtpside.Sender] does.
type Sender interface {
	Send(ctx context.Context, job smtpside.Job) (smtpside.Result, error)
}

// Options say where mail goes. Sender is needed.
type Options struct {
	Sender Sender
	// Direct is how MX hosts are talked to; its Domain is filled in.
	Direct smtpside.Route
	// Shape, if set, says what a domain gets.
	Shape func(domain string) smtpside.Shape
	// Smarthosts are routes by the name that queue.Group.Route has for them.
	Smarthosts map[string]smtpside.Route
	// Generic changes addresses as mail leaves; nil leaves all as they are.
	Generic *rewrite.Table
	// From, if set, gives the envelope's sender as it leaves, by the recipients.
	From func(from string, to []smtpside.JobRecipient) string
	// Duplicate, if set, is called when a recipient was delivered whom an earlier try may have reached.
	Duplicate func()
	// TLS, if set, is told of the TLS version and cipher suite of each recipient's try, "" for plain.
	TLS func(used string)
	// Log gets warnings; nil is nowhere.
	Log *slog.Logger
}

// A Courier delivers over SMTP. It is safe for concurrent use.
type Courier struct{ opts Options }

// New checks the options.
func New(o Options) (*Courier, error) {
	if o.Sender == nil {
		return nil, errors.New("internet: a sender is needed")
	}
	if o.Duplicate == nil {
		o.Duplicate = func() {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Courier{opts: o}, nil
}

// Deliver tries one group; it is a courier.Deliver.
func (c *Courier) Deliver(ctx context.Context, g queue.Group) []mail.Outcome {
	job, err := c.job(ctx, g)
	if err != nil {
		o := verdict.Of(verdict.Send, verdict.Misconfigured).Outcome(err.Error(), "")
		o.Reach = mail.NothingSaid
		return g.Alike(o)
	}
	result, err := c.opts.Sender.Send(ctx, job)
	if busy := (*smtpside.BusyError)(nil); errors.As(err, &busy) {
		return g.Alike(mail.Outcome{Untried: true, RetryAfter: busy.Wait, Text: busy.Error()})
	}
	if err != nil { // no recipient can have been accepted; that we are going down is no alarm
		o := verdict.Of(verdict.Send, verdict.Internal).Outcome(err.Error(), "")
		o.Alarm, o.Reach = ctx.Err() == nil, mail.NothingSaid
		return g.Alike(o)
	}
	if len(result.Recipients) != len(g.Items) {
		return g.Alike(mail.Outcome{Verdict: mail.Unknown, Code: 451, Detail: "3.0", Alarm: true, Reach: mail.NothingSaid,
			Text: fmt.Sprintf("internal error: %d outcomes for %d recipients", len(result.Recipients), len(g.Items))})
	}
	out := make([]mail.Outcome, len(g.Items))
	for i := range out {
		out[i] = c.judge(g, &g.Items[i], &result.Recipients[i])
	}
	return out
}

// judge gives the outcome of one recipient: of this try alone. What an earlier one left in doubt the queue keeps there.
func (c *Courier) judge(g queue.Group, item *queue.Item, r *smtpside.Outcome) mail.Outcome {
	o := outcome(r)
	if c.opts.TLS != nil && r.Host != "" {
		c.opts.TLS(r.TLS)
	}
	if item.Unknown && o.Verdict == mail.Delivered {
		c.opts.Duplicate()
		c.opts.Log.Warn("delivered after a try whose answer was lost: it may have arrived twice", "msg", g.Mail.ID,
			"to", item.Address, "message_id", g.Mail.MessageID, "remote", o.Remote)
	}
	return o
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
		if c.opts.Shape != nil {
			route.Shape = c.opts.Shape(g.Destination)
		}
	}
	e := &g.Mail.Envelope
	if e.RequireTLS {
		requireTLS(&route)
	}
	job := smtpside.Job{
		ID:    string(g.Mail.ID),
		Route: route,
		From:  c.opts.Generic.Envelope(rewrite.Senders, e.From),
		Params: smtpside.MailParams{
			Size: g.Mail.Body.Size(), UTF8: e.SMTPUTF8, Return: smtpside.Return(e.Ret), EnvelopeID: e.EnvID, RequireTLS: e.RequireTLS,
		},
		Unsigned: g.Mail.Source.Stranger,
		Open:     func() (io.ReadCloser, error) { return c.open(ctx, g.Mail.Body, e.SMTPUTF8) },
	}
	if e.EightBit {
		job.Params.Body = smtpside.Body8BitMIME
	}
	for i := range g.Items {
		r := recipient(&g.Items[i])
		r.Address = c.opts.Generic.Envelope(rewrite.Recipients, r.Address)
		job.Recipients = append(job.Recipients, r)
	}
	if c.opts.From != nil {
		job.From = c.opts.From(job.From, job.Recipients)
	}
	return job, nil
}

// requireTLS has a route, and its fallback, speak TLS with hosts that prove who they are. RFC 8689 4.2.1
func requireTLS(r *smtpside.Route) {
	if r.TLS != smtpside.TLSFromStart {
		r.TLS = smtpside.TLSRequired
	}
	if r.Fallback != nil {
		fallback := *r.Fallback
		requireTLS(&fallback)
		r.Fallback = &fallback
	}
}

// open opens a body as it leaves.
func (c *Courier) open(ctx context.Context, b mail.Body, utf8 bool) (io.ReadCloser, error) {
	body, err := b.Open(ctx)
	if err != nil || c.opts.Generic == nil {
		return body, err
	}
	changed, err := c.opts.Generic.Body(body, utf8)
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{changed, body}, nil
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
	cause := verdict.SMTP(r.Status.Code)
	if r.Unknown {
		cause = verdict.AnswerLost
	}
	row := verdict.Of(verdict.Send, cause)
	o := row.Outcome(strings.ReplaceAll(r.Status.Text, "\n", " "), r.Host)
	if row.Code/100 == r.Status.Code/100 { // the host knows best
		o.Code, o.Detail = r.Status.Code, r.Status.Detail
	}
	o.Relayed = true
	if r.Unreached && o.Verdict == mail.Retry { // what a host says about one mail or recipient, in whatever code, is about that one
		o.Reach = mail.NoAnswer
	}
	if o.Verdict == mail.Delivered {
		o.Reports, o.RemoteID = r.DSN, remoteID(o.Text)
	}
	return o
}

// queuedAs finds the remote queue id in the answers of the usual servers: Postfix and ours, Sendmail, qmail, Exchange, Exim.
var queuedAs = regexp.MustCompile(
	`(?i)(?:queued as |^(?:\S+ )?ok id=|queued (?:for delivery|mail for delivery) as |\binternalid=)([A-Za-z0-9.@_-]+)` +
		`|(?i)([A-Za-z0-9._-]+) (?:message accepted for delivery|queued mail for delivery)`)

func remoteID(text string) string {
	m := queuedAs.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}
