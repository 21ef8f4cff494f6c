package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM is defined with MD4
)

// A serverChallenge makes a CHALLENGE_MESSAGE with the given TargetInfo.
// [MS-NLMP] 2.2.1.2
func serverChallenge(info []byte) []byte {
	name := utf16le("VM")
	b := make([]byte, challengeHeader)
	copy(b, "NTLMSSP\x00\x02\x00\x00\x00")
	le := binary.LittleEndian
	le.PutUint16(b[12:], uint16(len(name)))
	le.PutUint16(b[14:], uint16(len(name)))
	le.PutUint32(b[16:], challengeHeader)
	le.PutUint32(b[20:], 0x00880201) // UNICODE, NTLM, EXTENDED_SESSIONSECURITY, TARGET_INFO
	copy(b[24:], "\x01\x23\x45\x67\x89\xab\xcd\xef")
	if info != nil {
		le.PutUint16(b[40:], uint16(len(info)))
		le.PutUint16(b[42:], uint16(len(info)))
		le.PutUint32(b[44:], uint32(challengeHeader+len(name)))
	}
	return append(append(b, name...), info...)
}

func pairs(list ...any) []byte {
	var b []byte
	for i := 0; i < len(list); i += 2 {
		b = appendPair(b, uint16(list[i].(int)), list[i+1].([]byte))
	}
	return appendPair(b, avEOL, nil)
}

// field gives a field of an AUTHENTICATE_MESSAGE. [MS-NLMP] 2.2.1.3
func field(t *testing.T, msg []byte, at int) []byte {
	t.Helper()
	n, off := int(binary.LittleEndian.Uint16(msg[at:])), int(binary.LittleEndian.Uint32(msg[at+4:]))
	if off+n > len(msg) {
		t.Fatalf("field at %d reaches beyond the message", at)
	}
	return msg[off : off+n]
}

// ntlmV2Key is NTOWFv2. [MS-NLMP] 3.3.2
func ntlmV2Key(password, user, domain string) []byte {
	h := md4.New()
	h.Write(utf16le(password))
	m := hmac.New(md5.New, h.Sum(nil))
	m.Write(utf16le(strings.ToUpper(user) + domain))
	return m.Sum(nil)
}

// TestNTLM goes through a sign-in and checks the proof as a server does.
func TestNTLM(t *testing.T) {
	cert := &x509.Certificate{Raw: []byte("a certificate"), SignatureAlgorithm: x509.SHA256WithRSA}
	conn := Conn{Host: "mail.example.test", TLS: &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}}}
	s := begin(t, NewNTLM(Credentials{User: `VM\user`, Password: NewSecret("SecREt01")}), conn)
	if h, err := s.Header(t.Context()); h != "" || err != nil {
		t.Errorf("the connection is signed in, not the request: %q, %v", h, err)
	}
	first, err := s.Next(t.Context(), nil)
	if err != nil || !strings.HasPrefix(first, "NTLM TlRMTVNTUAAB") || !s.Handshake() {
		t.Fatalf("NEGOTIATE_MESSAGE %q, %v", first, err)
	}
	info := pairs(2, utf16le("VM"), avChannelBindings, make([]byte, 16), 7, []byte("\x00\x11\x22\x33\x44\x55\xD9\x01"))
	challenge := serverChallenge(info)
	// The scheme is that of the challenge, as gromox 3.10 has it.
	second, err := s.Next(t.Context(), []string{"Basic realm=x", "Negotiate " + base64.StdEncoding.EncodeToString(challenge)})
	scheme, token, _ := strings.Cut(second, " ")
	if err != nil || scheme != "Negotiate" || s.Handshake() {
		t.Fatalf("AUTHENTICATE_MESSAGE %q, %v", second, err)
	}
	msg, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	domain, user, nt := field(t, msg, 28), field(t, msg, 36), field(t, msg, 20)
	if !bytes.Equal(domain, utf16le("VM")) || !bytes.Equal(user, utf16le("user")) {
		t.Errorf("domain %q, user %q", domain, user)
	}
	proof := hmac.New(md5.New, ntlmV2Key("SecREt01", "user", "VM"))
	proof.Write([]byte("\x01\x23\x45\x67\x89\xab\xcd\xef"))
	proof.Write(nt[16:])
	if !bytes.Equal(proof.Sum(nil), nt[:16]) {
		t.Fatal("the proof is wrong")
	}
	bindings := channelBindings(cert)
	want := pairs(2, utf16le("VM"), 7, []byte("\x00\x11\x22\x33\x44\x55\xD9\x01"),
		avChannelBindings, bindings[:], avTargetName, utf16le("HTTP/mail.example.test"))
	if !bytes.Contains(nt, want) {
		t.Errorf("the TargetInfo under the proof is\n%x, want\n%x", nt[44:], want)
	}
	_, err = s.Next(t.Context(), []string{"Negotiate"})
	var rejected *RejectedError
	if !errors.As(err, &rejected) || !strings.Contains(err.Error(), "Extended Protection") || strings.Contains(err.Error(), "SecREt01") {
		t.Errorf("refused: %v", err)
	}
}

