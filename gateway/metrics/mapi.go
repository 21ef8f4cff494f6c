package metrics

import (
	"net/http"
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
	refused  *prometheus.CounterVec
}

var requestTypes = []string{"Connect", "Execute", "Disconnect", "NotificationWait", "PING", "other"}

func newMAPIMetrics(f factory, exchanges []string) mapiMetrics {
	m := mapiMetrics{
		requests: f.counterVec("mapi_requests_total", "Requests to Exchange, by type and by whether they were answered as they should be.", "exchange", "type", "result"),
		took:     f.histogramVec("mapi_request_seconds", "Time of a request to Exchange; NotificationWait is left out.", seconds, "exchange", "type"),
		tokens:   f.counterVec("oauth_tokens_total", "Requests for access tokens (OAuth 2.0), by whether there was one.", "exchange", "result"),
		expiry:   f.gaugeVec("oauth_token_expiry_timestamp_seconds", "When the access token at hand ends; renewed before. 0 when none was needed yet.", "exchange"),
	}
	m.refused = f.counterVec("mapi_signin_refusals_total", "Requests that Exchange answered with 401 or 403 at their end: the account, its password or its rights.", "exchange")
	for _, e := range exchanges {
		m.refused.WithLabelValues(e)
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
		if x.Status == http.StatusUnauthorized || x.Status == http.StatusForbidden {
			m.mapi.refused.WithLabelValues(exchange).Inc()
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
	lag     *prometheus.HistogramVec
	group   func(mailbox string) string
}

var outboxSteps = []string{"claimed", "queued", "settled", "lost to another", "failed", "set aside", "ignored", "other"}

func newOutboxMetrics(f factory, names Names) outboxMetrics {
	o := outboxMetrics{
		watched: f.gaugeVec("outbox_watched", "Whether a mailbox is watched now.", "mailbox"),
		steps:   f.counterVec("outbox_messages_total", "Messages of a watched mailbox, by what was done.", "mailbox", "step"),
		lag:     f.histogramVec("outbox_lag_seconds", "How long a message lay in its mailbox, from its last change until it was in the queue; the grace is in it.", seconds, "group"),
		group:   names.Group,
	}
	groups := names.Groups
	if names.Group == nil {
		groups, o.group = []string{"all"}, func(string) string { return "all" }
	}
	for _, g := range groups {
		o.lag.WithLabelValues(g)
	}
	for _, m := range names.Mailboxes {
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

// Lag implements outbox.Observer.
func (m *Metrics) Lag(mailbox string, d time.Duration) {
	m.outbox.lag.WithLabelValues(m.outbox.group(mailbox)).Observe(d.Seconds())
}

// age is how old something is, in seconds; 0 when there is nothing.
func age(now, since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(now.Sub(since).Seconds(), 0)
}
