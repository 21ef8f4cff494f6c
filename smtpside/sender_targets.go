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
	"strings"

	"golang.org/x/net/idna"

	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// A target is one address of one host.
type target struct {
	name    string           // host name without final dot, or an IP address
	addr    string           // "ip:port"
	tlsa    []tlspolicy.TLSA // what DANE says; nil where it says nothing
	names   []string         // with tlsa: those that the host's certificate may have, the TLSA base domain first
	testing bool             // an MTA-STS policy in testing asks for a certificate that is checked
}

func (t target) String() string {
	ip, port, err := net.SplitHostPort(t.addr)
	if err != nil {
		return t.name
	}
	return fmt.Sprintf("%s [%s]:%s", t.name, ip, port)
}

// targets yields the addresses of a way, best first. What cannot be looked up is told to fail and passed over.
func (s *Sender) targets(ctx context.Context, w *way, fail func(Status, string)) iter.Seq[target] {
	return func(yield func(target) bool) {
		hosts, self, err := s.hosts(w)
		if err != nil {
			fail(StatusOf(err), "")
			return
		}
		for _, h := range hosts {
			addrs, err := s.addresses(ctx, w.Route, h)
			if err != nil {
				fail(StatusOf(err), h.name)
				continue
			}
			tlsa, names, err := s.tlsa(ctx, w, h, addrs)
			if err != nil {
				fail(StatusOf(err), h.name)
				continue
			}
			for _, addr := range addrs.Records {
				if w.Domain != "" && s.opts.IsSelf(h.name, addr.IP) { // neither this one nor any behind it
					fail(loops(w.Domain), h.name)
					return
				}
				if !yield(target{name: h.name, addr: net.JoinHostPort(addr.String(), h.port), tlsa: tlsa, names: names}) {
					return
				}
			}
		}
		if self {
			fail(loops(w.Domain), "")
		}
	}
}

func loops(domain string) Status {
	return Status{Code: 554, Detail: "4.6", Text: fmt.Sprintf("mail for %s loops back to myself", domain)}
}

// A host is a name, or an IP address, with a port.
type host struct{ name, port string }

// hosts returns the hosts of a way in the order in which they are to be tried. self says that the list ends where our own name stood in it.
func (s *Sender) hosts(w *way) (list []host, self bool, err error) {
	if w.Domain == "" {
		return smarthosts(w.Hosts), false, nil
	}
	if strings.HasPrefix(w.Domain, "[") {
		ip, err := parseLiteral(w.Domain)
		if err != nil {
			return nil, false, BadRecipient("malformed address literal")
		}
		return []host{{name: ip.String(), port: w.port()}}, false, nil
	}
	for _, name := range w.mx.names {
		if s.opts.IsSelf(name, nil) { // RFC 5321 5.1: drop it and all less preferred ones
			return list, true, nil
		}
		list = append(list, host{name, w.port()})
	}
	return list, false, nil
}

// smarthosts reads the hosts of a route: an entry with several of them, apart by blanks, has equals, which come in random order.
func smarthosts(entries []string) (list []host) {
	for _, entry := range entries {
		equals := strings.Fields(entry)
		rand.Shuffle(len(equals), func(i, j int) { equals[i], equals[j] = equals[j], equals[i] })
		for _, h := range equals {
			name, port, err := net.SplitHostPort(h)
			if err != nil {
				name, port = strings.Trim(h, "[]"), "25"
			}
			list = append(list, host{name: name, port: port})
		}
	}
	return list
}

// mxHosts are the hosts that take a domain's mail.
type mxHosts struct {
	names  []string // most preferred first
	set    string   // the same for all domains with these MX hosts in this order of preference; "" without MX
	secure bool     // all of it is authenticated by DNSSEC
	domain []string // what certificates may also say (RFC 7672 3.2.2): the domain, and where its aliases lead if there is MX
}

// mailHosts looks up the MX hosts of a domain, most preferred first, equals in random order (RFC 5321 5.1). A domain
// without MX is its own host.
func (s *Sender) mailHosts(ctx context.Context, domain string) (mxHosts, error) {
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil {
		ascii = strings.TrimSuffix(domain, ".") // underscores, for one; the lookup decides
	}
	answer, err := s.lookupMX(ctx, ascii)
	records := answer.Records
	if len(records) == 0 {
		if err == nil || isNotFound(err) {
			return mxHosts{names: []string{ascii}, secure: answer.Secure, domain: []string{ascii}}, nil
		}
		return mxHosts{}, NoRoute(fmt.Sprintf("looking up the MX of %s: %v", ascii, plainDNS(err)))
	}
	if len(records) == 1 && strings.TrimSuffix(records[0].Host, ".") == "" { // RFC 7505
		return mxHosts{}, AcceptsNoMail(fmt.Sprintf("%s accepts no mail (null MX)", ascii))
	}
	found := mxHosts{set: mxSet(records), secure: answer.Secure, domain: []string{ascii, answer.Name}}
	rand.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	slices.SortStableFunc(records, func(a, b *net.MX) int { return cmp.Compare(a.Pref, b.Pref) })
	for _, mx := range records {
		if name := strings.TrimSuffix(mx.Host, "."); name != "" {
			found.names = append(found.names, name)
		}
	}
	return found, nil
}

// mxSet names MX hosts by their names and by which is before which; the numbers of preference do not count.
func mxSet(records []*net.MX) string {
	sorted := slices.Clone(records)
	slices.SortFunc(sorted, func(a, b *net.MX) int {
		return cmp.Or(cmp.Compare(a.Pref, b.Pref), cmp.Compare(strings.ToLower(a.Host), strings.ToLower(b.Host)))
	})
	var set strings.Builder
	for i, mx := range sorted {
		if i > 0 && mx.Pref != sorted[i-1].Pref {
			set.WriteByte('<')
		}
		set.WriteString(" " + strings.ToLower(strings.TrimSuffix(mx.Host, ".")))
	}
	return set.String()
}

// addresses looks a host up, in the order of the resolver (RFC 6724). A smarthost that does not exist is a mistake of ours,
// which costs no mail.
func (s *Sender) addresses(ctx context.Context, r *Route, h host) (found Answer[net.IPAddr], err error) {
	if ip := net.ParseIP(h.name); ip != nil {
		return Answer[net.IPAddr]{Records: []net.IPAddr{{IP: ip}}}, nil
	}
	switch {
	case s.signed != nil:
		found, err = s.signed.SecureIP(ctx, h.name)
	case r.Domain != "":
		found.Records, err = absolute(s.opts.Resolver).LookupIPAddr(ctx, h.name)
	default:
		found.Records, err = s.opts.Resolver.LookupIPAddr(ctx, h.name)
	}
	switch {
	case err == nil && len(found.Records) > 0:
		return found, nil
	case r.Domain != "" && (err == nil || isNotFound(err)):
		return found, Status{Code: 550, Detail: "1.2", Text: fmt.Sprintf("host %s does not exist", h.name)}
	}
	return found, NoRoute(fmt.Sprintf("looking up %s: %v", h.name, plainDNS(err)))
}

func (s *Sender) lookupMX(ctx context.Context, name string) (found Answer[*net.MX], err error) {
	if s.signed != nil {
		return s.signed.SecureMX(ctx, name)
	}
	found.Name = name
	found.Records, err = absolute(s.opts.Resolver).LookupMX(ctx, name)
	return found, err
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
