package smtpside

import (
	"crypto/tls"
	"crypto/x509"
	"net"
)

// oldTLS is a configuration for clients that were built before TLS 1.2: old versions, and every cipher suite that there is, the
// good ones first. nil for nil.
func oldTLS(c *tls.Config) *tls.Config {
	if c == nil {
		return nil
	}
	c = c.Clone()
	c.MinVersion = tls.VersionTLS10 //nolint:gosec // for named networks
	for _, suites := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range suites {
			c.CipherSuites = append(c.CipherSuites, s.ID)
		}
	}
	return c
}

// tlsFor is the configuration for a client.
func (s *Server) tlsFor(addr net.Addr) *tls.Config {
	if contains(s.opts.OldTLS, addr) {
		return s.oldTLS
	}
	return s.opts.TLS
}

// clientCertificates tells whether clients can prove by a certificate who they are.
func (o *ServerOptions) clientCertificates() bool {
	return o.Mode != TLSNone && o.TLS != nil && o.TLS.ClientAuth >= tls.VerifyClientCertIfGiven
}

// certified names the holder of the certificate that a client has proved to have: by its common name, or else its first address
// or host name; "" where there is none.
func certified(state *tls.ConnectionState) string {
	if len(state.VerifiedChains) == 0 {
		return ""
	}
	names := func(c *x509.Certificate) []string {
		return append(append([]string{c.Subject.CommonName}, c.EmailAddresses...), c.DNSNames...)
	}
	for _, name := range names(state.PeerCertificates[0]) {
		if name != "" {
			return name
		}
	}
	return state.PeerCertificates[0].SerialNumber.String()
}
