package metrics

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/smtpside"
)

// smtpMetrics count what listeners do.
type smtpMetrics struct {
	open       *prometheus.GaugeVec
	sessions   *prometheus.CounterVec
	refused    *prometheus.CounterVec
	commands   *prometheus.CounterVec
	took       *prometheus.HistogramVec
	mails      *prometheus.CounterVec
	bytes      *prometheus.CounterVec
	recipients *prometheus.CounterVec
	repeated   *prometheus.CounterVec
	declined   *prometheus.CounterVec
	banned     *prometheus.CounterVec
}

// The values that labels take; what else comes is "other".
var (
	verbs       = []string{"EHLO", "HELO", "LHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "VRFY", "HELP", "QUIT", "other"}
	classes     = []string{"2", "3", "4", "5"}
	sessionEnds = []string{"sessions", "sessions_per_ip", "proxy_header", "tls_handshake", "errors", "auth_failures", "idle", "smuggling", "line_length", "message_size", "http", "timeout", "disconnected", "other"}
	bans        = []string{"user", "address", "repeated", "other"}
	refusals    = []string{"auth", "relay", "sender", "route", "header", "loop", "full", "queued", "handover", "size", "sessions", "rate", "recipients", "filter", "filter_down", "recipient", "directory_down", "other"}
)

func newSMTPMetrics(f factory) smtpMetrics {
	s := smtpMetrics{
		open:       f.gaugeVec("smtp_sessions", "SMTP sessions that are open.", "listener"),
		sessions:   f.counterVec("smtp_sessions_total", "SMTP sessions that were opened.", "listener"),
		refused:    f.counterVec("smtp_sessions_refused_total", "SMTP clients that got no session or lost it, by reason.", "listener", "why"),
		commands:   f.counterVec("smtp_commands_total", "SMTP commands, by the first digit of the reply.", "listener", "verb", "class"),
		took:       f.histogramVec("smtp_data_seconds", "Time from a message's end to its reply.", seconds, "listener"),
		mails:      f.counterVec("mails_accepted_total", "Mails that were taken over SMTP: into the queue, or handed over at once.", "listener"),
		bytes:      f.counterVec("mails_accepted_bytes_total", "Their size.", "listener"),
		recipients: f.counterVec("recipients_accepted_total", "Their recipients.", "listener"),
		repeated:   f.counterVec("mails_repeated_total", "Mails that a client sent again within the listener's duplicates: answered for, and not taken again.", "listener"),
		declined:   f.counterVec("smtp_refusals_total", "Commands that policy refused, by reason.", "listener", "why"),
		banned:     f.counterVec("smtp_signins_banned_total", "Attempts to sign in that were not tried: too many failures of the user or the address, or a password that was wrong before.", "by"),
	}
	for _, by := range bans {
		s.banned.WithLabelValues(by)
	}
	return s
}

func (s *smtpMetrics) know(listeners []string) {
	for _, l := range listeners {
		s.open.WithLabelValues(l)
		s.took.WithLabelValues(l)
		for _, v := range []*prometheus.CounterVec{s.sessions, s.mails, s.bytes, s.recipients, s.repeated} {
			v.WithLabelValues(l)
		}
		for _, verb := range verbs {
			for _, class := range classes {
				s.commands.WithLabelValues(l, verb, class)
			}
		}
		for _, why := range sessionEnds {
			s.refused.WithLabelValues(l, why)
		}
		for _, why := range refusals {
			s.declined.WithLabelValues(l, why)
		}
	}
}

// Accepted implements ingress.Observer.
func (m *Metrics) Accepted(listener string, size int64, recipients int) {
	m.smtp.mails.WithLabelValues(listener).Inc()
	m.smtp.bytes.WithLabelValues(listener).Add(float64(size))
	m.smtp.recipients.WithLabelValues(listener).Add(float64(recipients))
}

// Repeated implements ingress.Observer.
func (m *Metrics) Repeated(listener string) { m.smtp.repeated.WithLabelValues(listener).Inc() }

// Refused implements ingress.Observer.
func (m *Metrics) Refused(listener, why string) {
	m.smtp.declined.WithLabelValues(listener, known(why, refusals)).Inc()
}

// Banned counts an attempt to sign in that was not tried.
func (m *Metrics) Banned(by string) { m.smtp.banned.WithLabelValues(known(by, bans)).Inc() }

// SMTP gives the observer of one listener.
func (m *Metrics) SMTP(listener string) smtpside.Observer {
	return smtpObserver{&m.smtp, m.tls.in, listener}
}

type smtpObserver struct {
	*smtpMetrics
	tls      *prometheus.CounterVec
	listener string
}

// TLSStarted implements smtpside.TLSObserver.
func (o smtpObserver) TLSStarted(version string) {
	o.tls.WithLabelValues(o.listener, known(version, tlsVersions)).Inc()
}

func (o smtpObserver) SessionOpened(net.Addr) {
	o.open.WithLabelValues(o.listener).Inc()
	o.sessions.WithLabelValues(o.listener).Inc()
}

func (o smtpObserver) SessionClosed(net.Addr, time.Duration) {
	o.open.WithLabelValues(o.listener).Dec()
}

func (o smtpObserver) SessionRefused(_ net.Addr, why string) {
	o.refused.WithLabelValues(o.listener, known(why, sessionEnds)).Inc()
}

func (o smtpObserver) Command(verb string, reply smtpside.Status, took time.Duration) {
	class := known(strconv.Itoa(reply.Code/100), classes)
	if class == "other" {
		class = "5"
	}
	o.commands.WithLabelValues(o.listener, known(verb, verbs), class).Inc()
	if verb == "DATA" || verb == "BDAT" {
		observe(o.took.WithLabelValues(o.listener), took, named(reply.Text))
	}
}

// named gives the mail that a reply names at its end, such as "queued as ID", or nil.
func named(text string) *mail.Mail {
	id := mail.ID(text[strings.LastIndexByte(text, ' ')+1:])
	if !id.Valid() {
		return nil
	}
	return &mail.Mail{ID: id}
}
