package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
)

// sources are the kinds of mail.Source.
var sources = []string{"smtp", "outbox", "gateway", "other"}

// directions are what the mapping translates.
var directions = []string{"to_mapi", "to_mime"}

// flowMetrics follow mail from where it came from to where it went.
type flowMetrics struct {
	recipients *prometheus.CounterVec
	bytes      *prometheus.CounterVec
	waited     *prometheus.HistogramVec
	whole      *prometheus.HistogramVec
	losses     *prometheus.CounterVec
}

// long are the buckets for what may take days.
var long = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 86400, 5 * 86400}

func newFlowMetrics(f factory) flowMetrics {
	m := flowMetrics{
		recipients: f.counterVec("recipients_tried_total", "Recipients that were tried, by the source of their mail, the route, and what came of it.", "source", "route", "result"),
		bytes:      f.counterVec("delivered_bytes_total", "Size of the mails that were delivered, once for each recipient.", "source", "route"),
		waited:     f.histogramVec("queue_wait_seconds", "Time from a mail's coming in to the beginning of its first try.", long, "courier"),
		whole:      f.histogramVec("time_to_delivery_seconds", "Time from a mail's coming in to its delivery.", long, "courier"),
		losses:     f.counterVec("mapping_losses_total", "Parts of mails that could not be carried over, as the log lists them.", "direction"),
	}
	for _, d := range directions {
		m.losses.WithLabelValues(d)
	}
	return m
}

func (m *flowMetrics) know(names *Names) {
	for _, r := range append([]string{"other"}, names.Routes...) {
		for _, s := range sources {
			m.bytes.WithLabelValues(s, r)
			for _, v := range []mail.Verdict{mail.Delivered, mail.Retry, mail.Failed, mail.Unknown} {
				m.recipients.WithLabelValues(s, r, v.String())
			}
		}
	}
	for _, c := range names.Couriers {
		m.waited.WithLabelValues(c)
		m.whole.WithLabelValues(c)
	}
}

// tried counts a try; routes are those that the configuration knows.
func (m *flowMetrics) tried(t courier.Try, routes []string) {
	if t.Mail == nil {
		return
	}
	source, route := known(t.Mail.Source.Kind, sources), known(t.Route, routes)
	m.recipients.WithLabelValues(source, route, t.Outcome.Verdict.String()).Inc()
	since := t.Mail.Received
	if since.IsZero() { // it never was in the queue
		since = t.Began
	}
	if t.Item != nil && t.Item.Attempt == 1 {
		observe(m.waited.WithLabelValues(t.Courier), t.Began.Sub(since), t.Mail)
	}
	if t.Outcome.Verdict != mail.Delivered {
		return
	}
	observe(m.whole.WithLabelValues(t.Courier), t.Began.Add(t.Took).Sub(since), t.Mail)
	if t.Mail.Body != nil {
		m.bytes.WithLabelValues(source, route).Add(float64(t.Mail.Body.Size()))
	}
}

// observe notes a duration, with the trace of the mail as the exemplar.
func observe(o prometheus.Observer, d time.Duration, m *mail.Mail) {
	seconds := max(d.Seconds(), 0)
	with, ok := o.(prometheus.ExemplarObserver)
	if !ok || m == nil || m.ID == "" {
		o.Observe(seconds)
		return
	}
	with.ObserveWithExemplar(seconds, prometheus.Labels{"trace_id": m.ID.TraceID(), "msg": string(m.ID)})
}

// Lost counts what the mapping could not carry over; toMIME tells which way.
func (m *Metrics) Lost(toMIME bool, n int) {
	direction := directions[0]
	if toMIME {
		direction = directions[1]
	}
	m.flow.losses.WithLabelValues(direction).Add(float64(n))
}
