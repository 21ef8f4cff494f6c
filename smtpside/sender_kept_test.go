package smtpside

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/mapigate/mapigate/smtpside/smtptest"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// A kept connection carries the next mail only if it does what the domain asks for by then; one that does not is left to other domains
// with the same MX hosts.
func TestKeptConnectionsMeetPolicies(t *testing.T) {
	const ours, others = "mx.x.example", "other.example"
	type step struct {
		change   func(z *smtptest.Zone, set func(string), chain []*x509.Certificate) error
		domain   string
		outcome  string
		sessions int
	}
	sts := func(mode, mx, id string) func(*smtptest.Zone, func(string), []*x509.Certificate) error {
		return func(z *smtptest.Zone, set func(string), _ []*x509.Certificate) error {
			set(stsText(mode, mx))
			z.Remove("_mta-sts.x.example", dns.TypeTXT)
			return z.Add(`_mta-sts.x.example. IN TXT "v=STSv1; id=` + id + `;"`)
		}
	}
	tlsa := func(certificate int) func(*smtptest.Zone, func(string), []*x509.Certificate) error {
		return func(z *smtptest.Zone, _ func(string), chain []*x509.Certificate) error {
			z.Remove("_25._tcp.mx.x.example", dns.TypeTLSA)
			return z.Add("_25._tcp.mx.x.example. IN TLSA 3 1 1 " + digest(chain[certificate].RawSubjectPublicKeyInfo))
		}
	}
	mx := func(host string) func(*smtptest.Zone, func(string), []*x509.Certificate) error {
		return func(z *smtptest.Zone, _ func(string), _ []*x509.Certificate) error {
			z.Remove("x.example", dns.TypeMX)
			return z.Add("x.example. IN MX 10 "+host+".", host+". IN A 192.0.2.1")
		}
	}
	bogus := func(z *smtptest.Zone, _ func(string), _ []*x509.Certificate) error {
		z.Fail("_25._tcp.mx.x.example")
		return nil
	}
	for _, c := range []struct {
		name, certificate string
		plain             bool
		steps             []step
	}{
		{"no policy", others, false, []step{{nil, "x", "250", 1}, {nil, "x", "250", 1}}},
		{"MTA-STS appears, wrong certificate", others, false, []step{{nil, "x", "250", 1}, {sts("enforce", ours, "1"), "x", "451", 2}, {nil, "x", "451", 3}}},
		{"MTA-STS appears, no TLS", others, true, []step{{nil, "x", "250", 1}, {sts("enforce", ours, "1"), "x", "451", 2}}},
		{"MTA-STS appears, right certificate", ours, false, []step{{nil, "x", "250", 1}, {sts("enforce", ours, "1"), "x", "250", 1}, {nil, "x", "250", 1}}},
		{"MTA-STS in testing appears", others, false, []step{{nil, "x", "250", 1}, {sts("testing", ours, "1"), "x", "250", 1}}},
		{"MTA-STS goes from testing to enforce", others, false, []step{{sts("testing", ours, "1"), "x", "250", 1}, {sts("enforce", ours, "2"), "x", "451", 2}}},
		{"MTA-STS changes its hosts", ours, false, []step{{sts("enforce", ours, "1"), "x", "250", 1}, {sts("enforce", others, "2"), "x", "451", 1}}},
		{"DANE appears, right", others, false, []step{{nil, "x", "250", 1}, {tlsa(0), "x", "250", 1}}},
		{"DANE appears, wrong", ours, false, []step{{nil, "x", "250", 1}, {tlsa(1), "x", "451", 2}}},
		{"DANE appears, no TLS", ours, true, []step{{nil, "x", "250", 1}, {tlsa(0), "x", "451", 2}}},
		{"DANE changes", ours, false, []step{{tlsa(0), "x", "250", 1}, {tlsa(0), "x", "250", 1}, {tlsa(1), "x", "451", 2}}},
		{"DANE cannot be had any more", ours, false, []step{{tlsa(0), "x", "250", 1}, {bogus, "x", "451", 1}}},
		{"the MX changes", ours, false, []step{{nil, "x", "250", 1}, {mx("mx2.x.example"), "x", "250", 2}}},
		{"another domain without a policy keeps its connection", others, false, []step{
			{nil, "y", "250", 1}, {sts("enforce", ours, "1"), "x", "451", 2}, {nil, "y", "250", 2}, {nil, "x", "451", 3}, {nil, "y", "250", 3}}},
		{"a connection that meets a policy is shared", ours, false, []step{{sts("enforce", ours, "1"), "x", "250", 1}, {nil, "y", "250", 1}, {nil, "x", "250", 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := newZone(t, "y.example. IN MX 5 mx.x.example.")
			z.Sign("example")
			set, client, _ := policyHost(t, "mta-sts.x.example")
			d := newDNS(t, z, true)
			now := time.Now()
			policies, err := tlspolicy.NewSTS(tlspolicy.STSOptions{LookupTXT: d.LookupTXT, Client: client, Clock: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			pair, chain := mxCertificate(t, false, c.certificate)
			opts := smtptest.Options{TLS: &tls.Config{Certificates: []tls.Certificate{pair}}}
			if c.plain {
				opts.TLS = nil
			}
			sink := newSink(t, opts)
			ca, err := testCA()
			if err != nil {
				t.Fatal(err)
			}
			s := newTestSender(t, SenderOptions{
				Resolver: d, STS: policies, IdleTimeout: time.Minute, Dial: (&netmap{hosts: map[string]string{"192.0.2.1:25": sink.Addr}}).dial,
			})
			roots := ca.Client()
			for i, step := range c.steps {
				if step.change != nil {
					if err := step.change(z, set, chain); err != nil {
						t.Fatal(err)
					}
				}
				job := jobTo("", "a@x.example")
				job.Route = Route{Domain: step.domain + ".example", TLSConfig: roots}
				got := mustSend(t, s, job)[0]
				if fmt.Sprint(got.Status.Code) != step.outcome || sink.Sessions() != step.sessions {
					t.Errorf("step %d: %d connections, want %d; %+v", i+1, sink.Sessions(), step.sessions, got)
				}
			}
		})
	}
}

// Domains with the same MX hosts are one destination: they have its connections, its rate and what was learned about it together. What
// the shape of one of them says counts for all.
func TestRollUpLimits(t *testing.T) {
	p := newPool(SenderOptions{MaxPerDestination: 3, MaxMailsPerConn: 7, IdleTimeout: -1})
	enter := func(domain string, shape Shape) *place {
		t.Helper()
		pl, err := p.enter(t.Context(), &Route{Domain: domain, Shape: shape}, " a.mx")
		if err != nil {
			t.Fatal(err)
		}
		return pl
	}
	one := enter("one.example", Shape{})
	two := enter("two.example", Shape{Connections: 2, Rate: 6000})
	if one.dest != two.dest || two.shape != (Shape{Connections: 2, MailsPerConn: 7, Rate: 6000}) {
		t.Errorf("%+v and %+v", one, two)
	}
	if two.dest.allowed() != 2 || two.dest.used != 2 {
		t.Errorf("%d of %d connections", two.dest.used, two.dest.allowed())
	}
	one.leave()
	three := enter("three.example", Shape{Connections: 20, MailsPerConn: 5})
	if want := (Shape{Connections: 2, MailsPerConn: 5, Rate: 6000}); three.shape != want {
		t.Errorf("the third gets %+v, want %+v", three.shape, want)
	}
	three.leave()
	two.leave()
	f := &flow{}
	f.said(Shape{Rate: 5}, time.Unix(0, 0))
	if got := f.said(Shape{}, time.Unix(0, 0).Add(learnedFor)); got != (Shape{}) || len(f.shapes) != 0 {
		t.Errorf("long after: %+v", got)
	}
}
