package smtpside

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// stsPolicy returns the MTA-STS policy of a route's domain, or nil.
func (s *Sender) stsPolicy(ctx context.Context, r *Route) *tlspolicy.Policy {
	if s.opts.STS == nil || r.Domain == "" || r.TLS == TLSNever {
		return nil
	}
	if p := s.opts.STS.Policy(ctx, r.Domain); p != nil && p.Mode != "none" {
		return p
	}
	return nil
}

// tlsa looks for DANE records. They count if everything on the way to them is authenticated (RFC 7672 2.2); records that may be there
// and cannot be had rule the host out for now (2.1.1).
func (s *Sender) tlsa(ctx context.Context, r *Route, h host, secure bool) ([]tlspolicy.TLSA, error) {
	signed, ok := s.opts.Resolver.(SecureResolver)
	if !ok || !h.secure || !secure || r.TLS == TLSNever {
		return nil, nil
	}
	port, err := strconv.Atoi(h.port)
	if err != nil {
		return nil, nil
	}
	records, err := signed.TLSA(ctx, h.name, port)
	if err != nil {
		return nil, Status{Code: 451, Detail: "7.5", Text: fmt.Sprintf("looking up the TLSA records of %s: %v", h.name, plainDNS(err))}
	}
	return records, nil
}

// policyFor says what TLS a host must speak: as the route wants it, or more where the domain asks for it. DANE counts before
// MTA-STS (RFC 8461 2).
func (s *Sender) policyFor(t target, r *Route, sts *tlspolicy.Policy) (TLSPolicy, error) {
	policy := r.TLS
	if policy == TLSOpportunistic && r.Auth != nil && !r.AuthPlain {
		policy = TLSRequired
	}
	switch {
	case policy != TLSOpportunistic && policy != TLSRequired:
		return policy, nil
	case len(t.tlsa) > 0:
		return TLSRequired, nil
	case sts == nil:
		return policy, nil
	case !sts.Allows(t.name):
		s.tlsFailed(r.Domain, t, "sts", sts.Mode, "validation-failure")
		if sts.Mode == "testing" {
			return policy, nil
		}
		s.opts.TLSSession(tlspolicy.Session{Domain: r.Domain, Policy: "sts", Text: sts.Lines(), MX: sts.MX, Host: t.name, Result: "validation-failure"})
		return policy, Status{Code: 451, Detail: "7.0", Text: fmt.Sprintf("the MTA-STS policy of %s does not have the MX %s", r.Domain, t.name)}
	case sts.Mode == "testing":
		return policy, nil
	}
	return TLSRequired, nil
}

// reportTLS tells how it went with the TLS of an MX. What a policy asked for and did not get is a failure.
func (s *Sender) reportTLS(t target, r *Route, sts *tlspolicy.Policy, c *client, err error) {
	if r.Domain == "" || r.TLS == TLSNever {
		return
	}
	session := tlspolicy.Session{Domain: r.Domain, Policy: tlspolicy.NoPolicy, Host: t.name}
	session.IP, _, _ = net.SplitHostPort(t.addr) // "" where it is none
	mode := "enforce"
	switch {
	case len(t.tlsa) > 0:
		session.Policy = "tlsa"
		for _, record := range t.tlsa {
			session.Text = append(session.Text, record.String())
		}
	case sts != nil:
		session.Policy, session.Text, session.MX, mode = "sts", sts.Lines(), sts.MX, sts.Mode
	}
	switch {
	case err != nil && strings.HasPrefix(StatusOf(err).Detail, "7."):
		session.Result = resultType(err)
	case err != nil:
		return // it has nothing to do with TLS
	case c.tls == "":
		session.Result = "starttls-not-supported"
	case c.misfit != nil:
		session.Result = resultType(c.misfit)
	case sts != nil && len(t.tlsa) == 0 && !sts.Allows(t.name):
		session.Result = "validation-failure" // which policyFor has told of
	}
	s.opts.TLSSession(session)
	if session.Policy != tlspolicy.NoPolicy && session.Result != "" && (sts == nil || len(t.tlsa) > 0 || sts.Allows(t.name)) {
		s.tlsFailed(r.Domain, t, session.Policy, mode, session.Result)
	}
}

func (s *Sender) tlsFailed(domain string, t target, policy, mode, result string) {
	s.log.Warn("a host does not fit the TLS policy of its domain", "domain", domain, "host", t.String(), "policy", policy,
		"mode", mode, "result", result)
	s.opts.TLSFailure(domain, t.name, policy, result)
}

// resultType names an error as RFC 8460 4.3 does.
func resultType(err error) string {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &name):
		return "certificate-host-mismatch"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "certificate-expired"
	case errors.As(err, &unknown):
		return "certificate-not-trusted"
	case StatusOf(err).Detail == "7.10":
		return "starttls-not-supported"
	}
	return "validation-failure"
}
