package smtpside

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// Hosts and domains that are aliases: whose TLSA records count, and what a certificate below an authority's record may be for.
// RFC 7672 2.2.2, 3.2.2
func TestDANEAlias(t *testing.T) {
	right := func(c []*x509.Certificate) string { return "3 1 1 " + digest(c[0].RawSubjectPublicKeyInfo) }
	wrong := func(c []*x509.Certificate) string { return "3 1 1 " + digest(c[1].RawSubjectPublicKeyInfo) }
	authority := func(c []*x509.Certificate) string { return "2 0 1 " + digest(c[1].Raw) }
	none := func([]*x509.Certificate) string { return "" }
	const host = "host.y.example"
	var rows [][]string
	for _, c := range []struct {
		name, domain, certificate string
		signed                    string // besides x.example, which has the MX
		expanded, initial         func([]*x509.Certificate) string
		fail                      string
		outcome, report           string
	}{
		{"records where the alias leads", "x.example", host, "y.example", right, none, "", "250", ""},
		{"wrong where the alias leads", "x.example", host, "y.example", wrong, none, "", "451", "validation-failure"},
		{"the alias's own do not count then", "x.example", host, "y.example", right, wrong, "", "250", ""},
		{"none there: the alias's own, right", "x.example", host, "y.example", none, right, "", "250", ""},
		{"none there: the alias's own, wrong", "x.example", host, "y.example", none, wrong, "", "451", "validation-failure"},
		{"there they cannot be had", "x.example", host, "y.example", right, right, "_25._tcp." + host, "451", ""},
		{"it leads to where nothing is signed: its own, right", "x.example", host, "", wrong, right, "", "250", ""},
		{"it leads to where nothing is signed: its own, wrong", "x.example", host, "", right, wrong, "", "451", "validation-failure"},
		{"it leads to where nothing is signed, and has none", "x.example", host, "", wrong, none, "", "250", ""},
		{"an alias that is not signed has none", "u.example", host, "y.example", wrong, wrong, "", "250", ""},
		{"authority, name where it leads", "x.example", host, "y.example", authority, none, "", "250", ""},
		{"authority, name of the domain", "x.example", "x.example", "y.example", authority, none, "", "250", ""},
		{"authority, name of the alias", "x.example", "mx.x.example", "y.example", authority, none, "", "451", "certificate-host-mismatch"},
		{"authority, records and name of the alias", "x.example", "mx.x.example", "y.example", none, authority, "", "250", ""},
		{"the domain is an alias: its name", "a.x.example", "a.x.example", "y.example", authority, none, "", "250", ""},
		{"the domain is an alias: where it leads", "a.x.example", "x.example", "y.example", authority, none, "", "250", ""},
		{"no MX, the domain is an alias: its name", "n.x.example", "n.x.example", "y.example", authority, none, "", "250", ""},
		{"no MX, the domain is an alias: where it leads", "n.x.example", host, "y.example", authority, none, "", "250", ""},
	} {
		pair, chain := mxCertificate(t, false, c.certificate)
		z := newZone(t, host+". IN A 192.0.2.1", "mx.x.example. IN CNAME "+host+".", "a.x.example. IN CNAME x.example.", "n.x.example. IN CNAME "+host+".",
			"u.example. IN MX 10 mx.u.example.", "mx.u.example. IN CNAME "+host+".")
		z.Remove("mx.x.example", dns.TypeA)
		for _, d := range []string{"x.example", c.signed} {
			if d != "" {
				z.Sign(d)
			}
		}
		for name, record := range map[string]string{host: c.expanded(chain), "mx.x.example": c.initial(chain), "mx.u.example": c.initial(chain)} {
			if record != "" {
				if err := z.Add("_25._tcp." + name + ". IN TLSA " + record); err != nil {
					t.Fatal(err)
				}
			}
		}
		if c.fail != "" {
			z.Fail(c.fail)
		}
		sink, told := newSink(t, smtptest.Options{TLS: &tls.Config{Certificates: []tls.Certificate{pair}}}), &reports{}
		s := newTestSender(t, SenderOptions{
			Resolver: newDNS(t, z, true), TLSFailure: told.take, Dial: (&netmap{hosts: map[string]string{"192.0.2.1:25": sink.Addr}}).dial,
		})
		job := jobTo("", "a@x.example")
		job.Route = Route{Domain: c.domain}
		got := mustSend(t, s, job)[0]
		report := strings.Join(told.list, "; ")
		if fmt.Sprint(got.Status.Code) != c.outcome || sink.Count() != map[string]int{"250": 1}[c.outcome] || !strings.HasSuffix(report, c.report) || (report == "") != (c.report == "") {
			t.Errorf("%s: %+v, %d mails, reports %q", c.name, got, sink.Count(), report)
		}
		rows = append(rows, []string{c.name, got.Status.Error(), c.report})
	}
	smtptest.Table(t.Output(), "DANE and aliases", []string{"case", "outcome", "report"}, rows)
}

// Aliases that go in circles, and answers about other names, lead nowhere.
func TestExpanded(t *testing.T) {
	for _, c := range []struct {
		name, want string
		records    []string
	}{
		{"a.example", "a.example", nil},
		{"A.example", "c.example", []string{"b.example. IN CNAME c.example.", "a.EXAMPLE. IN CNAME b.example."}},
		{"a.example", "a.example", []string{"b.example. IN CNAME c.example.", "c.example. IN MX 1 a.example."}},
		{"a.example", "a.example", []string{"b.example. IN CNAME a.example.", "a.example. IN CNAME b.example."}},
	} {
		answer := new(dns.Msg)
		for _, text := range c.records {
			rr, err := dns.NewRR(text)
			if err != nil {
				t.Fatal(err)
			}
			answer.Answer = append(answer.Answer, rr)
		}
		if got := expanded(answer, c.name); got != c.want {
			t.Errorf("%v: %s leads to %s, want %s", c.records, c.name, got, c.want)
		}
	}
}
