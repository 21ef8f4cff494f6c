package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"strings"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/gateway/route"
)

func defaultResolver() Resolver { return net.DefaultResolver }

// wayOut looks at how mail leaves by SMTP.
func (d *doctor) wayOut(ctx context.Context) {
	for _, r := range d.config.Table() {
		if r.Via.Kind == route.Internet {
			d.dns(ctx)
			break
		}
	}
	for i := range d.config.Internet.Smarthosts {
		h := &d.config.Internet.Smarthosts[i]
		for host := range strings.FieldsSeq(strings.Join(h.Hosts, " ")) {
			d.within(ctx, func(ctx context.Context) { d.smarthost(ctx, h, host) })
		}
	}
}

// dns tells whether names are resolved, and whether our own is known: many
// hosts refuse mail from one that is not.
func (d *doctor) dns(ctx context.Context) {
	helo := d.config.Internet.Helo
	if helo == "" {
		helo = d.config.Hostname
	}
	what := "DNS"
	var addresses []net.IPAddr
	var err error
	d.within(ctx, func(ctx context.Context) { addresses, err = d.opts.Resolver.LookupIPAddr(ctx, helo) })
	switch {
	case err == nil && len(addresses) > 0:
		list := make([]string, len(addresses))
		for i, a := range addresses {
			list[i] = a.String()
		}
		d.fine(what, "our name %s is %s", helo, strings.Join(list, ", "))
		d.reputation(ctx, helo, addresses)
	case err == nil || notFound(err):
		d.wrong(what, "our name "+helo+" is unknown, and many hosts take no mail from such a name",
			"publish it with this machine's address, or set internet.helo to a name that is known")
	default:
		d.wrong(what, err.Error(), "see to the name servers of this machine: MX hosts cannot be found without them")
	}
}

// notFound tells the answer that there is no such name from the lack of an answer.
func notFound(err error) bool {
	var answer *net.DNSError
	return errors.As(err, &answer) && answer.IsNotFound
}

// smarthost says hello to a host that relays for us, and signs in.
func (d *doctor) smarthost(ctx context.Context, h *config.Smarthost, address string) {
	what := fmt.Sprintf("smarthost %s, %s", h.Name, address)
	c, err := d.hello(ctx, h, address)
	if err != nil {
		d.wrong(what, err.Error(), "see to the host, its port, its certificate and the firewalls on the way")
		return
	}
	defer c.Close()
	text := "greets us"
	if state, ok := c.TLSConnectionState(); ok {
		text += " over " + tls.VersionName(state.Version)
	}
	if h.User != "" {
		if _, secure := c.TLSConnectionState(); !secure && !h.AuthPlaintext {
			d.wrong(what, "it offers no TLS, and the password must not travel in the clear", "use its TLS port, or set auth_plaintext")
			return
		}
		if err := c.Auth(plain{h.User, string(h.Password)}); err != nil {
			d.wrong(what, err.Error(), "check user and password")
			return
		}
		text += ", signed in as " + h.User
	}
	_ = c.Quit()
	d.fine(what, "%s", text)
}

// plain is AUTH PLAIN, over a connection that was judged before. RFC 4616
type plain struct{ user, password string }

// Start implements smtp.Auth.
func (p plain) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + p.user + "\x00" + p.password), nil
}

// Next implements smtp.Auth.
func (p plain) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, errors.New("the host asks for more than AUTH PLAIN has")
	}
	return nil, nil
}

// hello opens a session as the route asks for it.
func (d *doctor) hello(ctx context.Context, h *config.Smarthost, address string) (*smtp.Client, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	roots, err := organisation.Roots(h.CAFile)
	if err != nil {
		return nil, err
	}
	secure := &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	if h.TLS == config.TLSImplicit {
		conn = tls.Client(conn, secure)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := d.secure(c, h, secure); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (d *doctor) secure(c *smtp.Client, h *config.Smarthost, t *tls.Config) error {
	helo := d.config.Internet.Helo
	if helo == "" {
		helo = d.config.Hostname
	}
	if err := c.Hello(helo); err != nil {
		return err
	}
	if h.TLS != config.TLSRequired && h.User == "" || h.TLS == config.TLSImplicit || h.TLS == config.TLSNever {
		return nil
	}
	if ok, _ := c.Extension("STARTTLS"); !ok && h.TLS == config.TLSRequired {
		return errors.New("it offers no STARTTLS, which tls: required asks for")
	} else if !ok {
		return nil
	}
	return c.StartTLS(t)
}
