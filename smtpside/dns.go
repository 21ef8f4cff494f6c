package smtpside

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// A SecureResolver is a Resolver that tells whether answers are authenticated by DNSSEC. With one, a Sender does DANE.
type SecureResolver interface {
	Resolver
	SecureMX(ctx context.Context, name string) (Answer[*net.MX], error)
	SecureIP(ctx context.Context, host string) (Answer[net.IPAddr], error)
	// SecureAlias tells whether a name is an alias (CNAME), and that is authenticated, wherever it leads.
	SecureAlias(ctx context.Context, name string) (bool, error)
	// TLSA gives the authenticated records of a port of a host. None, or none that are authenticated, are no error; an answer
	// that could not be had is one.
	TLSA(ctx context.Context, host string, port int) ([]tlspolicy.TLSA, error)
}

// An Answer is what a SecureResolver has found; Name and Secure also count where it found nothing.
type Answer[T any] struct {
	Records []T
	Name    string // whose records they are: the name that was asked for, or where its aliases (CNAME) lead
	Secure  bool   // authenticated by DNSSEC, aliases and all
}

// DNSOptions say whom a DNS asks. Only Servers is needed.
type DNSOptions struct {
	Servers []string // "ip:port" or "ip", asked in order
	// TrustAD believes the servers when they say that they have validated an answer (the AD bit): for a validating resolver on
	// this machine, or over a network that nobody else is on. Without it nothing is secure, and there is no DANE.
	TrustAD bool
	Timeout time.Duration // for one server; default 5 s
}

// A DNS asks resolvers. It validates nothing itself: like all mail servers it leaves that to the resolver (RFC 7672 2.1).
type DNS struct {
	opts    DNSOptions
	servers []string
}

var _ SecureResolver = (*DNS)(nil)

// NewDNS checks the options. Without Servers it takes the system's (/etc/resolv.conf).
func NewDNS(opts DNSOptions) (*DNS, error) {
	if len(opts.Servers) == 0 {
		system, err := dns.ClientConfigFromFile("/etc/resolv.conf")
		if err != nil {
			return nil, fmt.Errorf("smtpside: resolvers of this system: %w", err)
		}
		for _, server := range system.Servers {
			opts.Servers = append(opts.Servers, net.JoinHostPort(server, system.Port))
		}
	}
	d := &DNS{opts: opts}
	for _, server := range opts.Servers {
		if _, _, err := net.SplitHostPort(server); err != nil {
			server = net.JoinHostPort(strings.Trim(server, "[]"), "53")
		}
		d.servers = append(d.servers, server)
	}
	if len(d.servers) == 0 {
		return nil, errors.New("smtpside: no DNS servers")
	}
	setDefault(&d.opts.Timeout, 5*time.Second)
	return d, nil
}

// ask gets the records of a name. That there are none is a *net.DNSError with IsNotFound, beside the answer.
func (d *DNS) ask(ctx context.Context, name string, kind uint16) (answer *dns.Msg, secure bool, err error) {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), kind)
	q.SetEdns0(1232, d.opts.TrustAD) // fits one packet everywhere: https://www.dnsflagday.net/2020/
	q.AuthenticatedData = d.opts.TrustAD
	err = errors.New("no server")
	for _, server := range d.servers {
		if answer, err = d.exchange(ctx, q, server); err != nil {
			continue
		}
		secure = d.opts.TrustAD && answer.AuthenticatedData
		switch {
		case answer.Rcode == dns.RcodeNameError, answer.Rcode == dns.RcodeSuccess && !has(answer, kind):
			return answer, secure, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
		case answer.Rcode == dns.RcodeSuccess:
			return answer, secure, nil
		}
		err = errors.New(dns.RcodeToString[answer.Rcode])
	}
	return nil, false, &net.DNSError{Err: err.Error(), Name: name, IsTemporary: true, IsTimeout: ctx.Err() != nil}
}

// exchange asks one server, by TCP where the answer is too long for UDP.
func (d *DNS) exchange(ctx context.Context, q *dns.Msg, server string) (*dns.Msg, error) {
	for _, network := range []string{"udp", "tcp"} {
		client := &dns.Client{Net: network, Timeout: d.opts.Timeout}
		answer, _, err := client.ExchangeContext(ctx, q, server)
		if err != nil || !answer.Truncated {
			return answer, err
		}
	}
	return nil, errors.New("truncated answer over TCP")
}

