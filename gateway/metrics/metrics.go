// Package metrics counts what the gateway does, for Prometheus. Every series of the configured listeners, couriers and
// groups of mailboxes is there from the start, at zero: an alert on a rate must not miss the first event. Labels have few values, all
// from the configuration or from fixed lists; nothing that a peer says becomes one.
package metrics

import (
	"net/http"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Names are the values that labels take, from the configuration.
type Names struct {
	Listeners []string
	Drops     []string // drop folders
	Couriers  []string
	Exchanges []string
	// Routes are the ways that the configuration knows: internet, smarthost/NAME, exchange/NAME ...
	Routes []string
	// Groups are what watched mailboxes are joined by: there may be a hundred thousand of them.
	Groups []string
	// Errors are the names of MAPI errors that are told apart.
	Errors []string
}

// Metrics is everything that is counted. Its methods are safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	smtp     smtpMetrics
	delivery deliveryMetrics
	outbox   outboxMetrics
	mapi     mapiMetrics
	flow     flowMetrics
	tls      tlsMetrics
	rops     ropMetrics
	reports  *prometheus.CounterVec
	drops    *prometheus.CounterVec
	config   configMetrics

	names atomic.Pointer[Names]
}

// New makes the metrics, all at zero.
func New(version string, names Names) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	f := factory{m.registry}
	f.gaugeVec("build_info", "The version that runs; always 1.", "version", "go").WithLabelValues(version, runtime.Version()).Set(1)
	m.smtp = newSMTPMetrics(f)
	m.drops = f.counterVec("drop_files_total", "Files in drop folders, by what became of them: taken, bad (moved aside), waiting (each time that one could not be taken yet).", "drop", "what")
	m.delivery = newDeliveryMetrics(f)
	m.outbox = newOutboxMetrics(f)
	m.mapi = newMAPIMetrics(f)
	m.flow = newFlowMetrics(f)
	m.tls = newTLSMetrics(f)
	m.rops = newROPMetrics(f)
	m.config = newConfigMetrics(f)
	m.reports = f.counterVec("reports_total", "Delivery reports that were composed, by what they tell.", "kind")
	for _, k := range []queue.Kind{queue.Failure, queue.Delay, queue.Success} {
		m.reports.WithLabelValues(k.String())
	}
	m.Know(names)
	return m
}

// Know takes the names of another configuration: what is new is there at zero from now on, what is gone stays as it was last, so that
// nothing that was counted is lost between two scrapes.
func (m *Metrics) Know(names Names) {
	m.names.Store(&names)
	for _, name := range names.Drops {
		for _, what := range []string{"taken", "bad", "waiting"} {
			m.drops.WithLabelValues(name, what)
		}
	}
	m.smtp.know(append(slices.Clone(names.Listeners), names.Drops...))
	m.delivery.know(names.Couriers)
	m.outbox.know(names.Groups)
	m.mapi.know(names.Exchanges)
	m.flow.know(&names)
	m.tls.know(names.Listeners)
	m.rops.know(&names)
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// Gatherer gives what Handler serves.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Reported counts a delivery report.
func (m *Metrics) Reported(k queue.Kind) { m.reports.WithLabelValues(k.String()).Inc() }

// Dropped counts a file in a drop folder.
func (m *Metrics) Dropped(name, what string) { m.drops.WithLabelValues(name, what).Inc() }

// A factory makes metrics of ours and registers them.
type factory struct{ registry *prometheus.Registry }

const namespace = "mapigate"

func (f factory) counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.registry.MustRegister(v)
	return v
}

func (f factory) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	f.registry.MustRegister(c)
	return c
}

func (f factory) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
	f.registry.MustRegister(g)
	return g
}

func (f factory) gaugeVec(name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	f.registry.MustRegister(v)
	return v
}

func (f factory) histogramVec(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help, Buckets: buckets,
		// Whoever scrapes native histograms gets them beside the buckets: each a tenth wider than the one before.
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
	}, labels)
	f.registry.MustRegister(v)
	return v
}

// known replaces what is not in a fixed list by "other", so that a label stays bounded whatever its source says.
func known(value string, list []string) string {
	if slices.Contains(list, value) {
		return value
	}
	return "other"
}

// seconds are the buckets for network work.
var seconds = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

// deliveryMetrics count what couriers do.
type deliveryMetrics struct {
	attempts   *prometheus.CounterVec
	alarms     *prometheus.CounterVec
	took       *prometheus.HistogramVec
	down       *prometheus.GaugeVec
	duplicates prometheus.Counter
}

func newDeliveryMetrics(f factory) deliveryMetrics {
	return deliveryMetrics{
		attempts:   f.counterVec("delivery_attempts_total", "Recipients that were tried, by verdict.", "courier", "verdict"),
		alarms:     f.counterVec("delivery_alarms_total", "Recipients that could not be delivered for a fault of ours, such as a wrong password.", "courier"),
		took:       f.histogramVec("delivery_seconds", "Time of a delivery.", seconds, "courier"),
		down:       f.gaugeVec("destinations_down", "Destinations that do not answer now.", "courier"),
		duplicates: f.counter("possible_duplicates_total", "Recipients who were delivered after a try whose answer had been lost: they may have the mail twice."),
	}
}

func (d *deliveryMetrics) know(couriers []string) {
	for _, c := range couriers {
		for _, v := range []mail.Verdict{mail.Delivered, mail.Retry, mail.Failed, mail.Unknown} {
			d.attempts.WithLabelValues(c, v.String())
		}
		d.alarms.WithLabelValues(c)
		d.took.WithLabelValues(c)
		d.down.WithLabelValues(c)
	}
}

// Tried implements courier.Observer.
func (m *Metrics) Tried(t courier.Try) {
	m.delivery.attempts.WithLabelValues(t.Courier, t.Outcome.Verdict.String()).Inc()
	observe(m.delivery.took.WithLabelValues(t.Courier), t.Took, t.Mail)
	m.flow.tried(t, m.names.Load().Routes)
	if t.Outcome.Alarm {
		m.delivery.alarms.WithLabelValues(t.Courier).Inc()
	}
}

// Destination implements courier.Observer.
func (m *Metrics) Destination(courier, _ string, down bool) {
	if down {
		m.delivery.down.WithLabelValues(courier).Inc()
	} else {
		m.delivery.down.WithLabelValues(courier).Dec()
	}
}

// Duplicate counts a possible duplicate.
func (m *Metrics) Duplicate() { m.delivery.duplicates.Inc() }
