package gateway

import (
	"context"
	"time"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// A directWay is a courier that delivers while a client waits.
type directWay struct {
	deliver courier.Deliver
	// together says that all recipients of a mail share one outcome.
	together bool
}

// direct hands mail of synchronous listeners to the couriers into Exchange.
type direct struct {
	ways  map[string]directWay
	tried func(courier.Try)
}

var _ ingress.Synchronous = (*direct)(nil)

// Leg implements ingress.Synchronous.
func (d *direct) Leg(leg queue.Leg) (queue.Leg, bool) {
	_, ok := d.ways[leg.Courier]
	return leg, ok
}

// Together implements ingress.Synchronous.
func (d *direct) Together(leg queue.Leg) bool { return d.ways[leg.Courier].together }

// Deliver implements ingress.Synchronous.
func (d *direct) Deliver(ctx context.Context, _ smtpside.Credentials, leg queue.Leg, g queue.Group) []mail.Outcome {
	return measured(leg.Courier, &g, d.tried, func() []mail.Outcome { return d.ways[leg.Courier].deliver(ctx, g) })
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