func has(answer *dns.Msg, kind uint16) bool {
	for _, rr := range answer.Answer {
		if rr.Header().Rrtype == kind {
			return true
		}
	}
	return false
}

// expanded follows the aliases of a name through an answer.
func expanded(answer *dns.Msg, name string) string {
	if answer == nil {
		return name
	}
	for range answer.Answer { // aliases that go in circles end
		for _, rr := range answer.Answer {
			if alias, ok := rr.(*dns.CNAME); ok && strings.EqualFold(alias.Hdr.Name, dns.Fqdn(name)) {
				name = strings.TrimSuffix(alias.Target, ".")
				break
			}
		}
	}
	return name
}

// SecureMX implements SecureResolver.
func (d *DNS) SecureMX(ctx context.Context, name string) (found Answer[*net.MX], err error) {
	answer, secure, err := d.ask(ctx, name, dns.TypeMX)
	found.Name, found.Secure = expanded(answer, name), secure
	if err != nil {
		return found, err
	}
	for _, rr := range answer.Answer {
		if mx, ok := rr.(*dns.MX); ok {
			found.Records = append(found.Records, &net.MX{Host: mx.Mx, Pref: mx.Preference})
		}
	}
	return found, nil
}

// SecureIP implements SecureResolver: IPv6 addresses first, then those of IPv4. It is secure if all answers are that came; the
// addresses of one that did not come are simply not there, or who can spoil one answer could turn DANE off. RFC 7672 2.2
func (d *DNS) SecureIP(ctx context.Context, host string) (found Answer[net.IPAddr], err error) {
	found.Name, found.Secure = host, true
	for _, kind := range []uint16{dns.TypeAAAA, dns.TypeA} {
		answer, authentic, failed := d.ask(ctx, host, kind)
		if failed != nil && !isNotFound(failed) {
			err = failed
			continue
		}
		found.Name, found.Secure = expanded(answer, host), found.Secure && authentic
		if failed != nil {
			if err == nil {
				err = failed
			}
			continue
		}
		for _, rr := range answer.Answer {
			switch rr := rr.(type) {
			case *dns.AAAA:
				found.Records = append(found.Records, net.IPAddr{IP: rr.AAAA})
			case *dns.A:
				found.Records = append(found.Records, net.IPAddr{IP: rr.A})
			}
		}
	}
	if len(found.Records) > 0 {
		err = nil
	}
	found.Secure = found.Secure && err == nil
	return found, err
}

// SecureAlias implements SecureResolver.
func (d *DNS) SecureAlias(ctx context.Context, name string) (bool, error) {
	_, secure, err := d.ask(ctx, name, dns.TypeCNAME)
	if isNotFound(err) {
		return false, nil
	}
	return secure && err == nil, err
}

// TLSA implements SecureResolver.
func (d *DNS) TLSA(ctx context.Context, host string, port int) (records []tlspolicy.TLSA, err error) {
	answer, secure, err := d.ask(ctx, fmt.Sprintf("_%d._tcp.%s", port, host), dns.TypeTLSA)
	switch {
	case isNotFound(err), err == nil && !secure:
		return nil, nil
	case err != nil:
		return nil, err
	}
	for _, rr := range answer.Answer {
		if r, ok := rr.(*dns.TLSA); ok {
			data, err := hex.DecodeString(r.Certificate)
			if err != nil {
				return nil, fmt.Errorf("TLSA record of %s: %w", host, err)
			}
			records = append(records, tlspolicy.TLSA{Usage: r.Usage, Selector: r.Selector, Matching: r.MatchingType, Data: data})
		}
	}
	return records, nil
}

// LookupMX implements Resolver.
func (d *DNS) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	found, err := d.SecureMX(ctx, name)
	return found.Records, err
}

// LookupIPAddr implements Resolver.
func (d *DNS) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	found, err := d.SecureIP(ctx, host)
	return found.Records, err
}

// LookupTXT gives the TXT records of a name, each put together from its strings.
func (d *DNS) LookupTXT(ctx context.Context, name string) (texts []string, err error) {
	answer, _, err := d.ask(ctx, name, dns.TypeTXT)
	if err != nil {
		return nil, err
	}
	for _, rr := range answer.Answer {
		if txt, ok := rr.(*dns.TXT); ok {
			texts = append(texts, strings.Join(txt.Txt, ""))
		}
	}
	return texts, nil
}
