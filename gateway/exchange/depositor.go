package exchange

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/verdict"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
)

// DepositorOptions say how mail is written into Inboxes. Accounts is needed.
type DepositorOptions struct {
	Accounts *Accounts
	// Headers are the header fields that become named properties, besides X-Mapigate-*.
	Headers []string
	// Losses is told what did not cross, if set.
	Losses func(m *mail.Mail, losses []mapping.Loss)
	Now    func() time.Time
	Log    *slog.Logger // nil is nowhere
}

// A Depositor writes mail into the Inboxes of its recipients. The server's
// transport never sees such mail: no transport rules, no journal, no junk
// filter, no Inbox rules. It is safe for concurrent use.
type Depositor struct{ opts DepositorOptions }

// NewDepositor checks the options.
func NewDepositor(o DepositorOptions) (*Depositor, error) {
	if o.Accounts == nil {
		return nil, errors.New("exchange: a depositor needs accounts")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Depositor{opts: o}, nil
}

// Deliver tries one group; it is a courier.Deliver.
func (d *Depositor) Deliver(ctx context.Context, g queue.Group) []mail.Outcome {
	out := make([]mail.Outcome, len(g.Items))
	for i := range g.Items {
		out[i] = d.one(ctx, g, &g.Items[i])
	}
	if slices.ContainsFunc(out, func(o mail.Outcome) bool { return !o.Untried }) { // some were tried, and a group is given back whole
		for i := range out {
			out[i].Untried = false
		}
	}
	return out
}

func (d *Depositor) one(ctx context.Context, g queue.Group, item *queue.Item) mail.Outcome {
	acc, err := d.opts.Accounts.account(item.Address)
	if err != nil {
		return fault(verdict.Deposit, verdict.Misconfigured, err.Error())
	}
	body, err := openBody(ctx, g.Mail.Body)
	if err != nil {
		return fault(verdict.Deposit, verdict.Unreadable, err.Error())
	}
	defer body.close()
	var o mail.Outcome
	opened, err := acc.with(ctx, func(m *mapiclient.Mailbox) { o = d.into(ctx, m, g, item, body) })
	if err != nil && !opened {
		return d.unopened(item, acc, err)
	}
	return o
}

// What Autodiscover answers about addresses that nobody has.
const (
	codeNoSuchAddress = "500" // [MS-OXDSCLI] 2.2.4.1.1.3.1
	// codeNotFound is gromox 3.10's, which says so too while its database does not answer: it must say so at several attempts.
	codeNotFound = "404"
	sureAt       = 3
)

// unopened judges why a recipient's mailbox could not be opened. That it does not exist is certain only where Autodiscover says so: an
// unknown DN may be one that was found out before, so that the next try asks anew.
func (d *Depositor) unopened(item *queue.Item, acc *account, err error) mail.Outcome {
	var missing *autodiscover.NotFoundError
	nobody := errors.As(err, &missing) && (missing.Says(codeNoSuchAddress) || missing.Says(codeNotFound))
	if nobody || errors.Is(err, mapi.ErrUnknownUser) {
		d.opts.Accounts.forget(item.Address, acc)
	}
	if nobody && (missing.Says(codeNoSuchAddress) || item.Attempt >= sureAt) {
		return verdict.Of(verdict.Deposit, verdict.NotFound).Outcome("nobody has this address", item.Address)
	}
	return resting(item.Address, err)
}

// into writes the mail into the open mailbox, unless an earlier try has.
func (d *Depositor) into(ctx context.Context, m *mapiclient.Mailbox, g queue.Group, item *queue.Item, body *source) mail.Outcome {
	inbox := m.SpecialFolder(rop.FolderInbox)
	delivered := mail.Outcome{Verdict: mail.Delivered, Code: 250, Detail: "0.0", Remote: item.Address}
	// absent marks what comes after a look that found nothing.
	absent := func(o mail.Outcome) mail.Outcome {
		o.Absent = item.Unknown
		return o
	}
	if item.Unknown {
		found, err := look(ctx, m, g.Mail.ID, inbox)
		if err != nil {
			// Nothing was written by this try: the doubt stays, and it says nothing about the mail.
			return Judge(verdict.Logon, item.Address, beforehand(fmt.Errorf("looking for an earlier try: %w", err)))
		}
		if len(found.sent) > 0 {
			delivered.Text = "written into the Inbox by an earlier try whose answer was lost"
			return delivered
		}
	}
	res, err := mapping.ToMAPI(ctx, body, mapping.ToMAPIOptions{
		From: g.Mail.Envelope.From, Now: d.opts.Now(), Deposit: true,
		Headers: append([]string{"X-Mapigate-*"}, d.opts.Headers...),
	})
	if err != nil {
		return absent(fault(verdict.Deposit, verdict.Untranslated, fmt.Sprintf("translating the mail: %v", err)))
	}
	if len(res.Losses) > 0 && d.opts.Losses != nil {
		d.opts.Losses(&g.Mail, res.Losses)
	}
	res.Message.Props.Set(idHeader.Of(string(g.Mail.ID)))
	arrived(res.Message, item.Address)
	id, err := m.Deliver(ctx, res.Message)
	if withoutRefused(&res.Message.Props, err) {
		id, err = m.Deliver(ctx, res.Message)
	}
	if err != nil {
		return absent(Judge(verdict.Deposit, item.Address, err))
	}
	delivered.Text, delivered.RemoteID = "written into the Inbox", id.String()
	if err := m.Announce(ctx, inbox, id, res.Message); err != nil {
		d.opts.Log.Debug("the server does not announce new mail", "msg", g.Mail.ID, "mailbox", item.Address, "error", err)
	}
	return delivered
}
