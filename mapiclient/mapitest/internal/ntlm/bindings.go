package ntlm

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/binary"
)

// Bindings is the hash of the tls-server-end-point channel bindings of a
// connection secured by the certificate. RFC 5929 4.1, [MS-NLMP] 2.2.2.1
func Bindings(certificate *x509.Certificate) []byte {
	data := append([]byte("tls-server-end-point:"), endPoint(certificate)...)
	// gss_channel_bindings_struct without addresses. RFC 2744 3.11
	b := make([]byte, 16, 20+len(data))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	hash := md5.Sum(append(b, data...))
	return hash[:]
}

// endPoint hashes the certificate by the hash of its own signature; MD5 and
// SHA-1 count as SHA-256. RFC 5929 4.1
func endPoint(c *x509.Certificate) []byte {
	switch c.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		h := sha512.Sum384(c.Raw)
		return h[:]
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		h := sha512.Sum512(c.Raw)
		return h[:]
	}
	h := sha256.Sum256(c.Raw)
	return h[:]
}
