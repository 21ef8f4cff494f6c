package autodiscover

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// Keywords of service connection points: of one that names an Autodiscover URL,
// and of one that names another forest's directory. [MS-OXDISCO] 3.1.5.1
const (
	scpURL     = "77378F46-2C66-4aa9-A6A6-3E7A48B19596"
	scpPointer = "67661d7F-8FC4-4fa7-BFAC-E1D7794C1F68"
)

// maxSCP bounds how many entries of a directory are looked at.
const maxSCP = 100

// A Directory is an Active Directory in which Exchange servers publish where
// Autodiscover answers: service connection points. URL is needed.
type Directory struct {
	// URL is ldaps://host[:port], or ldap://host[:port], on which TLS is started unless Plaintext says not to.
	URL       string
	TLS       *tls.Config // nil is the system's roots
	Plaintext bool
	// User and Password bind; without them the search is anonymous, which an
	// Active Directory does not allow. User is a DN or name@domain.
	User     string
	Password auth.Secret
	// Base is where to search; "" is the configuration naming context that the directory tells.
	Base string
	// Site is the Active Directory site of this machine: what serves it comes first.
	Site string
	// Timeout limits the whole; 0 is [DefaultTimeout].
	Timeout time.Duration
}

// A point is a service connection point: one that names a URL, or one that
// names the directory of another forest.
type point struct {
	url     string
	forest  string   // ldap://host[:port]
	domains []string // what is to be looked for there; none is everything
	rank    int      // what serves our site, what serves no site in particular, the others
	created string
}

// maxForests bounds how many directories point to one another.
const maxForests = 4

// URLs gives the Autodiscover URLs that the directory names for addresses of a
// domain, in the order in which they are to be asked. Directories of other forests that it
// points to are asked as well, with the same credentials, where allow says that their host
// may have those: first if they are for that domain, last if they are for all.
// [MS-OXDISCO] 3.1.5.1
func (d *Directory) URLs(ctx context.Context, domain string, allow func(host string) bool) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(d.Timeout, DefaultTimeout))
	defer cancel()
	w := &walk{Directory: d, domain: domain, allow: allow, seen: map[string]bool{}}
	urls := w.from(ctx, d.URL)
	if len(urls) == 0 && w.err == nil {
		w.err = fmt.Errorf("directory %s: it has no service connection point of Autodiscover for %s", d.URL, domain)
	}
	return urls, w.err
}

// A walk goes through directories that point to one another.
type walk struct {
	*Directory
	domain string
	allow  func(host string) bool
	seen   map[string]bool
	err    error
}

// from gives what one directory, and those it points to, name.
func (w *walk) from(ctx context.Context, at string) (urls []string) {
	key := strings.ToLower(at)
	if w.seen[key] || len(w.seen) >= maxForests {
		return nil
	}
	w.seen[key] = true
	list, err := w.points(ctx, at)
	if err != nil {
		w.err = errors.Join(w.err, fmt.Errorf("directory %s: %w", at, err))
		return nil
	}
	slices.SortStableFunc(list, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.created, b.created))
	})
	for _, p := range list {
		if p.forest != "" && slices.Contains(p.domains, w.domain) {
			urls = append(urls, w.over(ctx, p.forest)...)
		}
	}
	for _, p := range list {
		if p.url != "" {
			urls = append(urls, p.url)
		}
	}
	for _, p := range list {
		if p.forest != "" && len(p.domains) == 0 {
			urls = append(urls, w.over(ctx, p.forest)...)
		}
	}
	var once []string
	for _, u := range urls {
		if !slices.Contains(once, u) {
			once = append(once, u)
		}
	}
	return once
}

// over asks the directory of another forest, if it may.
func (w *walk) over(ctx context.Context, forest string) []string {
	u, err := url.Parse(forest)
	if err != nil || u.Host == "" {
		return nil
	}
	if w.User != "" && (w.allow == nil || !w.allow(u.Hostname())) {
		w.err = errors.Join(w.err, fmt.Errorf("directory %s was not asked: allow the host in the configuration if it is yours", forest))
		return nil
	}
	scheme := strings.ToLower(u.Scheme)
	if own, err := url.Parse(w.URL); err == nil && scheme == "ldap" && own.Scheme == "ldaps" && u.Port() == "" {
		scheme = "ldaps" // pointers say LDAP whatever is spoken; ours is to be in TLS from the start
	}
	return w.from(ctx, scheme+"://"+u.Host)
}

