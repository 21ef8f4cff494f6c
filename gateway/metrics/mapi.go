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

func newMAPIMetrics(f factory) mapiMetrics {
	m := mapiMetrics{
		requests: f.counterVec("mapi_requests_total", "Requests to Exchange, by type and by whether they were answered as they should be.", "exchange", "type", "result"),
		took:     f.histogramVec("mapi_request_seconds", "Time of a request to Exchange; NotificationWait is left out.", seconds, "exchange", "type"),
		tokens:   f.counterVec("oauth_tokens_total", "Requests for access tokens (OAuth 2.0), by whether there was one.", "exchange", "result"),
		expiry:   f.gaugeVec("oauth_token_expiry_timestamp_seconds", "When the access token at hand ends; renewed before. 0 when none was needed yet.", "exchange"),
	}
	m.refused = f.counterVec("mapi_signin_refusals_total", "Requests that Exchange answered with 401 or 403 at their end: the account, its password or its rights.", "exchange")
	return m
}

func (m *mapiMetrics) know(exchanges []string) {
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
	mailboxes *prometheus.GaugeVec
	watched   *prometheus.GaugeVec
	steps     *prometheus.CounterVec
	lag       *prometheus.HistogramVec
}

var outboxSteps = []string{"claimed", "queued", "settled", "lost to another", "failed", "set aside", "ignored", "left alone", "other"}

func newOutboxMetrics(f factory) outboxMetrics {
	return outboxMetrics{
		mailboxes: f.gaugeVec("outbox_mailboxes", "Mailboxes that shall be watched, by this gateway or another on the same queue.", "group"),
		watched:   f.gaugeVec("outbox_watched", "Mailboxes that this gateway watches now.", "group"),
		steps:     f.counterVec("outbox_messages_total", "Messages of watched mailboxes, by what was done.", "group", "step"),
		lag:       f.histogramVec("outbox_lag_seconds", "How long a message lay in its mailbox, from its last change until it was in the queue; the grace is in it.", seconds, "group"),
	}
}

func (o *outboxMetrics) know(groups []string) {
	for _, g := range groups {
		o.mailboxes.WithLabelValues(g)
		o.watched.WithLabelValues(g)
		o.lag.WithLabelValues(g)
		for _, s := range outboxSteps {
			o.steps.WithLabelValues(g, s)
		}
	}
}

// Mailboxes counts those of a group that shall be watched: by is 1 or -1.
func (m *Metrics) Mailboxes(group string, by int) {
	m.outbox.mailboxes.WithLabelValues(group).Add(float64(by))
}

// Watching tells that one more mailbox of a group is watched now, or one less.
func (m *Metrics) Watching(group string, on bool) {
	if on {
		m.outbox.watched.WithLabelValues(group).Inc()
	} else {
		m.outbox.watched.WithLabelValues(group).Dec()
	}
}

// Did counts what was done with a message of a mailbox of the group.
func (m *Metrics) Did(group, what string) {
	m.outbox.steps.WithLabelValues(group, known(what, outboxSteps)).Inc()
}

// Lag notes how long a message lay in a mailbox of the group.
func (m *Metrics) Lag(group string, d time.Duration) {
	m.outbox.lag.WithLabelValues(group).Observe(d.Seconds())
}

// age is how old something is, in seconds; 0 when there is nothing.
func age(now, since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(now.Sub(since).Seconds(), 0)
}
