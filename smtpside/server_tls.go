package smtpside

import (
	"crypto/tls"
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
