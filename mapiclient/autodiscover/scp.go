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

// A point is a service connection point.
type point struct {
	url     string
	rank    int // what serves our site, what serves no site in particular, the others
	created string
}

// URLs gives the Autodiscover URLs that the directory names, in the order in
// which they are to be asked. [MS-OXDISCO] 3.1.5.1
func (d *Directory) URLs(ctx context.Context) ([]string, error) {
	timeout := cmp.Or(d.Timeout, DefaultTimeout)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	list, err := d.points(ctx, timeout)
	if err != nil {
		return nil, fmt.Errorf("directory %s: %w", d.URL, err)
	}
	slices.SortStableFunc(list, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.created, b.created))
	})
	var urls []string
	for _, p := range list {
		if !slices.Contains(urls, p.url) {
			urls = append(urls, p.url)
		}
	}
	return urls, nil
}

func (d *Directory) points(ctx context.Context, timeout time.Duration) ([]point, error) {
	conn, err := d.connect(ctx, timeout)
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
	if base == "" {
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
	if len(list) == 0 {
		return nil, errors.New("it has no service connection point of Autodiscover")
	}
	return list, nil
}

// pointsOf reads an entry. One that points to another forest has no URL that
// could be asked: what lies there is for the configuration to say.
func (d *Directory) pointsOf(e *ldap.Entry) (list []point) {
	rank, is := 1, false
	for _, k := range e.GetAttributeValues("keywords") {
		site, named := strings.CutPrefix(strings.ToLower(k), "site=")
		switch {
		case strings.EqualFold(k, scpURL):
			is = true
		case named && d.Site != "" && strings.EqualFold(site, d.Site):
			rank = 0
		case named && rank != 0:
			rank = 2
		}
	}
	for _, u := range e.GetAttributeValues("serviceBindingInformation") {
		if is && httpsOnly(u) != "" {
			list = append(list, point{u, rank, e.GetAttributeValue("whenCreated")})
		}
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

func (d *Directory) connect(ctx context.Context, timeout time.Duration) (*ldap.Conn, error) {
	u, err := url.Parse(d.URL)
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
	dialer := &net.Dialer{}
	if deadline, ok := ctx.Deadline(); ok {
		dialer.Deadline = deadline
	}
	conn, err := ldap.DialURL(d.URL, ldap.DialWithDialer(dialer), ldap.DialWithTLSConfig(config))
	if err != nil {
		return nil, err
	}
	conn.SetTimeout(timeout)
	if u.Scheme == "ldap" && !d.Plaintext {
		if err := conn.StartTLS(config); err != nil {
			return nil, errors.Join(fmt.Errorf("StartTLS: %w", err), conn.Close())
		}
	}
	return conn, nil
}
