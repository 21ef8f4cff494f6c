package ntlm

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
	"fmt"
	"strings"

	//lint:ignore SA1019 NTLM is made of MD4. [MS-NLMP] 3.3.2
	"golang.org/x/crypto/md4"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Protection says whether a channel binding is demanded. (Exchange calls it
// Extended Protection.)
type Protection int

// Degrees of protection: a wrong binding is refused from Allow on, a missing
// one by Require.
const (
	Off Protection = iota
	Allow
	Require
)

// authenticate is the AUTHENTICATE_MESSAGE taken apart. [MS-NLMP] 2.2.1.3
type authenticate struct {
	domain, user string
	proof, blob  []byte // NTLMv2_RESPONSE and NTLMv2_CLIENT_CHALLENGE
	sessionKey   []byte
	flags        uint32
}

// Verify checks the AUTHENTICATE_MESSAGE and gives the user as the client wrote
// it. The passwords function knows who exists; bindings is the hash of the
// connection's channel bindings. [MS-NLMP] 3.2.5.1.2, 3.3.2
func (ch *Challenge) Verify(message []byte, passwords func(user, domain string) (string, bool), p Protection, bindings []byte) (string, error) {
	a, err := parseAuthenticate(message)
	if err != nil {
		return "", err
	}
	password, ok := passwords(a.user, a.domain)
	if !ok {
		return "", fmt.Errorf("%w: no user %q", ErrRefused, a.user)
	}
	key := ntowfv2(password, a.user, a.domain)
	if !hmac.Equal(sum(key, ch.nonce[:], a.blob), a.proof) {
		return "", fmt.Errorf("%w: wrong password for %q", ErrRefused, a.user)
	}
	pairs, err := avPairs(a.blob)
	if err != nil {
		return "", err
	}
	if err := ch.checkIntegrity(message, a, pairs, sum(key, a.proof)); err != nil {
		return "", err
	}
	return a.user, checkBindings(pairs, p, bindings)
}

func parseAuthenticate(m []byte) (*authenticate, error) {
	if Type(m) != 3 || len(m) < 64 {
		return nil, fmt.Errorf("%w: want an AUTHENTICATE_MESSAGE", ErrMessage)
	}
	response, ok1 := field(m, 20)
	domain, ok2 := field(m, 28)
	user, ok3 := field(m, 36)
	session, ok4 := field(m, 52)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, fmt.Errorf("%w: a field points outside", ErrMessage)
	}
	if len(response) <= 24 { // NTLMv1, or anonymous
		return nil, fmt.Errorf("%w: the answer is not NTLMv2", ErrRefused)
	}
	return &authenticate{
		domain: wire.UTF16(domain), user: wire.UTF16(user),
		proof: response[:16], blob: response[16:],
		sessionKey: session, flags: binary.LittleEndian.Uint32(m[60:]),
	}, nil
}

// field gives the bytes that the length, maximum and offset at m[at:] name.
func field(m []byte, at int) ([]byte, bool) {
	n := int64(binary.LittleEndian.Uint16(m[at:]))
	off := int64(binary.LittleEndian.Uint32(m[at+4:]))
	if n == 0 {
		return nil, true
	}
	if off+n > int64(len(m)) {
		return nil, false
	}
	return m[off : off+n], true
}

// ntowfv2 is the key made of the password. [MS-NLMP] 3.3.2
func ntowfv2(password, user, domain string) []byte {
	h := md4.New()
	h.Write(wire.AppendUTF16(nil, password))
	return sum(h.Sum(nil), wire.AppendUTF16(nil, strings.ToUpper(user)+domain))
}

func sum(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// avPairs reads the pairs of an NTLMv2_CLIENT_CHALLENGE. [MS-NLMP] 2.2.2.7
func avPairs(blob []byte) (map[uint16][]byte, error) {
	const fixed = 28
	if len(blob) < fixed {
		return nil, fmt.Errorf("%w: the client challenge has %d bytes", ErrMessage, len(blob))
	}
	pairs := make(map[uint16][]byte)
	for b := blob[fixed:]; len(b) >= 4; {
		id, n := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if id == avEOL {
			return pairs, nil
		}
		if n > len(b)-4 {
			break
		}
		pairs[id], b = b[4:4+n], b[4+n:]
	}
	return nil, fmt.Errorf("%w: the AV pairs do not end", ErrMessage)
}

// checkIntegrity checks the MIC where the client says there is one. [MS-NLMP] 3.2.5.1.2
func (ch *Challenge) checkIntegrity(message []byte, a *authenticate, pairs map[uint16][]byte, base []byte) error {
	flags := pairs[avFlags]
	if len(flags) != 4 || binary.LittleEndian.Uint32(flags)&avFlagMIC == 0 {
		return nil
	}
	const at, n = 72, 16
	if len(message) < at+n {
		return fmt.Errorf("%w: no room for the promised MIC", ErrMessage)
	}
	key := base
	if a.flags&flagKeyExchange != 0 && len(a.sessionKey) == 16 {
		cipher, err := rc4.NewCipher(base)
		if err != nil {
			return err
		}
		key = make([]byte, 16)
		cipher.XORKeyStream(key, a.sessionKey)
	}
	zeroed := bytes.Clone(message)
	clear(zeroed[at : at+n])
	if !hmac.Equal(sum(key, ch.negotiate, ch.message, zeroed), message[at:at+n]) {
		return fmt.Errorf("%w: the MIC is wrong", ErrRefused)
	}
	return nil
}

// checkBindings checks MsvAvChannelBindings. [MS-NLMP] 3.2.5.1.2
func checkBindings(pairs map[uint16][]byte, p Protection, want []byte) error {
	got := pairs[avChannelBindings]
	none := len(got) == 0 || bytes.Equal(got, make([]byte, 16))
	switch {
	case p == Off, none && p == Allow:
		return nil
	case none || !hmac.Equal(got, want):
		return ErrBindings
	}
	return nil
}
