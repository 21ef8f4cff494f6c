package smtpside

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/mapigate/mapigate/smtpside/smtptest"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

func newZone(t *testing.T, records ...string) *smtptest.Zone {
	t.Helper()
	z, err := smtptest.NewZone()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(z.Close)
	if err := z.Add(append([]string{"x.example. IN MX 10 mx.x.example.", "mx.x.example. IN A 192.0.2.1"}, records...)...); err != nil {
		t.Fatal(err)
	}
	return z
}

func newDNS(t *testing.T, z *smtptest.Zone, trust bool) *DNS {
	t.Helper()
	d, err := NewDNS(DNSOptions{Servers: []string{z.Addr}, TrustAD: trust})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// mxCertificate is one of the test CA, with the CA's behind it.
func mxCertificate(t *testing.T, expired bool, name string) (tls.Certificate, []*x509.Certificate) {
	t.Helper()
	ca, err := testCA()
	if err != nil {
		t.Fatal(err)
	}
	issue := ca.Issue
	if expired {
		issue = ca.IssueExpired
	}
	pair, err := issue(name)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(ca.PEM())
	pair.Certificate = append(pair.Certificate, block.Bytes)
	var chain []*x509.Certificate
	for _, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, c)
	}
	return pair, chain
}

func digest(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

// A reports collects what is told of TLS failures.
type reports struct {
	mu   sync.Mutex
	list []string
}

func (r *reports) take(domain, host, policy, result string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, strings.Join([]string{domain, host, policy, result}, " "))
}

func TestDANE(t *testing.T) {
	const ours, others = "mx.x.example", "other.example"
	var rows [][]string
	for _, c := range []struct {
		name, certificate        string
		expired, plain           bool
		tlsa                     func(chain []*x509.Certificate) string
		unsigned, distrust, fail bool
		outcome                  string
		tls                      bool
		report                   string
	}{
		{name: "3 1 1, right", certificate: ours, tlsa: func(c []*x509.Certificate) string { return "3 1 1 " + digest(c[0].RawSubjectPublicKeyInfo) }, outcome: "250", tls: true},
		{name: "3 1 1, right; wrong name, expired", certificate: others, expired: true, tlsa: func(c []*x509.Certificate) string { return "3 1 1 " + digest(c[0].RawSubjectPublicKeyInfo) }, outcome: "250", tls: true},
		{name: "3 0 1, right", certificate: ours, tlsa: func(c []*x509.Certificate) string { return "3 0 1 " + digest(c[0].Raw) }, outcome: "250", tls: true},
		{name: "3 1 1, wrong", certificate: ours, tlsa: func(c []*x509.Certificate) string { return "3 1 1 " + digest(c[1].RawSubjectPublicKeyInfo) }, outcome: "451", report: "tlsa validation-failure"},
		{name: "2 0 1, right", certificate: ours, tlsa: func(c []*x509.Certificate) string { return "2 0 1 " + digest(c[1].Raw) }, outcome: "250", tls: true},
		{name: "2 0 1, wrong name", certificate: others, tlsa: func(c []*x509.Certificate) string { return "2 0 1 " + digest(c[1].Raw) }, outcome: "451", report: "tlsa certificate-host-mismatch"},
		{name: "2 0 1, expired", certificate: ours, expired: true, tlsa: func(c []*x509.Certificate) string { return "2 0 1 " + digest(c[1].Raw) }, outcome: "451", report: "tlsa certificate-expired"},
		{name: "3 1 1, no STARTTLS", plain: true, certificate: ours, tlsa: func(c []*x509.Certificate) string { return "3 1 1 " + digest(c[0].RawSubjectPublicKeyInfo) }, outcome: "451", report: "tlsa starttls-not-supported"},
		{name: "1 1 1 alone, unusable", certificate: others, tlsa: func(c []*x509.Certificate) string { return "1 1 1 " + digest(c[0].Raw) }, outcome: "250", tls: true},
		{name: "1 1 1 alone, no STARTTLS", plain: true, certificate: others, tlsa: func(c []*x509.Certificate) string { return "1 1 1 " + digest(c[0].Raw) }, outcome: "451", report: "tlsa starttls-not-supported"},
		{name: "wrong, zone not signed", certificate: ours, unsigned: true, tlsa: func(c []*x509.Certificate) string { return "3 1 1 " + digest(c[1].Raw) }, outcome: "250", tls: true},
		{name: "wrong, resolver not trusted", certificate: ours, distrust: true, tlsa: func(c []*x509.Certificate) string { return "3 1 1 " + digest(c[1].Raw) }, outcome: "250", tls: true},
		{name: "records cannot be had", certificate: ours, fail: true, tlsa: func(c []*x509.Certificate) string { return "3 1 1 " + digest(c[0].Raw) }, outcome: "451"},
	} {
		pair, chain := mxCertificate(t, c.expired, c.certificate)
		record := c.tlsa(chain)
		z := newZone(t, "_25._tcp.mx.x.example. IN TLSA "+record)
		if !c.unsigned {
			z.Sign("x.example")
		}
		if c.fail {
			z.Fail("_25._tcp.mx.x.example")
		}
		opts := smtptest.Options{TLS: &tls.Config{Certificates: []tls.Certificate{pair}}}
		if c.plain {
			opts.TLS = nil
		}
		sink, told := newSink(t, opts), &reports{}
		s := newTestSender(t, SenderOptions{
			Resolver: newDNS(t, z, !c.distrust), TLSFailure: told.take, Dial: (&netmap{hosts: map[string]string{"192.0.2.1:25": sink.Addr}}).dial,
		})
		job := jobTo("", "a@x.example")
		job.Route = Route{Domain: "x.example"}
		got := mustSend(t, s, job)[0]
		if code := fmt.Sprint(got.Status.Code); code != c.outcome || (got.TLS != "") != c.tls || sink.Count() != map[string]int{"250": 1}[c.outcome] {
			t.Errorf("%s: %+v, %d mails", c.name, got, sink.Count())
		}
		if report := strings.TrimPrefix(strings.Join(told.list, "; "), "x.example mx.x.example "); report != c.report {
			t.Errorf("%s: reports %q, want %q", c.name, report, c.report)
		}
		rows = append(rows, []string{c.name, record[:5], got.Status.Error(), c.report})
	}
	smtptest.Table(t.Output(), "DANE", []string{"case", "TLSA", "outcome", "report"}, rows)
}

