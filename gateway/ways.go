package gateway

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/route"
)

// Couriers beside those of package route.
const (
	// refuseCourier fails what nobody may or can take, so that its sender gets a report like any other.
	refuseCourier = "refuse"
	// depositCourier, with the name of an organisation behind a slash, writes reports into Inboxes.
	depositCourier = "deposit"
)

// ways decides who takes a recipient where.
type ways struct {
	table route.Table
	// watched are the organisations of the watched mailboxes, by their address in lower case.
	watched map[string]string
}

// legs gives the way of each recipient of a mail. What no route takes fails by
// itself and leaves the others alone: its source cannot refuse it any more.
func (w *ways) legs(_ context.Context, m *mail.Mail) ([]queue.Leg, error) {
	legs := make([]queue.Leg, 0, len(m.Envelope.Recipients))
	for _, r := range m.Envelope.Recipients {
		leg, err := w.table.Find(m.Source, m.Envelope.From, r.Address)
		var refusal *route.Refusal
		if errors.As(err, &refusal) {
			leg = refuseLeg(mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "7.1", Text: refusal.Text})
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
	if organisation, ok := w.watched[strings.ToLower(to)]; ok && about.Source.Kind == "outbox" {
		return queue.Leg{Courier: depositCourier + "/" + organisation, Route: depositCourier, Destination: organisation}, nil
	}
	return w.table.Find(report.Source, "", to)
}

// refuseLeg carries an outcome to the courier that refuses.
func refuseLeg(o mail.Outcome) queue.Leg {
	return queue.Leg{Courier: refuseCourier, Route: fmt.Sprintf("%d %s %s", o.Code, o.Detail, o.Text), Destination: refuseCourier}
}

// refuse is the Deliver function of the courier that refuses.
func refuse(_ context.Context, g queue.Group) []mail.Outcome {
	o := mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "0.0", Text: g.Route}
	if code, rest, ok := strings.Cut(g.Route, " "); ok {
		if n, err := strconv.Atoi(code); err == nil {
			o.Code = n
			o.Detail, o.Text, _ = strings.Cut(rest, " ")
		}
	}
	out := make([]mail.Outcome, len(g.Items))
	for i := range out {
		out[i] = o
	}
	return out
}
