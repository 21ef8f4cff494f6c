package auth

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/client"
	krbconfig "github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"
	"golang.org/x/sync/semaphore"
)

// Kerberos says who signs in and where the tickets come from: one of Keytab,
// CCache and Password is needed.
type Kerberos struct {
	// User is the principal, name@REALM; not needed with CCache.
	User string
	// Keytab is a file with the principal's keys.
	Keytab string
	// CCache is a file with tickets that others renew (kinit, k5start, sssd).
	CCache string
	// Password makes the keys.
	Password Secret
	// Config is krb5.conf; "" is /etc/krb5.conf.
	Config string
	// Service is the server's principal; "" is HTTP/ and the server's name.
	Service string
}

// NewKerberos signs a connection in with Kerberos by the Negotiate scheme,
// bound to its TLS certificate. [MS-SPNG], RFC 4559, RFC 4121 4.1.1
func NewKerberos(k Kerberos) (Authenticator, error) {
	ways := 0
	for _, has := range []bool{k.Keytab != "", k.CCache != "", !k.Password.IsZero()} {
		if has {
			ways++
		}
	}
	name, realm, ok := strings.Cut(k.User, "@")
	switch {
	case ways != 1:
		return nil, errors.New("Kerberos: give a keytab, a credential cache or a password, one of them")
	case k.CCache == "" && (!ok || name == "" || realm == ""):
		return nil, fmt.Errorf("Kerberos: the principal %q is not name@REALM", k.User)
	}
	if k.Config == "" {
		k.Config = "/etc/krb5.conf"
	}
	return &kerberos{Kerberos: k, name: name, realm: realm, turn: semaphore.NewWeighted(1)}, nil
}

type kerberos struct {
	Kerberos
	name, realm string

	turn   *semaphore.Weighted // who waits for a ticket may tire of it
	client *client.Client      // of a keytab or password; it keeps its tickets
}

func (a *kerberos) Name() string {
	if a.User == "" {
		return "Kerberos with the tickets of " + a.CCache
	}
	return "Kerberos as " + a.User
}

func (a *kerberos) Begin(_ context.Context, conn Conn) (SignIn, error) {
	if conn.TLS == nil {
		return nil, fmt.Errorf("sign-in to %s with %s: %w", conn.Host, a.Name(), ErrNotTLS)
	}
	return &kerberosSignIn{kerberos: a, conn: conn}, nil
}

// kerberosSignIn sends one token and is done: a server that wants more has refused.
type kerberosSignIn struct {
	*kerberos
	conn Conn
	sent bool
}

func (s *kerberosSignIn) Handshake() bool { return !s.sent }

// Header gives nothing: the connection is signed in, not the request.
func (s *kerberosSignIn) Header(context.Context) (string, error) { return "", nil }

func (s *kerberosSignIn) Next(ctx context.Context, challenges []string) (string, error) {
	if s.sent {
		e := &RejectedError{Name: s.Name(), Host: s.conn.Host, Offered: schemes(parseChallenges(challenges)), Bound: true}
		if !has(e.Offered, schemeNegotiate) {
			e.Reason = "the server does not take Negotiate"
		}
		return "", e
	}
	s.sent = true
	token, err := s.token(ctx, s.conn)
	if err != nil {
		return "", fmt.Errorf("sign-in to %s with %s: %w", s.conn.Host, s.Name(), err)
	}
	return schemeNegotiate + " " + base64.StdEncoding.EncodeToString(token), nil
}

// token makes the SPNEGO token for one connection. RFC 4178 4.2.1
func (a *kerberos) token(ctx context.Context, conn Conn) ([]byte, error) {
	if err := a.turn.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer a.turn.Release(1)
	c, err := a.signedIn()
	if err != nil {
		return nil, err
	}
	service := a.Service
	if service == "" {
		service = "HTTP/" + conn.Host
	}
	ticket, key, err := c.GetServiceTicket(service)
	if err != nil {
		return nil, fmt.Errorf("a ticket for %s: %w", service, err)
	}
	inner, err := contextToken(c.Credentials, ticket, key, conn)
	if err != nil {
		return nil, err
	}
	t := spnego.SPNEGOToken{Init: true, NegTokenInit: spnego.NegTokenInit{
		MechTypes: []asn1.ObjectIdentifier{gssapi.OIDKRB5.OID()}, MechTokenBytes: inner,
	}}
	return t.Marshal()
}

// signedIn gives a client with a ticket-granting ticket. A credential cache is
// read anew each time, since others renew it.
func (a *kerberos) signedIn() (*client.Client, error) {
	conf, err := krbconfig.Load(a.Config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Config, err)
	}
	if a.CCache != "" {
		cache, err := credentials.LoadCCache(a.CCache)
		if err != nil {
			return nil, fmt.Errorf("credential cache %s: %w", a.CCache, err)
		}
		return client.NewFromCCache(cache, conf, client.DisablePAFXFAST(true))
	}
	if a.client == nil {
		if a.client, err = a.newClient(conf); err != nil {
			return nil, err
		}
	}
	if err := a.client.AffirmLogin(); err != nil {
		a.client.Destroy()
		a.client = nil // the next try begins anew, with a keytab that may have changed
		return nil, fmt.Errorf("the KDC gave no ticket: %w", err)
	}
	return a.client, nil
}

func (a *kerberos) newClient(conf *krbconfig.Config) (*client.Client, error) {
	// Active Directory knows no FAST negotiation without armour.
	if a.Keytab == "" {
		return client.NewWithPassword(a.name, a.realm, a.Password.Reveal(), conf, client.DisablePAFXFAST(true)), nil
	}
	keys, err := keytab.Load(a.Keytab)
	if err != nil {
		return nil, fmt.Errorf("keytab %s: %w", a.Keytab, err)
	}
	return client.NewWithKeytab(a.name, a.realm, keys, conf, client.DisablePAFXFAST(true)), nil
}

// contextToken makes the initial context token: an AP-REQ whose authenticator
// has the checksum that carries the channel bindings. RFC 4121 4.1
func contextToken(who *credentials.Credentials, ticket messages.Ticket, key types.EncryptionKey, conn Conn) ([]byte, error) {
	authenticator, err := types.NewAuthenticator(who.Domain(), who.CName())
	if err != nil {
		return nil, err
	}
	authenticator.Cksum = types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: bindingChecksum(conn)}
	req, err := messages.NewAPReq(ticket, key, authenticator)
	if err != nil {
		return nil, err
	}
	body, err := req.Marshal()
	if err != nil {
		return nil, err
	}
	b, err := asn1.Marshal(gssapi.OIDKRB5.OID())
	if err != nil {
		return nil, err
	}
	b = append(b, 0x01, 0x00) // TOK_ID of KRB_AP_REQ
	return asn1tools.AddASNAppTag(append(b, body...), 0), nil
}

// Flags of the checksum. RFC 4121 4.1.1.1
const (
	flagReplay   = 4
	flagSequence = 8
	flagInteg    = 32
)

// bindingChecksum is the authenticator's checksum: Lgth, Bnd, Flags. The
// bindings' MD5 is the same as NTLM's. RFC 4121 4.1.1, 4.1.1.2
func bindingChecksum(conn Conn) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 16)
	var bound [16]byte
	if conn.TLS != nil && len(conn.TLS.PeerCertificates) > 0 {
		bound = channelBindings(conn.TLS.PeerCertificates[0])
	}
	b = append(b, bound[:]...)
	return binary.LittleEndian.AppendUint32(b, flagReplay|flagSequence|flagInteg)
}