// policyHost serves MTA-STS policies by domain, under a certificate of the test CA.
func policyHost(t *testing.T, names ...string) (set func(string), client *http.Client, fetches func() int) {
	t.Helper()
	var mu sync.Mutex
	text, n := "", 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		switch {
		case text == "redirect" && r.URL.Path == "/.well-known/mta-sts.txt":
			http.Redirect(w, r, "https://mta-sts.x.example/elsewhere", http.StatusFound)
		case r.URL.Path == "/elsewhere":
			fmt.Fprint(w, "version: STSv1\nmode: enforce\nmx: none.example\nmax_age: 100\n")
		case text == "":
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			fmt.Fprint(w, text)
		}
	}))
	ca, err := testCA()
	if err != nil {
		t.Fatal(err)
	}
	if server.TLS, err = ca.Server(names...); err != nil {
		t.Fatal(err)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	addr := server.Listener.Addr().String()
	client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: ca.Client(), DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
	}}
	return func(s string) { mu.Lock(); text = s; mu.Unlock() }, client, func() int { mu.Lock(); defer mu.Unlock(); return n }
}

func stsText(mode, mx string) string {
	return "version: STSv1\r\nmode: " + mode + "\r\nmx: " + mx + "\r\nmax_age: 86400\r\n"
}

func TestMTASTS(t *testing.T) {
	const ours, others = "mx.x.example", "other.example"
	var rows [][]string
	for _, c := range []struct {
		name, policy, record, certificate, web string
		outcome, report                        string
		tls                                    bool
	}{
		{"enforce, right certificate", stsText("enforce", "mx.x.example"), "v=STSv1; id=1;", ours, "", "250", "", true},
		{"enforce, wildcard", stsText("enforce", "*.x.example"), "v=STSv1; id=1", ours, "", "250", "", true},
		{"enforce, wrong certificate", stsText("enforce", "mx.x.example"), "v=STSv1; id=1;", others, "", "451", "certificate-host-mismatch", false},
		{"enforce, no STARTTLS", stsText("enforce", "mx.x.example"), "v=STSv1; id=1;", "", "", "451", "starttls-not-supported", false},
		{"enforce, another MX", stsText("enforce", "mx.y.example"), "v=STSv1; id=1;", ours, "", "451", "validation-failure", false},
		{"testing, right certificate", stsText("testing", "mx.x.example"), "v=STSv1; id=1;", ours, "", "250", "", true},
		{"testing, wrong certificate", stsText("testing", "mx.x.example"), "v=STSv1; id=1;", others, "", "250", "certificate-host-mismatch", true},
		{"testing, no STARTTLS", stsText("testing", "mx.x.example"), "v=STSv1; id=1;", "", "", "250", "starttls-not-supported", false},
		{"testing, another MX", stsText("testing", "mx.y.example"), "v=STSv1; id=1;", ours, "", "250", "validation-failure", true},
		{"none, wrong certificate", stsText("none", "mx.x.example"), "v=STSv1; id=1;", others, "", "250", "", true},
		{"no record", stsText("enforce", "mx.y.example"), "v=spf1 -all", others, "", "250", "", true},
		{"broken policy", "version: STSv2\n", "v=STSv1; id=1;", others, "", "250", "", true},
		{"policy host with a wrong certificate", stsText("enforce", "mx.y.example"), "v=STSv1; id=1;", others, "www.x.example", "250", "", true},
		{"policy host redirects", "redirect", "v=STSv1; id=1;", others, "", "250", "", true},
	} {
		z := newZone(t, `_mta-sts.x.example. IN TXT "`+c.record+`"`)
		web := c.web
		if web == "" {
			web = "mta-sts.x.example"
		}
		set, client, _ := policyHost(t, web)
		set(c.policy)
		d := newDNS(t, z, false)
		sts, err := tlspolicy.NewSTS(tlspolicy.STSOptions{LookupTXT: d.LookupTXT, Client: client})
		if err != nil {
			t.Fatal(err)
		}
		opts := smtptest.Options{}
		if c.certificate != "" {
			pair, _ := mxCertificate(t, false, c.certificate)
			opts.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
		}
		sink, told := newSink(t, opts), &reports{}
		ca, err := testCA()
		if err != nil {
			t.Fatal(err)
		}
		s := newTestSender(t, SenderOptions{
			Resolver: d, STS: sts, TLSFailure: told.take, Dial: (&netmap{hosts: map[string]string{"192.0.2.1:25": sink.Addr}}).dial,
		})
		job := jobTo("", "a@x.example")
		job.Route = Route{Domain: "x.example", TLSConfig: ca.Client()}
		got := mustSend(t, s, job)[0]
		if fmt.Sprint(got.Status.Code) != c.outcome || (got.TLS != "") != c.tls || sink.Count() != map[string]int{"250": 1}[c.outcome] {
			t.Errorf("%s: %+v, %d mails", c.name, got, sink.Count())
		}
		if report := strings.TrimPrefix(strings.Join(told.list, "; "), "x.example mx.x.example sts "); report != c.report {
			t.Errorf("%s: reports %q, want %q", c.name, report, c.report)
		}
		rows = append(rows, []string{c.name, got.Status.Error(), c.report})
	}
	smtptest.Table(t.Output(), "MTA-STS", []string{"case", "outcome", "report"}, rows)
}

