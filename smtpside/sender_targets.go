package smtpside

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// A target is one address of one host.
type target struct {
	name    string           // host name without final dot, or an IP address
	addr    string           // "ip:port"
	tlsa    []tlspolicy.TLSA // what DANE says; nil where it says nothing
	testing bool             // an MTA-STS policy in testing asks for a certificate that is checked
}

func (t target) String() string {
	ip, port, err := net.SplitHostPort(t.addr)
	if err != nil {
		return t.name
	}
	return fmt.Sprintf("%s [%s]:%s", t.name, ip, port)
}

// targets yields the addresses of a route, best first. What cannot be looked up is told to fail and passed over.
func (s *Sender) targets(ctx context.Context, r *Route, fail func(Status, string)) iter.Seq[target] {
	return func(yield func(target) bool) {
		hosts, self, err := s.hosts(ctx, r)
		if err != nil {
			fail(StatusOf(err), "")
			return
		}
		for _, h := range hosts {
			addrs, secure, err := s.addresses(ctx, r, h)
			if err != nil {
				fail(StatusOf(err), h.name)
				continue
			}
			tlsa, err := s.tlsa(ctx, r, h, secure)
			if err != nil {
				fail(StatusOf(err), h.name)
				continue
			}
			for _, addr := range addrs {
				if r.Domain != "" && s.opts.IsSelf(h.name, addr.IP) { // neither this one nor any behind it
					fail(loops(r.Domain), h.name)
					return
				}
				if !yield(target{name: h.name, addr: net.JoinHostPort(addr.String(), h.port), tlsa: tlsa}) {
					return
				}
			}
		}
		if self {
			fail(loops(r.Domain), "")
		}
	}
}

func loops(domain string) Status {
	return Status{Code: 554, Detail: "4.6", Text: fmt.Sprintf("mail for %s loops back to myself", domain)}
}

// A host is a name, or an IP address, with a port.
type host struct {
	name, port string
	secure     bool // that it is the domain's is authenticated by DNSSEC
}

// hosts returns the hosts of a route in the order in which they are to be tried. self says that the list ends where our
// own name stood in it.
func (s *Sender) hosts(ctx context.Context, r *Route) (list []host, self bool, err error) {
	if r.Domain == "" {
		for _, h := range r.Hosts {
			name, port, err := net.SplitHostPort(h)
			if err != nil {
				name, port = strings.Trim(h, "[]"), "25"
			}
			list = append(list, host{name: name, port: port})
		}
		return list, false, nil
	}
	port := strconv.Itoa(cmp.Or(r.Port, 25))
	if strings.HasPrefix(r.Domain, "[") {
		ip, err := parseLiteral(r.Domain)
		if err != nil {
			return nil, false, BadRecipient("malformed address literal")
		}
		return []host{{name: ip.String(), port: port}}, false, nil
	}
	names, secure, err := s.mailHosts(ctx, r.Domain)
	for _, name := range names {
		if s.opts.IsSelf(name, nil) { // RFC 5321 5.1: drop it and all less preferred ones
			return list, true, nil
		}
		list = append(list, host{name, port, secure})
	}
	return list, false, err
}

// mailHosts looks up the MX hosts of a domain, most preferred first, equals in random order (RFC 5321 5.1). A domain
// without MX is its own host.
func (s *Sender) mailHosts(ctx context.Context, domain string) (names []string, secure bool, err error) {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil {
		ascii = strings.TrimSuffix(domain, ".") // underscores, for one; the lookup decides
	}
	records, secure, err := s.lookupMX(ctx, ascii)
	if len(records) == 0 {
		if err == nil || isNotFound(err) {
			return []string{ascii}, secure, nil
		}
		return nil, false, NoRoute(fmt.Sprintf("looking up the MX of %s: %v", ascii, plainDNS(err)))
	}
	if len(records) == 1 && strings.TrimSuffix(records[0].Host, ".") == "" { // RFC 7505
		return nil, false, AcceptsNoMail(fmt.Sprintf("%s accepts no mail (null MX)", ascii))
	}
	rand.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	slices.SortStableFunc(records, func(a, b *net.MX) int { return cmp.Compare(a.Pref, b.Pref) })
	for _, mx := range records {
		if name := strings.TrimSuffix(mx.Host, "."); name != "" {
			names = append(names, name)
		}
	}
	return names, secure, nil
}

// addresses looks a host up, in the order of the resolver (RFC 6724). A smarthost that does not exist is a mistake of ours,
// which costs no mail.
func (s *Sender) addresses(ctx context.Context, r *Route, h host) (addrs []net.IPAddr, secure bool, err error) {
	if ip := net.ParseIP(h.name); ip != nil {
		return []net.IPAddr{{IP: ip}}, false, nil
	}
	if signed, ok := s.opts.Resolver.(SecureResolver); ok {
		addrs, secure, err = signed.SecureIP(ctx, h.name)
	} else if r.Domain != "" {
		addrs, err = absolute(s.opts.Resolver).LookupIPAddr(ctx, h.name)
	} else {
		addrs, err = s.opts.Resolver.LookupIPAddr(ctx, h.name)
	}
	switch {
	case err == nil && len(addrs) > 0:
		return addrs, secure, nil
	case r.Domain != "" && (err == nil || isNotFound(err)):
		return nil, false, Status{Code: 550, Detail: "1.2", Text: fmt.Sprintf("host %s does not exist", h.name)}
	}
	return nil, false, NoRoute(fmt.Sprintf("looking up %s: %v", h.name, plainDNS(err)))
}

func (s *Sender) lookupMX(ctx context.Context, name string) (records []*net.MX, secure bool, err error) {
	if signed, ok := s.opts.Resolver.(SecureResolver); ok {
		return signed.SecureMX(ctx, name)
	}
	records, err = absolute(s.opts.Resolver).LookupMX(ctx, name)
	return records, false, err
}

// absolute makes net.Resolver take names as they are: a domain of the internet that does not exist must not be looked for
// in the search list of this machine.
func absolute(r Resolver) Resolver {
	if std, ok := r.(*net.Resolver); ok {
		return absoluteResolver{std}
	}
	return r
}

type absoluteResolver struct{ std *net.Resolver }

func (a absoluteResolver) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return a.std.LookupMX(ctx, name+".")
}

func (a absoluteResolver) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return a.std.LookupIPAddr(ctx, host+".")
}

// isNotFound reports that a name or its records do not exist, for certain.
func isNotFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// plainDNS is a lookup error without the address of our resolver, which is nobody's business.
func plainDNS(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.Err
	}
	return "lookup failed"
}
