package tlspolicy

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"testing"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A pin may be the host's own key or that of an authority above it, and nothing else will do; nor will a chain that nobody verified.
func TestPinned(t *testing.T) {
	ca, err := smtptest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	issued, err := ca.Issue("mx.x.example")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(issued.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{DNSName: "mx.x.example", Roots: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	pin := func(c *x509.Certificate) string {
		sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
		return "sha256:" + base64.StdEncoding.EncodeToString(sum[:])
	}
	verified := tls.ConnectionState{VerifiedChains: chains, PeerCertificates: chains[0]}
	authority := chains[0][len(chains[0])-1]
	for _, good := range [][]string{{pin(leaf)}, {pin(authority)}, {"sha256:other", pin(leaf)}} {
		if err := Pinned(verified, good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	if Pinned(verified, []string{"sha256:other"}) == nil {
		t.Error("a key that is not pinned passes")
	}
	if Pinned(tls.ConnectionState{PeerCertificates: chains[0]}, []string{pin(leaf)}) == nil {
		t.Error("a chain that was not verified passes")
	}
}