func (d *Directory) points(ctx context.Context, at string) ([]point, error) {
	timeout := cmp.Or(d.Timeout, DefaultTimeout)
	conn, err := d.connect(ctx, at, timeout)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if d.User != "" {
		if err := conn.Bind(d.User, d.Password.Reveal()); err != nil {
			return nil, fmt.Errorf("bind: %w", err)
		}
	}
	base := d.Base
	if base == "" || at != d.URL {
		if base, err = configurationContext(conn); err != nil {
			return nil, err
		}
	}
	found, err := conn.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, maxSCP, int(timeout.Seconds()), false,
		"(&(objectClass=serviceConnectionPoint)(|(keywords="+scpURL+")(keywords="+scpPointer+")))",
		[]string{"keywords", "serviceBindingInformation", "whenCreated"}, nil))
	if err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
		return nil, fmt.Errorf("search below %s: %w", base, err)
	}
	var list []point
	for _, e := range found.Entries {
		list = append(list, d.pointsOf(e)...)
	}
	return list, nil
}

// pointsOf reads an entry.
func (d *Directory) pointsOf(e *ldap.Entry) (list []point) {
	p := point{rank: 1, created: e.GetAttributeValue("whenCreated")}
	isURL, isPointer := false, false
	for _, k := range e.GetAttributeValues("keywords") {
		site, sited := strings.CutPrefix(strings.ToLower(k), "site=")
		domain, bound := strings.CutPrefix(strings.ToLower(k), "domain=")
		switch {
		case strings.EqualFold(k, scpURL):
			isURL = true
		case strings.EqualFold(k, scpPointer):
			isPointer = true
		case bound:
			p.domains = append(p.domains, domain)
		case sited && d.Site != "" && strings.EqualFold(site, d.Site):
			p.rank = 0
		case sited && p.rank != 0:
			p.rank = 2
		}
	}
	for _, binding := range e.GetAttributeValues("serviceBindingInformation") {
		one := p
		switch u, err := url.Parse(binding); {
		case err == nil && isPointer && (strings.EqualFold(u.Scheme, "ldap") || strings.EqualFold(u.Scheme, "ldaps")):
			one.forest = binding
		case isURL && httpsOnly(binding) != "":
			one.url = binding
		default:
			continue
		}
		list = append(list, one)
	}
	return list
}

// configurationContext asks the directory where its configuration lies.
// [MS-ADTS] 3.1.1.3.2.4
func configurationContext(conn *ldap.Conn) (string, error) {
	root, err := conn.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false,
		"(objectClass=*)", []string{"configurationNamingContext"}, nil))
	if err != nil {
		return "", fmt.Errorf("search for the root: %w", err)
	}
	if len(root.Entries) == 1 {
		if base := root.Entries[0].GetAttributeValue("configurationNamingContext"); base != "" {
			return base, nil
		}
	}
	return "", errors.New("it does not tell its configurationNamingContext: it is no Active Directory, or the base must be configured")
}

func (d *Directory) connect(ctx context.Context, at string, timeout time.Duration) (*ldap.Conn, error) {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.Scheme != "ldap" && u.Scheme != "ldaps" {
		return nil, errors.New("want ldap://host or ldaps://host")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if d.TLS != nil {
		config = d.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = u.Hostname()
	}
	port := cmp.Or(u.Port(), map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme])
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		raw.SetDeadline(deadline) // the handshake of StartTLS has no other
	}
	if u.Scheme == "ldaps" {
		secure := tls.Client(raw, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		raw = secure
	}
	conn := ldap.NewConn(raw, u.Scheme == "ldaps")
	conn.Start()
	conn.SetTimeout(timeout)
	if u.Scheme == "ldap" && !d.Plaintext {
		if err := conn.StartTLS(config); err != nil {
			return nil, errors.Join(fmt.Errorf("StartTLS: %w", err), conn.Close())
		}
	}
	return conn, nil
}