// TestNTLMUnderNegotiate starts anew under the other name where the first is not known.
func TestNTLMUnderNegotiate(t *testing.T) {
	s := begin(t, NewNTLM(cred), overTLS)
	if _, err := s.Next(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	h, err := s.Next(t.Context(), []string{"Negotiate"})
	if err != nil || !strings.HasPrefix(h, "Negotiate TlRMTVNTUAAB") {
		t.Fatalf("%q, %v", h, err)
	}
	for offered, want := range map[string]string{"Negotiate": "no NTLM challenge", "Basic": "does not take NTLM"} {
		if _, err := s.Next(t.Context(), []string{offered}); !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: %v, want %q", offered, err, want)
		}
	}
}

// TestChannelBindings builds the structure by hand, field by field: RFC 2744 3.11.
func TestChannelBindings(t *testing.T) {
	cert := &x509.Certificate{Raw: []byte("x"), SignatureAlgorithm: x509.SHA256WithRSA}
	sum := "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" // SHA-256 of "x"
	hash, err := hex.DecodeString(sum)
	if err != nil {
		t.Fatal(err)
	}
	structure := "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" +
		"\x35\x00\x00\x00" + "tls-server-end-point:" + string(hash)
	if got, want := channelBindings(cert), md5.Sum([]byte(structure)); got != want {
		t.Errorf("%x, want %x", got, want)
	}
	for alg, size := range map[x509.SignatureAlgorithm]int{
		x509.MD5WithRSA: 32, x509.SHA1WithRSA: 32, x509.ECDSAWithSHA1: 32, x509.SHA256WithRSAPSS: 32, x509.PureEd25519: 32,
		x509.ECDSAWithSHA384: 48, x509.SHA384WithRSAPSS: 48, x509.SHA512WithRSA: 64, x509.ECDSAWithSHA512: 64,
	} {
		if n := len(endPointHash(&x509.Certificate{Raw: []byte("x"), SignatureAlgorithm: alg})); n != size {
			t.Errorf("%v: hash of %d bytes, want %d", alg, n, size)
		}
	}
}

func TestBindChallengeRefused(t *testing.T) {
	good := serverChallenge(pairs(2, utf16le("VM")))
	for name, msg := range map[string][]byte{
		"empty": nil, "short": good[:40], "another message": append([]byte("NTLMSSP\x00\x01"), good[9:]...),
		"info outside":   set32(good, targetInfoOffset, 1<<31),
		"info in header": set32(good, targetInfoOffset, 8),
		"no end":         serverChallenge(appendPair(nil, 2, utf16le("VM"))),
		"long pair":      serverChallenge([]byte{2, 0, 0xFF, 0, 0, 0}),
		"too much":       serverChallenge(pairs(2, make([]byte, 65520))),
	} {
		if _, err := bindChallenge(msg, overTLS); !errors.Is(err, errChallenge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		msg  []byte
		conn Conn
	}{"without TLS": {good, inClear}, "without TargetInfo": {serverChallenge(nil), overTLS}} {
		if got, err := bindChallenge(c.msg, c.conn); err != nil || !bytes.Equal(got, c.msg) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

func set32(b []byte, at int, v uint32) []byte {
	b = bytes.Clone(b)
	binary.LittleEndian.PutUint32(b[at:], v)
	return b
}

// FuzzNTLM answers any challenge: an error or a message, never more.
func FuzzNTLM(f *testing.F) {
	f.Add(serverChallenge(nil))
	f.Add(serverChallenge(pairs(2, utf16le("VM"), 7, make([]byte, 8))))
	f.Fuzz(func(t *testing.T, msg []byte) {
		s := begin(t, NewNTLM(cred), overTLS)
		if _, err := s.Next(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		h, err := s.Next(t.Context(), []string{"NTLM " + base64.StdEncoding.EncodeToString(msg)})
		if err == nil && !strings.HasPrefix(h, "N") {
			t.Fatalf("%q", h)
		}
		if strings.Contains(fmt.Sprint(err), cred.Password.Reveal()) {
			t.Fatal(err)
		}
	})
}
