package mapitest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// authority is a certificate authority made for one server, with the server's
// own certificate.
type authority struct {
	root   *x509.Certificate
	server *x509.Certificate
	chain  tls.Certificate
}

// newAuthority makes a root and, signed by it, a certificate for the hosts.
func newAuthority(hosts []string, now time.Time) (*authority, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the authority's key: %w", err)
	}
	rootTemplate := certificateTemplate("Mapigate test authority", now)
	rootTemplate.IsCA = true
	rootTemplate.BasicConstraintsValid = true
	rootTemplate.KeyUsage = x509.KeyUsageCertSign
	rootDER, err := x509.CreateCertificate(rand.Reader, rootTemplate, rootTemplate, rootKey.Public(), rootKey)
	if err != nil {
		return nil, fmt.Errorf("making the authority's certificate: %w", err)
	}
	root, err := x509.ParseCertificate(rootDER)
	if err != nil {
		return nil, fmt.Errorf("reading the authority's certificate: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the server's key: %w", err)
	}
	template := certificateTemplate("Mapigate test Exchange", now)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, root, key.Public(), rootKey)
	if err != nil {
		return nil, fmt.Errorf("making the server's certificate: %w", err)
	}
	server, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the server's certificate: %w", err)
	}
	return &authority{root: root, server: server, chain: tls.Certificate{Certificate: [][]byte{der, rootDER}, PrivateKey: key}}, nil
}

func certificateTemplate(name string, now time.Time) *x509.Certificate {
	serial := make([]byte, 16)
	rand.Read(serial)
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(1, 0, 0),
	}
}

// private is the authority as parseAuthority reads it: the server's
// certificate, the root's, and the server's key.
func (a *authority) private() ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(a.chain.PrivateKey)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, der := range a.chain.Certificate {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return append(b, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...), nil
}

// parseAuthority is the opposite of private.
func parseAuthority(b []byte) (*authority, error) {
	chain, err := tls.X509KeyPair(b, b)
	if err != nil {
		return nil, fmt.Errorf("reading the server's certificate: %w", err)
	}
	if len(chain.Certificate) != 2 {
		return nil, fmt.Errorf("the server's certificate has a chain of %d", len(chain.Certificate))
	}
	root, err := x509.ParseCertificate(chain.Certificate[1])
	if err != nil {
		return nil, fmt.Errorf("reading the authority's certificate: %w", err)
	}
	return &authority{root: root, server: chain.Leaf, chain: chain}, nil
}

// pool is what a client has to trust.
func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.root)
	return p
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw})
}
