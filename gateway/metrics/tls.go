package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

var (
	// tlsVersions are the names of crypto/tls; "none" is a plain connection.
	tlsVersions = []string{"TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3", "none", "other"}
	// tlsPolicies and tlsResults are those of RFC 8460 4.2 and 4.3.
	tlsPolicies = []string{"sts", "tlsa", "other"}
	tlsResults  = []string{
		"starttls-not-supported", "certificate-host-mismatch", "certificate-expired", "certificate-not-trusted", "validation-failure",
		"tlsa-invalid", "dnssec-invalid", "dane-required", "sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid", "other",
	}
)

// tlsMetrics tell how connections were encrypted.
type tlsMetrics struct {
	in       *prometheus.CounterVec
	out      *prometheus.CounterVec
	failures *prometheus.CounterVec
	kept     *prometheus.CounterVec
}

func newTLSMetrics(f factory) tlsMetrics {
	t := tlsMetrics{
		in:       f.counterVec("smtp_tls_sessions_total", "SMTP sessions that clients encrypted, by the version of TLS.", "listener", "version"),
		out:      f.counterVec("smtp_out_tls_total", "Recipients that were tried over SMTP, by the version of TLS that the connection had.", "version"),
		failures: f.counterVec("smtp_out_tls_failures_total", "Hosts that did not do what the policy of their domain asks for (DANE, MTA-STS), by the result types of RFC 8460.", "policy", "result"),
		kept:     f.counterVec("smtp_out_tls_policies_kept_total", "Connections to hosts that did what the policy of their domain asks for (tlsa is DANE, sts MTA-STS).", "policy"),
	}
	for _, v := range tlsVersions {
		t.out.WithLabelValues(v)
	}
	for _, p := range tlsPolicies {
		t.kept.WithLabelValues(p)
		for _, r := range tlsResults {
			t.failures.WithLabelValues(p, r)
		}
	}
	return t
}

func (t *tlsMetrics) know(listeners []string) {
	for _, v := range tlsVersions {
		for _, l := range listeners {
			t.in.WithLabelValues(l, v)
		}
	}
}

// SentOver counts a try by its version of TLS and its cipher suite, "" for plain.
func (m *Metrics) SentOver(used string) {
	version := "none"
	if used != "" {
		version = "other"
		for _, v := range tlsVersions {
			if strings.HasPrefix(used, v) {
				version = v
			}
		}
	}
	m.tls.out.WithLabelValues(version).Inc()
}

// TLSFailure counts a host that does not do what its domain asks for.
func (m *Metrics) TLSFailure(_, _, policy, result string) {
	m.tls.failures.WithLabelValues(known(policy, tlsPolicies), known(result, tlsResults)).Inc()
}

// TLSSession counts a connection to a host whose domain asks for something, when it was as that asks.
func (m *Metrics) TLSSession(s tlspolicy.Session) {
	if s.Policy != tlspolicy.NoPolicy && s.Result == "" {
		m.tls.kept.WithLabelValues(known(s.Policy, tlsPolicies)).Inc()
	}
}
