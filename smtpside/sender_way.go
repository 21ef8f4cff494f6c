package smtpside

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// A way is a route with what its domain says at the moment of one Job: its MX hosts, and what it asks of those who send to it.
type way struct {
	*Route
	mx  mxHosts           // where the route has a domain that is no address literal
	sts *tlspolicy.Policy // nil where there is none
}

// way looks up what must be known of a route before a connection is chosen. Its errors are Statuses, unless ctx has ended.
func (s *Sender) way(ctx context.Context, r *Route) (*way, error) {
	w := &way{Route: r}
	if r.Domain == "" || strings.HasPrefix(r.Domain, "[") {
		return w, nil
	}
	var err error
	if w.mx, err = s.mailHosts(ctx, r.Domain); err != nil {
		return nil, err
	}
	w.sts = s.stsPolicy(ctx, r)
	return w, ctx.Err()
}

func (w *way) port() string { return strconv.Itoa(cmp.Or(w.Port, 25)) }

// demands says what TLS a host must speak: as the route wants it, or more where the domain asks for it. DANE counts before MTA-STS
// (RFC 8461 2). Where the host may have no mail of the domain, allowed is false.
func (w *way) demands(t target) (policy TLSPolicy, allowed bool) {
	policy = w.TLS
	if policy == TLSOpportunistic && w.Auth != nil && !w.AuthPlain {
		policy = TLSRequired
	}
	switch {
	case policy != TLSOpportunistic && policy != TLSRequired:
		return policy, true
	case len(t.tlsa) > 0:
		return TLSRequired, true
	case w.sts == nil || w.sts.Mode == "testing":
		return policy, true
	case !w.sts.Allows(t.name):
		return policy, false
	}
	return TLSRequired, true
}

// keptOnes is how many kept connections are looked at before a fresh one is made.
const keptOnes = 5

// kept takes a kept connection that does what the domain asks for now, or gives nil. Those that do not are ended if they were made for
// this very domain, and left to others with the same MX hosts if not.
func (s *Sender) kept(ctx context.Context, w *way, place *place) (fit *client) {
	var others []*client
	for range keptOnes {
		c := place.take()
		if c == nil || s.fits(ctx, w, c) {
			fit = c
			break
		}
		if strings.EqualFold(c.domain, w.Domain) {
			s.log.Info("a kept connection is not what the domain asks for any more", "domain", w.Domain, "host", c.host)
			c.quit()
			continue
		}
		others = append(others, c)
	}
	for _, c := range others {
		place.putBack(c)
	}
	return fit
}

// fits tells whether a connection that is there does what a fresh one to its host would have to: the host is still one of the domain's, and
// proves who it is in the way that DANE or MTA-STS demand now, not as they did when it was made.
func (s *Sender) fits(ctx context.Context, w *way, c *client) bool {
	if len(w.mx.names) == 0 || w.TLS == TLSNever || w.TLS == TLSFromStart {
		return true // the pool tells the rest apart
	}
	t := c.target
	if !containsFold(w.mx.names, t.name) {
		return false
	}
	if t.tlsa = nil; s.signed != nil && w.mx.secure {
		h := host{t.name, w.port()}
		addrs, err := s.addresses(ctx, w.Route, h)
		if err != nil {
			return false
		}
		if t.tlsa, t.names, err = s.tlsa(ctx, w, h, addrs); err != nil {
			return false
		}
	}
	policy, allowed := w.demands(t)
	return allowed && (policy != TLSRequired || c.proves(t, w.TLSConfig) == nil)
}

// proves checks the certificate of a connection again, by what is asked for now. It is for TLSRequired.
func (c *client) proves(t target, config *tls.Config) error {
	conn, ok := c.conn.(*tls.Conn)
	if !ok {
		return fmt.Errorf("no TLS with %s", c.host)
	}
	state := conn.ConnectionState()
	if len(t.tlsa) > 0 {
		return tlspolicy.VerifyDANE(state.PeerCertificates, t.names, t.tlsa)
	}
	if c.verified && len(c.target.tlsa) == 0 {
		return nil
	}
	if config == nil {
		config = &tls.Config{}
	}
	if err := tlspolicy.VerifyPKIX(state.PeerCertificates, cmp.Or(config.ServerName, t.name), config.RootCAs); err != nil {
		return err
	}
	if config.VerifyConnection != nil {
		return config.VerifyConnection(state)
	}
	return nil
}

func containsFold(list []string, name string) bool {
	for _, one := range list {
		if strings.EqualFold(one, name) {
			return true
		}
	}
	return false
}