// A policy is fetched once, again when its id changes, outlives its record and a restart, and ends when it said.
func TestMTASTSCache(t *testing.T) {
	z := newZone(t, `_mta-sts.x.example. IN TXT "v=STSv1; id=1;"`)
	set, client, fetches := policyHost(t, "mta-sts.x.example")
	set(stsText("enforce", "a.x.example"))
	now := time.Now()
	file := filepath.Join(t.TempDir(), "sts.json")
	open := func() *tlspolicy.STS {
		s, err := tlspolicy.NewSTS(tlspolicy.STSOptions{LookupTXT: newDNS(t, z, false).LookupTXT, Client: client, File: file, Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	want := func(step, mx string, n int) {
		t.Helper()
		p := s.Policy(t.Context(), "X.example.")
		if got := fmt.Sprint(p); p == nil && mx != "" || p != nil && (len(p.MX) != 1 || p.MX[0] != mx) || fetches() != n {
			t.Errorf("%s: %s after %d fetches, want %q after %d", step, got, fetches(), mx, n)
		}
	}
	want("first", "a.x.example", 1)
	want("known", "a.x.example", 1)
	set(stsText("enforce", "b.x.example"))
	want("same id", "a.x.example", 1)
	z.Remove("_mta-sts.x.example", dns.TypeTXT)
	s = open()
	want("record gone, after a restart", "a.x.example", 1)
	if err := z.Add(`_mta-sts.x.example. IN TXT "v=STSv1; id=2;"`); err != nil {
		t.Fatal(err)
	}
	set("")
	want("new id, no policy there", "a.x.example", 2)
	want("not asked again at once", "a.x.example", 2)
	set(stsText("enforce", "c.x.example"))
	now = now.Add(10 * time.Minute)
	want("new id", "c.x.example", 3)
	set("")
	now = now.Add(25 * time.Hour)
	want("over", "", 4)
}

// A policy in use is fetched anew before it runs out, and stays where that fails; one that nobody has asked for does not.
func TestMTASTSRenewal(t *testing.T) {
	z := newZone(t, `_mta-sts.x.example. IN TXT "v=STSv1; id=1;"`)
	set, client, fetches := policyHost(t, "mta-sts.x.example")
	set(stsText("enforce", "a.x.example"))
	now := time.Now()
	s, err := tlspolicy.NewSTS(tlspolicy.STSOptions{LookupTXT: newDNS(t, z, false).LookupTXT, Client: client, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	first := s.Policy(t.Context(), "x.example")
	if first == nil {
		t.Fatal("no policy")
	}
	lives := first.Expires.Sub(now)
	for _, step := range []struct {
		name    string
		wait    time.Duration
		text    string // at the policy host from then on
		fetches int
	}{
		{"young", lives / 4, stsText("enforce", "a.x.example"), 1},
		{"half of its life is over", lives / 3, stsText("enforce", "b.x.example"), 2},
		{"just renewed", time.Minute, stsText("enforce", "b.x.example"), 2},
		{"old again, and the host has none", lives * 2 / 3, "", 3},
		{"not again at once", time.Minute, "", 3},
	} {
		now = now.Add(step.wait)
		set(step.text)
		s.Renew(t.Context())
		if fetches() != step.fetches {
			t.Errorf("%s: %d fetches, want %d", step.name, fetches(), step.fetches)
		}
		if p := s.Policy(t.Context(), "x.example"); p == nil || step.fetches > 1 && p.MX[0] != "b.x.example" {
			t.Errorf("%s: %+v", step.name, p)
		}
	}
}
