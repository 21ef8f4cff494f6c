package signin

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/mapigate/mapigate/smtpside"
)

// LDAPOptions say which directory is asked. URL is needed, and BindDN or Base.
type LDAPOptions struct {
	// URL is ldaps://host[:port], or ldap://host[:port], on which TLS is started unless Plaintext says not to.
	URL       string
	TLS       *tls.Config // nil is the system's roots
	Plaintext bool

	// BindDN is the name to bind as, with %s for the user: "uid=%s,ou=people,dc=example,dc=org", or "%s@example.org" for
	// an Active Directory. Without it the user is searched for.
	BindDN string
	// Base, Filter and Scope (the whole subtree) say where users are searched for; %s in the filter is the name given.
	Base, Filter string
	// SearchDN and SearchPassword sign in for the search; without them it is anonymous.
	SearchDN, SearchPassword string
	// NameAttribute is the attribute of a found user that names him from then on, such as mail; "" keeps what he said.
	NameAttribute string

	Timeout time.Duration // of a whole check; default 10 s
}

// LDAP checks passwords by binding to a directory (RFC 4513 5.1.3).
type LDAP struct {
	opts    LDAPOptions
	host    string        // as the URL has it, for people
	address string        // the same with a port
	work    chan struct{} // bounds the connections at one time
}

const maxLDAP = 16

// NewLDAP checks the options; it does not connect.
func NewLDAP(o LDAPOptions) (*LDAP, error) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "ldap" && u.Scheme != "ldaps":
		return nil, fmt.Errorf("signin: %q is no ldap:// or ldaps:// URL", o.URL)
	case o.BindDN == "" && (o.Base == "" || !strings.Contains(o.Filter, "%s")):
		return nil, errors.New("signin: LDAP needs a bind DN, or a base and a filter with %s")
	case o.BindDN != "" && !strings.Contains(o.BindDN, "%s"):
		return nil, errors.New("signin: the bind DN needs %s for the user")
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.TLS == nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	o.TLS = o.TLS.Clone()
	if o.TLS.ServerName == "" {
		o.TLS.ServerName = u.Hostname()
	}
	port := cmp.Or(u.Port(), map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme])
	return &LDAP{opts: o, host: u.Host, address: net.JoinHostPort(u.Hostname(), port), work: make(chan struct{}, maxLDAP)}, nil
}

// Check implements Checker.
func (l *LDAP) Check(ctx context.Context, _ *smtpside.Peer, cred smtpside.Credentials) (string, error) {
	// A bind without a password is an anonymous one, which succeeds: RFC 4513 5.1.2.
	if cred.Username == "" || cred.Password == "" || strings.ContainsRune(cred.Username+cred.Password, 0) {
		return "", smtpside.AuthFailed("")
	}
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timeout)
	defer cancel()
	select {
	case l.work <- struct{}{}:
		defer func() { <-l.work }()
	case <-ctx.Done():
		return "", fmt.Errorf("directory %s: %w", l.host, ctx.Err())
	}
	user, err := l.check(ctx, cred)
	if err != nil && !errors.As(err, new(smtpside.Status)) {
		return "", fmt.Errorf("directory %s: %w", l.host, err)
	}
	return user, err
}

func (l *LDAP) check(ctx context.Context, cred smtpside.Credentials) (string, error) {
	conn, err := l.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	dn, user := "", cred.Username
	if l.opts.BindDN != "" {
		dn = strings.ReplaceAll(l.opts.BindDN, "%s", bindName(l.opts.BindDN, cred.Username))
	} else if dn, user, err = l.find(conn, cred.Username); err != nil {
		return "", err
	}
	err = conn.Bind(dn, cred.Password)
	switch {
	case err == nil:
		return user, nil
	case ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInvalidDNSyntax,
		ldap.LDAPResultInappropriateAuthentication, ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultConstraintViolation):
		return "", smtpside.AuthFailed("") // the last two: accounts that are locked or may not sign in
	}
	return "", fmt.Errorf("bind: %w", err)
}

// bindName escapes a name for what the template is: a DN (RFC 4514 2.4), or a user principal name, which is none.
func bindName(template, name string) string {
	if strings.Contains(template, "=") {
		return ldap.EscapeDN(name)
	}
	return name
}

// connect gives a connection that is private, unless the options say that it need not be. All that happens on it, handshakes too, ends
// with ctx: whatever the directory does, it does not hold a check for longer.
func (l *LDAP) connect(ctx context.Context) (*ldap.Conn, error) {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		raw.SetDeadline(deadline)
	}
	if strings.HasPrefix(l.opts.URL, "ldaps:") {
		secure := tls.Client(raw, l.opts.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		raw = secure
	}
	conn := ldap.NewConn(raw, strings.HasPrefix(l.opts.URL, "ldaps:"))
	conn.Start()
	conn.SetTimeout(l.opts.Timeout)
	if strings.HasPrefix(l.opts.URL, "ldap:") && !l.opts.Plaintext {
		if err := conn.StartTLS(l.opts.TLS); err != nil { // within the deadline of raw
			return nil, errors.Join(fmt.Errorf("StartTLS: %w", err), conn.Close())
		}
	}
	return conn, nil
}

// find looks for the one entry that a name means.
func (l *LDAP) find(conn *ldap.Conn, name string) (dn, user string, err error) {
	if l.opts.SearchDN != "" {
		if err := conn.Bind(l.opts.SearchDN, l.opts.SearchPassword); err != nil {
			return "", "", fmt.Errorf("bind for the search: %w", err)
		}
	}
	filter := strings.ReplaceAll(l.opts.Filter, "%s", ldap.EscapeFilter(name))
	attributes := []string{"1.1"} // none: RFC 4511 4.5.1.8
	if l.opts.NameAttribute != "" {
		attributes = []string{l.opts.NameAttribute}
	}
	found, err := conn.Search(ldap.NewSearchRequest(l.opts.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2,
		int(l.opts.Timeout/time.Second), false, filter, attributes, nil))
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) || err == nil && len(found.Entries) > 1:
		return "", "", fmt.Errorf("search: several entries for %q", name)
	case err != nil:
		return "", "", fmt.Errorf("search: %w", err)
	case len(found.Entries) == 0:
		return "", "", smtpside.AuthFailed("")
	}
	entry := found.Entries[0]
	if user = name; l.opts.NameAttribute != "" {
		if user = entry.GetAttributeValue(l.opts.NameAttribute); user == "" {
			return "", "", fmt.Errorf("search: %s has no %s", entry.DN, l.opts.NameAttribute)
		}
	}
	return entry.DN, user, nil
}
