// Package reports writes what the gateway tells of its own accord: to senders what became of their mail, and to domains
// how TLS with their hosts has worked.
package reports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/notice"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/route"
)

const (
	// atOnce bounds how many reports one look composes.
	atOnce = 50
	// poll is how often to look without being woken.
	poll = 30 * time.Second
)

// Delivery tells senders what became of their mail, as the queue owes it to them.
type Delivery struct {
	Queue queue.Queue
	// Route gives the way of a report about a mail.
	Route    func(about, report *mail.Mail) (queue.Leg, error)
	Hostname string
	// Expire is how long a mail is tried.
	Expire   time.Duration
	Now      func() time.Time
	Reported func(queue.Kind)
	Log      *slog.Logger

	// failed counts the reports that could not be made at the last look: that many more are asked for, so that they keep no other waiting.
	failed int
}

// Run composes reports until ctx ends.
func (r *Delivery) Run(ctx context.Context) error {
	wake, cancel := r.Queue.Subscribe(queue.ReportTopic())
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		if r.all(ctx) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-tick.C:
		}
	}
	return nil
}

// all composes what is owed, and tells whether there may be more. A report that cannot be made is tried again at the next look.
func (r *Delivery) all(ctx context.Context) bool {
	wanted := atOnce + r.failed
	debts, err := r.Queue.Owed(ctx, wanted)
	if err != nil {
		if ctx.Err() == nil {
			r.Log.Error("cannot ask which reports are owed", "error", err)
		}
		return false
	}
	r.failed = 0
	for _, d := range debts {
		if err := r.one(ctx, d); err != nil && !errors.Is(err, queue.ErrState) {
			if ctx.Err() != nil {
				return false
			}
			r.Log.Error("cannot report", "msg", d.Mail.ID, "kind", d.Kind.String(), "error", err)
			r.failed++
		}
	}
	return r.failed == 0 && len(debts) == wanted
}

func (r *Delivery) one(ctx context.Context, d queue.Debt) error {
	request := notice.Request{
		Kind: kinds[d.Kind], ID: mail.NewID(r.Now()), Now: r.Now(), Hostname: r.Hostname, Mail: d.Mail,
		Expires: d.Mail.Received.Add(r.Expire),
	}
	for _, s := range d.Recipients {
		request.Recipients = append(request.Recipients, notice.Recipient{
			Recipient: s.Recipient, Outcome: s.Last, At: s.Since, Attempts: s.Attempts, Expired: s.State == queue.Expired, Doubt: s.Doubt,
		})
	}
	report, err := r.compose(ctx, request)
	if errors.Is(err, notice.ErrNothing) {
		return r.Queue.Pay(ctx, d, nil)
	}
	if err != nil {
		return err
	}
	leg, err := r.Route(&d.Mail, &report.Mail)
	var refusal *route.Refusal
	if errors.As(err, &refusal) {
		r.Log.Error("a report can go nowhere: no route takes its recipient", "msg", d.Mail.ID,
			"to", d.Mail.Envelope.From, "kind", d.Kind.String(), "reason", refusal.Text)
		return r.Queue.Pay(ctx, d, nil)
	}
	if err != nil {
		return err
	}
	err = r.Queue.Pay(ctx, d, &queue.Entry{Mail: report.Mail, Body: bytes.NewReader(report.Body), Legs: []queue.Leg{leg}})
	if err == nil {
		r.Reported(d.Kind)
		r.Log.Info("reported", "msg", d.Mail.ID, "report", report.Mail.ID, "kind", d.Kind.String(), "to", d.Mail.Envelope.From)
	}
	return err
}

// compose makes a report with the original, or without when that cannot be read: the sender must hear all the same.
func (r *Delivery) compose(ctx context.Context, request notice.Request) (*notice.Report, error) {
	original, err := r.Queue.Open(ctx, request.Mail.ID)
	if err == nil {
		defer original.Close()
		with := request
		with.Original = original
		report, err2 := r.guarded(with)
		if err2 == nil || errors.Is(err2, notice.ErrNothing) {
			return report, err2
		}
		err = err2
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !errors.Is(err, queue.ErrNotFound) {
		r.Log.Warn("a report goes without the original, which cannot be read", "msg", request.Mail.ID, "error", err)
	}
	return notice.Compose(request)
}

// guarded composes; a panic over an original must not take the gateway with it.
func (r *Delivery) guarded(request notice.Request) (report *notice.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("panic while composing a report", "msg", request.Mail.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = errors.New("internal error")
		}
	}()
	return notice.Compose(request)
}

// kinds names the queue's kinds of reports as the composer does.
var kinds = map[queue.Kind]notice.Kind{queue.Failure: notice.Failure, queue.Delay: notice.Delay, queue.Success: notice.Success}
