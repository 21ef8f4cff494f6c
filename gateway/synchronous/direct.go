// Package synchronous delivers while an SMTP client waits: through the couriers into Exchange, or as the user who has
// signed in.
package synchronous

import (
	"context"
	"time"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// A Way is a courier that delivers while a client waits.
type Way struct {
	Deliver courier.Deliver
	// Together says that all recipients of a mail share one outcome.
	Together bool
}

// Direct hands mail of synchronous listeners to the couriers into Exchange.
type Direct struct {
	Ways  map[string]Way
	Tried func(courier.Try)
}

var _ ingress.Synchronous = (*Direct)(nil)

// Leg implements ingress.Synchronous.
func (d *Direct) Leg(leg queue.Leg) (queue.Leg, bool) {
	_, ok := d.Ways[leg.Courier]
	return leg, ok
}

// Together implements ingress.Synchronous.
func (d *Direct) Together(leg queue.Leg) bool { return d.Ways[leg.Courier].Together }

// Deliver implements ingress.Synchronous.
func (d *Direct) Deliver(ctx context.Context, _ smtpside.Credentials, leg queue.Leg, g queue.Group) []mail.Outcome {
	return measured(leg.Courier, &g, d.Tried, func() []mail.Outcome { return d.Ways[leg.Courier].Deliver(ctx, g) })
}

// measured tells the metrics what came of a try.
func measured(name string, g *queue.Group, tried func(courier.Try), try func() []mail.Outcome) []mail.Outcome {
	start := time.Now()
	outcomes := try()
	for i, o := range outcomes {
		if i < len(g.Items) {
			tried(courier.Try{Courier: name, Route: g.Route, Mail: &g.Mail, Item: &g.Items[i], Outcome: o, Began: start, Took: time.Since(start)})
		}
	}
	return outcomes
}
