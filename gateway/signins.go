package gateway

import (
	"crypto/tls"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/synchronous"
	"github.com/mapigate/mapigate/smtpside/signin"
)

// addBans makes the memory of failed sign-ins, which all listeners share.
func (g *generation) addBans() (err error) {
	l := &g.config.Logins
	g.bans, err = parts.Made(g.parts, bansPart, []any{l}, nil, func(*parts.Part) (*signin.Bans, error) {
		return signin.NewBans(signin.BansOptions{
			UserFailures: l.UserFailures, AddressFailures: l.AddressFailures, Window: time.Duration(l.Window),
			Log: g.log, Banned: g.metrics.Banned,
		})
	})
	return err
}

// signIns makes what checks the credentials at a listener; nil when nobody can sign in. pass is what its users are passed
// through to, or nil.
func (g *generation) signIns(c *config.Listener, pass *synchronous.PassThrough) (signin.Checker, error) {
	if !c.SignsIn() {
		return nil, nil
	}
	m := &signin.Methods{}
	switch {
	case pass == nil:
	case c.OffersTokens():
		m.Tokens = pass
	default:
		m.Passwords = pass
	}
	var err error
	if c.Users != "" {
		if m.Users, err = signin.OpenUsers(c.Users, g.log); err != nil {
			return nil, err
		}
	}
	if c.LDAP.URL != "" {
		if m.Passwords, err = newLDAP(&c.LDAP); err != nil {
			return nil, err
		}
	}
	if t := &c.Tokens; t.JWKS != "" {
		m.Tokens, err = signin.NewTokens(signin.TokensOptions{
			JWKS: t.JWKS, Issuer: t.Issuer, Audience: t.Audience, Scopes: t.Scopes, UserClaims: t.UserClaims, Log: g.log,
		})
		if err != nil {
			return nil, err
		}
	}
	return g.bans.Guard(m), nil
}

func newLDAP(c *config.LDAP) (*signin.LDAP, error) {
	roots, err := organisation.Roots(c.CAFile)
	if err != nil {
		return nil, err
	}
	return signin.NewLDAP(signin.LDAPOptions{
		URL: c.URL, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Plaintext: c.Plaintext, BindDN: c.BindDN,
		Base: c.Base, Filter: c.Filter, SearchDN: c.SearchDN, SearchPassword: string(c.SearchPassword), NameAttribute: c.NameAttribute,
	})
}

// NewPassThrough makes what a listener passes its users through to; nil where it does not.
func (g *generation) newPassThrough(p *parts.Part, c *config.Listener) (*synchronous.PassThrough, error) {
	for i := range g.config.Exchange {
		if e := &g.config.Exchange[i]; e.Name == c.PassThrough {
			pass, err := synchronous.NewPassThrough(e, g.observers(e), g.observer().Tried, g.log.With("listener", c.Name))
			if err == nil {
				p.AtEnd("logins of "+c.Name, pass.Close)
			}
			return pass, err
		}
	}
	return nil, nil
}
