package auth

import (
	"crypto"
	"crypto/md5"
	_ "crypto/sha256" // linked in for crypto.SHA256
	_ "crypto/sha512" // linked in for crypto.SHA384 and crypto.SHA512
	"crypto/x509"
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf16"
)

// AV pairs of an NTLM challenge's TargetInfo. [MS-NLMP] 2.2.2.1
const (
	avEOL             = 0x0000
	avTargetName      = 0x0009
	avChannelBindings = 0x000A
)

// Where the TargetInfo field stands in a CHALLENGE_MESSAGE. [MS-NLMP] 2.2.1.2
const (
	challengeHeader  = 48
	targetInfoLen    = 40
	targetInfoMaxLen = 42
	targetInfoOffset = 44
)

var errChallenge = errors.New("malformed CHALLENGE_MESSAGE")

// bindChallenge puts into a challenge's TargetInfo what binds the answer to
// the TLS connection and to the service: the client's answer repeats the
// TargetInfo under its proof. [MS-NLMP] 3.1.5.1.2
//
// MsvAvFlags stays as it is, since no MIC is sent: the bit that announces one
// must not be set without it.
func bindChallenge(msg []byte, conn Conn) ([]byte, error) {
	if len(msg) < challengeHeader || string(msg[:8]) != "NTLMSSP\x00" || binary.LittleEndian.Uint32(msg[8:]) != 2 {
		return nil, errChallenge
	}
	n := int(binary.LittleEndian.Uint16(msg[targetInfoLen:]))
	at := int(binary.LittleEndian.Uint32(msg[targetInfoOffset:]))
	if conn.TLS == nil || n == 0 {
		return msg, nil
	}
	if at < challengeHeader || at > len(msg) || n > len(msg)-at {
		return nil, errChallenge
	}
	info, err := withoutPairs(msg[at:at+n], avTargetName, avChannelBindings)
	if err != nil {
		return nil, err
	}
	if len(conn.TLS.PeerCertificates) > 0 {
		b := channelBindings(conn.TLS.PeerCertificates[0])
		info = appendPair(info, avChannelBindings, b[:])
	}
	info = appendPair(info, avTargetName, utf16le("HTTP/"+conn.Host))
	info = appendPair(info, avEOL, nil)
	if len(info) > math.MaxUint16 {
		return nil, errChallenge
	}
	out := append(append([]byte{}, msg...), info...)
	binary.LittleEndian.PutUint16(out[targetInfoLen:], uint16(len(info)))
	binary.LittleEndian.PutUint16(out[targetInfoMaxLen:], uint16(len(info)))
	binary.LittleEndian.PutUint32(out[targetInfoOffset:], uint32(len(msg)))
	return out, nil
}

// withoutPairs copies AV pairs up to the end mark, which it leaves out, without those named.
func withoutPairs(info []byte, drop ...uint16) ([]byte, error) {
	var out []byte
	for len(info) >= 4 {
		id, n := binary.LittleEndian.Uint16(info), int(binary.LittleEndian.Uint16(info[2:]))
		if id == avEOL {
			return out, nil
		}
		if n > len(info)-4 {
			return nil, errChallenge
		}
		keep := true
		for _, d := range drop {
			keep = keep && d != id
		}
		if keep {
			out = append(out, info[:4+n]...)
		}
		info = info[4+n:]
	}
	return nil, errChallenge
}

func appendPair(b []byte, id uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// channelBindings is the MD5 of a gss_channel_bindings_struct whose
// application data is the tls-server-end-point binding: addresses are left
// empty. [MS-NLMP] 2.2.2.1, RFC 2744 3.11, RFC 5929 4.1
func channelBindings(cert *x509.Certificate) [md5.Size]byte {
	data := append([]byte("tls-server-end-point:"), endPointHash(cert)...)
	b := make([]byte, 16, 20+len(data)) // initiator and acceptor: type and length, all zero
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return md5.Sum(append(b, data...))
}

// endPointHash hashes the certificate with the hash of its signature, or
// SHA-256 where that is MD5, SHA-1 or unknown. RFC 5929 4.1
func endPointHash(cert *x509.Certificate) []byte {
	h := crypto.SHA256
	switch cert.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		h = crypto.SHA384
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		h = crypto.SHA512
	}
	d := h.New()
	d.Write(cert.Raw)
	return d.Sum(nil)
}
