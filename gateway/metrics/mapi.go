package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// mapiMetrics count requests to Exchange.
type mapiMetrics struct {
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	tokens   *prometheus.CounterVec
	expiry   *prometheus.GaugeVec
}

var requestTypes = []string{"Connect", "Execute", "Disconnect", "NotificationWait", "PING", "other"}

func newMAPIMetrics(f factory, exchanges []string) mapiMetrics {
	m := mapiMetrics{
		requests: f.counterVec("mapi_requests_total", "Requests to Exchange, by type and by whether they were answered as they should be.", "exchange", "type", "result"),
		took:     f.histogramVec("mapi_request_seconds", "Time of a request to Exchange; NotificationWait is left out.", seconds, "exchange", "type"),
		tokens:   f.counterVec("oauth_tokens_total", "Requests for access tokens (OAuth 2.0), by whether there was one.", "exchange", "result"),
		expiry:   f.gaugeVec("oauth_token_expiry_timestamp_seconds", "When the access token at hand ends; renewed before. 0 when none was needed yet.", "exchange"),
	}
	for _, e := range exchanges {
		m.tokens.WithLabelValues(e, "ok")
		m.tokens.WithLabelValues(e, "error")
		m.expiry.WithLabelValues(e)
		for _, t := range requestTypes {
			m.requests.WithLabelValues(e, t, "ok")
			m.requests.WithLabelValues(e, t, "error")
			if t != "NotificationWait" {
				m.took.WithLabelValues(e, t)
			}
		}
	}
	return m
}

// MAPI gives the observer of one organisation's requests.
func (m *Metrics) MAPI(exchange string) func(mapihttp.Exchange) {
	return func(x mapihttp.Exchange) {
		kind, result := known(x.Type, requestTypes), "ok"
		if x.Err != nil {
			result = "error"
		}
		m.mapi.requests.WithLabelValues(exchange, kind, result).Inc()
		if kind != "NotificationWait" {
			m.mapi.took.WithLabelValues(exchange, kind).Observe(x.Duration.Seconds())
		}
	}
}

// Token gives the observer of one organisation's access tokens.
func (m *Metrics) Token(exchange string) func(expires time.Time, err error) {
	return func(expires time.Time, err error) {
		if err != nil {
			m.mapi.tokens.WithLabelValues(exchange, "error").Inc()
			return
		}
		m.mapi.tokens.WithLabelValues(exchange, "ok").Inc()
		if !expires.IsZero() {
			m.mapi.expiry.WithLabelValues(exchange).Set(float64(expires.Unix()))
		}
	}
}

// outboxMetrics count what watchers do.
type outboxMetrics struct {
	watched *prometheus.GaugeVec
	steps   *prometheus.CounterVec
}

var outboxSteps = []string{"claimed", "queued", "settled", "lost to another", "failed", "set aside", "ignored", "other"}

func newOutboxMetrics(f factory, mailboxes []string) outboxMetrics {
	o := outboxMetrics{
		watched: f.gaugeVec("outbox_watched", "Whether a mailbox is watched now.", "mailbox"),
		steps:   f.counterVec("outbox_messages_total", "Messages of a watched mailbox, by what was done.", "mailbox", "step"),
	}
	for _, m := range mailboxes {
		o.watched.WithLabelValues(m)
		for _, s := range outboxSteps {
			o.steps.WithLabelValues(m, s)
		}
	}
	return o
}

// Watching implements outbox.Observer.
func (m *Metrics) Watching(mailbox string, on bool) {
	value := 0.0
	if on {
		value = 1
	}
	m.outbox.watched.WithLabelValues(mailbox).Set(value)
}

// Did implements outbox.Observer.
func (m *Metrics) Did(mailbox, what string) {
	m.outbox.steps.WithLabelValues(mailbox, known(what, outboxSteps)).Inc()
}

// age is how old something is, in seconds; 0 when there is nothing.
func age(now, since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(now.Sub(since).Seconds(), 0)
}
