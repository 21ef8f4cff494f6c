package kerberos

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"
)

const realm = "EXAMPLE.TEST"

// keys makes the service's keytab, and another service's.
func keys(t testing.TB, password string) *keytab.Keytab {
	k := keytab.New()
	if err := k.AddEntry("HTTP/localhost", realm, password, time.Now(), 1, etypeID.AES256_CTS_HMAC_SHA1_96); err != nil {
		t.Fatal(err)
	}
	return k
}

// token makes the initial token of alice with a ticket that a KDC with these
// keys would give, and this checksum in its authenticator.
func token(t testing.TB, k *keytab.Keytab, sum types.Checksum, ends time.Time) []byte {
	alice := types.NewPrincipalName(nametype.KRB_NT_PRINCIPAL, "alice")
	http := types.NewPrincipalName(nametype.KRB_NT_SRV_INST, "HTTP/localhost")
	now := time.Now()
	ticket, key, err := messages.NewTicket(alice, realm, http, realm, types.NewKrbFlags(), k, etypeID.AES256_CTS_HMAC_SHA1_96, 1, now, now.Add(-time.Minute), ends, ends)
	if err != nil {
		t.Fatal(err)
	}
	who, err := types.NewAuthenticator(realm, alice)
	if err != nil {
		t.Fatal(err)
	}
	who.Cksum = sum
	req, err := messages.NewAPReq(ticket, key, who)
	if err != nil {
		t.Fatal(err)
	}
	body, err := req.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	b, err := asn1.Marshal(gssapi.OIDKRB5.OID())
	if err != nil {
		t.Fatal(err)
	}
	outer := spnego.SPNEGOToken{Init: true, NegTokenInit: spnego.NegTokenInit{
		MechTypes:      []asn1.ObjectIdentifier{gssapi.OIDKRB5.OID()},
		MechTokenBytes: asn1tools.AddASNAppTag(append(append(b, 1, 0), body...), 0),
	}}
	if b, err = outer.Marshal(); err != nil {
		t.Fatal(err)
	}
	return b
}

// checksum is that of RFC 4121 4.1.1 with these bindings.
func checksum(bindings []byte) types.Checksum {
	b := binary.LittleEndian.AppendUint32(nil, 16)
	return types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: append(append(b, bindings...), 0, 0, 0, 0)}
}

func TestBindings(t *testing.T) {
	k := keys(t, "secret")
	a := &Acceptor{k}
	ours, others := slices.Repeat([]byte{7}, 16), slices.Repeat([]byte{8}, 16)
	short := types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: []byte{16, 0, 0, 0, 7}}
	wants := map[Protection][4]error{ // of ours, others, none, short
		Off:     {nil, nil, nil, nil},
		Allow:   {nil, ErrWrongBindings, nil, nil},
		Require: {nil, ErrWrongBindings, ErrNotBound, ErrNotBound},
	}
	for p, want := range wants {
		for i, sum := range []types.Checksum{checksum(ours), checksum(others), checksum(make([]byte, 16)), short} {
			name, in, err := a.Accept(token(t, k, sum, time.Now().Add(time.Hour)), p, ours)
			if !errors.Is(err, want[i]) || (err == nil) != (want[i] == nil) || err == nil && (name != "alice" || in != realm) {
				t.Errorf("protection %d, checksum %d: %s@%s, %v; want %v", p, i, name, in, err, want[i])
			}
		}
	}
}

func TestRefused(t *testing.T) {
	k := keys(t, "secret")
	a := &Acceptor{k}
	sum := checksum(make([]byte, 16))
	good := token(t, k, sum, time.Now().Add(time.Hour))
	if _, _, err := a.Accept(good, Off, nil); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"replayed":    good,
		"another key": token(t, keys(t, "guess"), sum, time.Now().Add(time.Hour)),
		"expired":     token(t, k, sum, time.Now().Add(-time.Hour)),
		"cut":         good[:len(good)/2],
		"nothing":     nil,
	} {
		if who, _, err := a.Accept(b, Off, nil); err == nil {
			t.Errorf("%s: signed in as %s", name, who)
		}
	}
	none := filepath.Join(t.TempDir(), "none")
	if _, err := NewAcceptor(none); err == nil {
		t.Error("a keytab that is not there")
	}
	if err := os.WriteFile(none, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewAcceptor(none); err == nil {
		t.Error("a keytab of nonsense")
	}
}

// FuzzAccept feeds tokens to an acceptor.
func FuzzAccept(f *testing.F) {
	k := keys(f, "secret")
	a := &Acceptor{k}
	f.Add(token(f, k, checksum(make([]byte, 16)), time.Now().Add(time.Hour)))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, _ = a.Accept(b, Require, make([]byte, 16))
	})
}
