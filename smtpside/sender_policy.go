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

// tlsa looks for DANE records, and the names that a certificate may have with them. They count if everything on the way to them is
// authenticated; records that may be there and cannot be had rule the host out for now (RFC 7672 2.1.1). A host that is an alias has
// them where the alias leads, or else under its own name; under its own alone when it leads out of what is signed (2.2.2).
func (s *Sender) tlsa(ctx context.Context, w *way, h host, addrs Answer[net.IPAddr]) (records []tlspolicy.TLSA, names []string, err error) {
	port, err := strconv.Atoi(h.port)
	if s.signed == nil || err != nil || !w.mx.secure || w.TLS == TLSNever {
		return nil, nil, nil
	}
	bases := []string{addrs.Name, h.name}
	if strings.EqualFold(addrs.Name, h.name) {
		bases = bases[:1]
	}
	if !addrs.Secure {
		if len(bases) == 1 {
			return nil, nil, nil
		}
		secure, err := s.signed.SecureAlias(ctx, h.name)
		if err != nil {
			return nil, nil, noTLSA(h.name, err)
		}
		if !secure {
			return nil, nil, nil
		}
		bases = bases[1:]
	}
	for _, base := range bases {
		if records, err = s.signed.TLSA(ctx, base, port); err != nil {
			return nil, nil, noTLSA(base, err)
		}
		if len(records) > 0 {
			return records, append([]string{base}, w.mx.domain...), nil
		}
	}
	return nil, nil, nil
}

func noTLSA(host string, err error) Status {
	return Status{Code: 451, Detail: "7.5", Text: fmt.Sprintf("looking up the TLSA records of %s: %v", host, plainDNS(err))}
}

// policyFor is what a way demands of a host, which is told where it is no MX of the domain's policy.
func (s *Sender) policyFor(t target, w *way) (TLSPolicy, error) {
	policy, allowed := w.demands(t)
	if w.sts == nil || len(t.tlsa) > 0 || w.sts.Allows(t.name) || policy == TLSNever || policy == TLSFromStart {
		return policy, nil
	}
	s.tlsFailed(w.Domain, t, "sts", w.sts.Mode, "validation-failure")
	if allowed {
		return policy, nil
	}
	s.opts.TLSSession(tlspolicy.Session{Domain: w.Domain, Policy: "sts", Text: w.sts.Lines(), MX: w.sts.MX, Host: t.name, Result: "validation-failure"})
	return policy, Status{Code: 451, Detail: "7.0", Text: fmt.Sprintf("the MTA-STS policy of %s does not have the MX %s", w.Domain, t.name)}
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
