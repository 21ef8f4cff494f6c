package gateway

import (
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/live"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/metrics"
	"github.com/mapigate/mapigate/gateway/outbox"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/gateway/tracing"
)

// An observer tells the metrics, the figures that the page shows, and the collector of traces.
type observer struct {
	*metrics.Metrics
	live   *live.Recorder
	tracer *tracing.Tracer // nil without a collector
}

func (g *generation) observer() observer { return observer{g.metrics, g.live, g.tracer} }

// Accepted implements ingress.Observer.
func (o observer) Accepted(listener string, size int64, recipients int) {
	o.Metrics.Accepted(listener, size, recipients)
	o.live.Accepted()
}

// A groupObserver counts what is done with the mailboxes of a group.
type groupObserver struct {
	observer
	group string
}

var _ outbox.Observer = groupObserver{}

// Watching implements outbox.Observer.
func (o groupObserver) Watching(_ string, on bool) { o.Metrics.Watching(o.group, on) }

// Did implements outbox.Observer.
func (o groupObserver) Did(_, what string) {
	o.Metrics.Did(o.group, what)
	if what == "queued" {
		o.live.Claimed()
	}
}

// Lag implements outbox.Observer.
func (o groupObserver) Lag(_ string, d time.Duration) { o.Metrics.Lag(o.group, d) }

// Tried implements courier.Observer.
func (o observer) Tried(t courier.Try) {
	o.Metrics.Tried(t)
	if o.tracer != nil {
		o.tracer.Tried(t)
	}
	switch t.Outcome.Verdict {
	case mail.Delivered:
		way := live.ToSMTP
		if isExchange(t.Courier) {
			way = live.ToExchange
		}
		since := t.Mail.Received
		if since.IsZero() { // it never was in the queue
			since = t.Began
		}
		o.live.Delivered(way, t.Began.Add(t.Took).Sub(since))
	case mail.Failed:
		o.live.Failed()
	default:
		o.live.Retried()
	}
}

func isExchange(courier string) bool {
	return strings.HasPrefix(courier, route.ExchangeCourier("")) || strings.HasPrefix(courier, depositCourier+"/")
}
