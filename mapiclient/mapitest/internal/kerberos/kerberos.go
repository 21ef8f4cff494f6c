// Package kerberos is the service's side of a sign-in with Kerberos by the
// Negotiate scheme, with channel bindings. RFC 4559, RFC 4178, RFC 4121
package kerberos

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/service"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Protection says what becomes of channel bindings.
type Protection int

// Degrees of protection.
const (
	// Off ignores bindings.
	Off Protection = iota
	// Allow refuses wrong ones.
	Allow
	// Require refuses wrong and missing ones.
	Require
)

// Errors of a sign-in.
var (
	ErrNotBound      = errors.New("kerberos: the token is not bound to the TLS connection")
	ErrWrongBindings = errors.New("kerberos: the token is bound to another TLS connection")
)

// An Acceptor checks tickets with a service's keys.
type Acceptor struct{ keys *keytab.Keytab }

// NewAcceptor reads the keys of the service.
func NewAcceptor(file string) (*Acceptor, error) {
	keys, err := keytab.Load(file)
	if err != nil {
		return nil, fmt.Errorf("keytab %s: %w", file, err)
	}
	return &Acceptor{keys}, nil
}

// IsToken tells whether a token is one of SPNEGO, or of Kerberos alone: the initial
// token of a GSS-API mechanism. RFC 2743 3.1
func IsToken(b []byte) bool { return len(b) > 0 && b[0] == 0x60 }

// Accept checks an initial token and gives the principal's name and realm. bindings is
// the hash of the channel bindings of the connection it came over.
func (a *Acceptor) Accept(token []byte, p Protection, bindings []byte) (name, realm string, err error) {
	defer func() {
		// gokrb5 8.4.4 takes the lengths in some malformed tokens for true.
		if r := recover(); r != nil {
			err = fmt.Errorf("kerberos: malformed token: %v", r)
		}
	}()
	var outer spnego.SPNEGOToken
	if err := outer.Unmarshal(token); err != nil {
		return "", "", fmt.Errorf("kerberos: %w", err)
	}
	if !outer.Init {
		return "", "", errors.New("kerberos: the token is no initial one")
	}
	var inner spnego.KRB5Token
	if err := inner.Unmarshal(outer.NegTokenInit.MechTokenBytes); err != nil {
		return "", "", fmt.Errorf("kerberos: %w", err)
	}
	if !inner.IsAPReq() {
		return "", "", errors.New("kerberos: the token holds no AP-REQ")
	}
	ok, who, err := service.VerifyAPREQ(&inner.APReq, service.NewSettings(a.keys, service.DecodePAC(false)))
	if err != nil || !ok {
		return "", "", fmt.Errorf("kerberos: the ticket is refused: %w", err)
	}
	if err := bound(inner.APReq.Authenticator.Cksum, p, bindings); err != nil {
		return "", "", err
	}
	return who.UserName(), who.Domain(), nil
}

// bound judges the channel bindings in an authenticator's checksum; sixteen
// zeros are none. RFC 4121 4.1.1, 4.1.1.2
func bound(sum types.Checksum, p Protection, want []byte) error {
	const length, size = 4, 16
	if p == Off {
		return nil
	}
	has := sum.CksumType == chksumtype.GSSAPI && len(sum.Checksum) >= length+size && binary.LittleEndian.Uint32(sum.Checksum) == size
	switch {
	case !has || bytes.Equal(sum.Checksum[length:length+size], make([]byte, size)):
		if p == Require {
			return ErrNotBound
		}
	case !bytes.Equal(sum.Checksum[length:length+size], want):
		return ErrWrongBindings
	}
	return nil
}
