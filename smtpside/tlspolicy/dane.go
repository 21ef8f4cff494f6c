// Package tlspolicy is what domains ask of those who send mail to them: DANE (RFC 7672) and MTA-STS (RFC 8461).
package tlspolicy

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
)

// A TLSA record says which certificate a host has (RFC 6698 2.1).
type TLSA struct {
	Usage, Selector, Matching uint8
	Data                      []byte
}

// The usages of TLSA that mail knows; the other two are unusable (RFC 7672 3.1.3).
const (
	daneTA = 2 // an authority's certificate is in the record
	daneEE = 3 // the host's own is
)

var errDANE = errors.New("no TLSA record fits the certificate")

// String writes the record as a zone has it.
func (r TLSA) String() string {
	return fmt.Sprintf("%d %d %d %x", r.Usage, r.Selector, r.Matching, r.Data)
}

func (r TLSA) usable() bool {
	return (r.Usage == daneTA || r.Usage == daneEE) && r.Selector <= 1 && r.Matching <= 2
}

// matches tells whether the record is about a certificate.
func (r TLSA) matches(c *x509.Certificate) bool {
	data := c.Raw
	if r.Selector == 1 {
		data = c.RawSubjectPublicKeyInfo
	}
	switch r.Matching {
	case 0:
		return bytes.Equal(r.Data, data)
	case 1:
		sum := sha256.Sum256(data)
		return bytes.Equal(r.Data, sum[:])
	case 2:
		sum := sha512.Sum512(data)
		return bytes.Equal(r.Data, sum[:])
	}
	return false
}

// DANE gives a TLS configuration that accepts exactly what the records say. names are those that a host may have in its certificate
// where the records are of an authority (RFC 7672 3.2.2), the TLSA base domain first: the host is asked for its certificate by that name
// (8.1). Where no record is usable, TLS must be, with any certificate (2.2.1); verified is false then.
func DANE(c *tls.Config, names []string, records []TLSA) (config *tls.Config, verified bool) {
	config = c.Clone()
	config.ServerName = names[0]
	config.InsecureSkipVerify = true //nolint:gosec // VerifyConnection does it, by other rules
	if !slices.ContainsFunc(records, TLSA.usable) {
		return config, false
	}
	config.VerifyConnection = func(state tls.ConnectionState) error { return VerifyDANE(state.PeerCertificates, names, records) }
	return config, true
}

// VerifyDANE checks a chain, the host's own certificate first. Of DANE-EE neither name nor dates count (RFC 7672 3.1.1); of DANE-TA
// everything does (3.1.2). Without a usable record every certificate will do.
func VerifyDANE(chain []*x509.Certificate, names []string, records []TLSA) error {
	if !slices.ContainsFunc(records, TLSA.usable) {
		return nil
	}
	if len(chain) == 0 {
		return errDANE
	}
	var why error
	for _, r := range records {
		switch {
		case !r.usable():
		case r.Usage == daneEE && r.matches(chain[0]):
			return nil
		case r.Usage == daneTA:
			for _, anchor := range chain {
				if !r.matches(anchor) {
					continue
				}
				if why = verifyBelow(anchor, chain, names); why == nil {
					return nil
				}
			}
		}
	}
	if why != nil {
		return fmt.Errorf("%w: %w", errDANE, why)
	}
	return errDANE
}

// verifyBelow checks a chain up to one certificate, for one of some names.
func verifyBelow(anchor *x509.Certificate, chain []*x509.Certificate, names []string) error {
	opts := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
	opts.Roots.AddCert(anchor)
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	if _, err := chain[0].Verify(opts); err != nil {
		return err
	}
	var why error
	for _, name := range names {
		if why = chain[0].VerifyHostname(name); why == nil {
			return nil
		}
	}
	return why
}

// VerifyPKIX checks a chain as the web does; roots nil are the system's.
func VerifyPKIX(chain []*x509.Certificate, host string, roots *x509.CertPool) error {
	if len(chain) == 0 {
		return errors.New("no certificate")
	}
	opts := x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(opts)
	return err
}
