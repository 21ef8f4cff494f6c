package gateway

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/route"
)

// depositCourier, with the name of an organisation behind a slash, writes reports into Inboxes.
const depositCourier = "deposit"

// ways decides who takes a recipient where.
type ways struct {
	mu    sync.RWMutex
	table route.Table
	// watched are the organisations of mailboxes that are or were watched, by their address in lower case.
	watched map[string]string
}

func newWays() *ways { return &ways{watched: make(map[string]string)} }

// lead puts the routes of a configuration in force.
func (w *ways) lead(c *config.Config) {
	w.forgetAllBut(c)
	for i := range c.Outbox {
		for _, m := range c.Outbox[i].Mailboxes {
			w.watch(m, c.Outbox[i].Exchange)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.table = c.Table()
}

// forgetAllBut drops the watched mailboxes of organisations that have gone: reports to them go by the routes.
func (w *ways) forgetAllBut(c *config.Config) {
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.DeleteFunc(w.watched, func(_, organisation string) bool {
		return !slices.ContainsFunc(c.Exchange, func(e config.Exchange) bool { return e.Name == organisation })
	})
}

func (w *ways) routes() route.Table {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.table
}

// watch notes that a mailbox of an organisation is watched.
func (w *ways) watch(mailbox, organisation string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched[strings.ToLower(mailbox)] = organisation
}

func (w *ways) organisation(mailbox string) (name string, watched bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	name, watched = w.watched[strings.ToLower(mailbox)]
	return name, watched
}

// legs gives the way of each recipient of a mail. What no route takes fails by
// itself and leaves the others alone: its source cannot refuse it any more.
func (w *ways) legs(_ context.Context, m *mail.Mail) ([]queue.Leg, error) {
	legs, table := make([]queue.Leg, 0, len(m.Envelope.Recipients)), w.routes()
	for _, r := range m.Envelope.Recipients {
		leg, err := table.Find(m.Source, m.Envelope.From, r.Address)
		var refusal *route.Refusal
		if errors.As(err, &refusal) {
			leg = courier.RefuseLeg(mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "7.1", Text: refusal.Text})
		} else if err != nil {
			return nil, err
		}
		legs = append(legs, leg)
	}
	return legs, nil
}

// report gives the way of a report about a mail to its sender. Users of
// watched mailboxes find it in their Inbox, others get it by the routes.
func (w *ways) report(about, report *mail.Mail) (queue.Leg, error) {
	to := report.Envelope.Recipients[0].Address
	if organisation, ok := w.organisation(to); ok && about.Source.Kind == "outbox" {
		return queue.Leg{Courier: depositCourier + "/" + organisation, Route: depositCourier, Destination: organisation}, nil
	}
	return w.routes().Find(report.Source, "", to)
}
