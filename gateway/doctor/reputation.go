package doctor

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"blitiri.com.ar/go/spf"
	msgdkim "github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-msgauth/dmarc"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/smtpside/dkim"
)

// Resolver answers what receivers ask about who sends to them. *net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, address string) ([]string, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// reputation looks at what receivers look at: who stands behind our address, and whether the domains we send for
// know of us. RFC 7208, RFC 6376, RFC 7489
func (d *doctor) reputation(ctx context.Context, helo string, addresses []net.IPAddr) {
	addresses = slices.DeleteFunc(slices.Clone(addresses), func(a net.IPAddr) bool {
		inside := a.IP.IsPrivate() || a.IP.IsLoopback() || a.IP.IsLinkLocalUnicast()
		if inside {
			d.untold("reverse name of "+a.String(), "receivers see another address: run this where %s is known as they know it", helo)
		}
		return inside
	})
	for _, a := range addresses {
		d.within(ctx, func(ctx context.Context) { d.reverse(ctx, helo, a) })
	}
	for _, domain := range d.senderDomains() {
		d.within(ctx, func(ctx context.Context) {
			for _, a := range addresses {
				d.spf(ctx, domain, helo, a)
			}
			d.dmarc(ctx, domain)
		})
	}
	for i := range d.config.Internet.DKIM {
		d.within(ctx, func(ctx context.Context) { d.dkim(ctx, &d.config.Internet.DKIM[i]) })
	}
}

// senderDomains are the domains that the configuration says we send for.
func (d *doctor) senderDomains() []string {
	var list []string
	for i := range d.config.Internet.DKIM {
		list = append(list, strings.ToLower(d.config.Internet.DKIM[i].Domain))
	}
	for i := range d.config.Outbox {
		for _, m := range d.config.Outbox[i].Mailboxes {
			if _, domain, ok := strings.Cut(m, "@"); ok {
				list = append(list, strings.ToLower(domain))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// reverse tells whether the name of our address leads to us again.
func (d *doctor) reverse(ctx context.Context, helo string, a net.IPAddr) {
	what := "reverse name of " + a.String()
	names, err := d.opts.Resolver.LookupAddr(ctx, a.String())
	remedy := fmt.Sprintf("have whoever runs the network of %s set its PTR record to %s", a.IP, helo)
	switch {
	case notFound(err) || err == nil && len(names) == 0:
		d.wrong(what, "there is none, and many hosts take no mail from such an address", remedy)
	case err != nil:
		d.wrong(what, err.Error(), "see to the name servers of this machine")
	case !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSuffix(n, "."), helo) }):
		d.wrong(what, fmt.Sprintf("it is %s, and we say %s", strings.Join(names, ", "), helo), remedy+", or internet.helo to that name")
	default:
		d.fine(what, "%s", helo)
	}
}

// spf asks as a receiver would whether an address may send for a domain.
func (d *doctor) spf(ctx context.Context, domain, helo string, a net.IPAddr) {
	what := fmt.Sprintf("SPF of %s", domain)
	result, err := spf.CheckHostWithSender(a.IP, helo, "postmaster@"+domain, spf.WithResolver(d.opts.Resolver), spf.WithContext(ctx))
	says := string(result)
	if err != nil {
		says += " (" + err.Error() + ")"
	}
	switch result {
	case spf.Pass:
		d.fine(what, "%s may send for it", a.IP)
	case spf.None:
		d.wrong(what, "it has no record", fmt.Sprintf(`publish a TXT record at %s: "v=spf1 a:%s mx -all"`, domain, helo))
	default:
		d.wrong(what, fmt.Sprintf("%s: %s", a.IP, says), fmt.Sprintf("add a:%s (or the address) to the SPF record of %s", helo, domain))
	}
}

// dmarc looks for a domain's policy, and whether our signatures count under it.
func (d *doctor) dmarc(ctx context.Context, domain string) {
	what := "DMARC of " + domain
	record, err := dmarc.LookupWithOptions(domain, &dmarc.LookupOptions{LookupTXT: func(name string) ([]string, error) { return d.opts.Resolver.LookupTXT(ctx, name) }})
	if err != nil {
		d.wrong(what, err.Error(), fmt.Sprintf(`publish a TXT record at _dmarc.%s: "v=DMARC1; p=none; rua=mailto:postmaster@%s" is a beginning`, domain, domain))
		return
	}
	if record.DKIMAlignment == dmarc.AlignmentStrict && !slices.ContainsFunc(d.config.Internet.DKIM, func(k config.DKIM) bool { return strings.EqualFold(k.Domain, domain) }) {
		d.wrong(what, "it wants signatures of the very domain (adkim=s), and there is no key for it", fmt.Sprintf("add a key for %s to internet.dkim, or take adkim=s out", domain))
		return
	}
	d.fine(what, "policy %s", record.Policy)
}

// dkim signs something with a key, and reads the signature as a receiver would.
func (d *doctor) dkim(ctx context.Context, k *config.DKIM) {
	what := fmt.Sprintf("DKIM key %s of %s", k.Selector, k.Domain)
	key, err := dkim.OpenKey(k.Domain, k.Selector, k.KeyFile)
	if err != nil {
		d.wrong(what, err.Error(), "correct key_file")
		return
	}
	text := fmt.Sprintf("From: <postmaster@%s>\r\nSubject: %s\r\n\r\n%s", k.Domain, testSubject, testText)
	header, err := dkim.Sign([]dkim.Key{key}, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		d.wrong(what, err.Error(), "make another key")
		return
	}
	found, err := msgdkim.VerifyWithOptions(strings.NewReader(header+text), &msgdkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) { return d.opts.Resolver.LookupTXT(ctx, name) },
	})
	if err == nil && len(found) == 1 {
		err = found[0].Err
	}
	if err != nil {
		d.wrong(what, err.Error(), fmt.Sprintf("publish its public half at %s._domainkey.%s", k.Selector, k.Domain))
		return
	}
	d.fine(what, "published and right")
}
