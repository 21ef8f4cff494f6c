package smtpside

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// Domains with the same MX hosts share connections; another order of preference, another port or another TLS policy is another
// destination.
func TestRollUp(t *testing.T) {
	sink := newSink(t, smtptest.Options{})
	two := []*net.MX{{Host: "a.mx.", Pref: 10}, {Host: "B.mx.", Pref: 20}}
	z := &zone{
		mx: map[string][]*net.MX{
			"one.example": two, "two.example": {{Host: "b.mx.", Pref: 5}, {Host: "A.mx.", Pref: 1}}, "other.example": {{Host: "a.mx.", Pref: 10}},
			"turned.example": {{Host: "a.mx.", Pref: 20}, {Host: "b.mx.", Pref: 10}}, "equal.example": {{Host: "a.mx.", Pref: 1}, {Host: "b.mx.", Pref: 1}},
		},
		ip: map[string]string{"a.mx": "192.0.2.1", "b.mx": "192.0.2.1", "plain.example": "192.0.2.1"},
	}
	n := &netmap{hosts: map[string]string{"192.0.2.1:25": sink.Addr, "192.0.2.1:26": sink.Addr}}
	s := newTestSender(t, SenderOptions{Resolver: z, Dial: n.dial})
	for _, step := range []struct {
		route    Route
		sessions int
	}{
		{Route{Domain: "one.example"}, 1},
		{Route{Domain: "one.example"}, 1},
		{Route{Domain: "two.example"}, 1},
		{Route{Domain: "ONE.example"}, 1},
		{Route{Domain: "other.example"}, 2},
		{Route{Domain: "turned.example"}, 3},
		{Route{Domain: "equal.example"}, 4},
		{Route{Domain: "plain.example"}, 5},
		{Route{Domain: "two.example", Port: 26}, 6},
		{Route{Domain: "two.example", TLS: TLSNever}, 7},
		{Route{Domain: "one.example"}, 7},
	} {
		job := jobTo("", "a@y.example")
		job.Route = step.route
		if got := mustSend(t, s, job); codes(got) != "250" {
			t.Fatalf("%s: %+v", step.route.Domain, got)
		}
		if got := sink.Sessions(); got != step.sessions {
			t.Errorf("%+v: %d connections, want %d", step.route, got, step.sessions)
		}
	}
}

// However many domains share MX hosts, these get no more connections than one domain may have.
func TestRollUpSharesLimits(t *testing.T) {
	sink := newSink(t, smtptest.Options{})
	sink.Fail(smtptest.Fault{Verb: ".", Delay: 20 * time.Millisecond})
	z := &zone{mx: map[string][]*net.MX{}, ip: map[string]string{"a.mx": "192.0.2.1"}}
	for i := range 20 {
		z.mx[fmt.Sprintf("d%d.example", i)] = []*net.MX{{Host: "a.mx.", Pref: 10}}
	}
	s := newTestSender(t, SenderOptions{Resolver: z, MaxPerDestination: 2, Dial: (&netmap{hosts: map[string]string{"192.0.2.1:25": sink.Addr}}).dial})
	var all sync.WaitGroup
	for domain := range z.mx {
		all.Go(func() {
			job := jobTo("", "a@y.example")
			job.Route = Route{Domain: domain}
			if got := mustSend(t, s, job); codes(got) != "250" {
				t.Errorf("%s: %+v", domain, got)
			}
		})
	}
	all.Wait()
	if n := sink.Sessions(); n > 2 || sink.Count() != 20 {
		t.Errorf("%d connections for %d mails, allowed are 2", n, sink.Count())
	}
}

// Hosts in one entry are equals, and come before those of the next.
func TestSmarthostPriorities(t *testing.T) {
	first := map[string]int{}
	for range 300 {
		list := smarthosts([]string{"a:1 b:1  c", "[2001:db8::1]:587"})
		if len(list) != 4 || list[3] != (host{name: "2001:db8::1", port: "587"}) {
			t.Fatalf("%+v", list)
		}
		first[list[0].name+":"+list[0].port]++
	}
	if len(first) != 3 || first["a:1"] < 60 || first["b:1"] < 60 || first["c:25"] < 60 {
		t.Errorf("first came %v", first)
	}
}

// What no host of a route takes for now goes to the fallback, and then without trying each time; what a host refuses, or what a policy
// forbids, does not.
func TestFallback(t *testing.T) {
	relay, refusing, later := newSink(t, smtptest.Options{}), newSink(t, smtptest.Options{}), newSink(t, smtptest.Options{})
	refusing.Fail(smtptest.Fault{Verb: "RCPT", Reply: "550 5.1.1 no"})
	later.Fail(smtptest.Fault{Verb: "RCPT", Reply: "450 4.2.1 later"})
	z := &zone{
		mx: map[string][]*net.MX{"dead.example": {{Host: "dead.mx.", Pref: 1}}, "gone.example": {{Host: ".", Pref: 0}}, "no.example": {{Host: "no.mx.", Pref: 1}},
			"later.example": {{Host: "later.mx.", Pref: 1}}, "lost.example": {{Host: "cut.mx.", Pref: 1}}, "strict.example": {{Host: "no.mx.", Pref: 1}}},
		ip:    map[string]string{"dead.mx": "192.0.2.9", "no.mx": "192.0.2.1", "later.mx": "192.0.2.2", "cut.mx": "192.0.2.3"},
		fails: map[string]bool{"glitch.example": true},
	}
	cut := newSink(t, smtptest.Options{})
	cut.Fail(smtptest.Fault{Verb: "DATA", Drop: true})
	n := &netmap{hosts: map[string]string{"192.0.2.1:25": refusing.Addr, "192.0.2.2:25": later.Addr, "192.0.2.3:25": cut.Addr}}
	n.hosts[relay.Addr] = relay.Addr
	s := newTestSender(t, SenderOptions{Resolver: z, Dial: n.dial})
	for _, tt := range []struct {
		domain string
		tls    TLSPolicy
		want   string
		relays int // mails there, afterwards
		dials  int
	}{
		{"dead.example", TLSOpportunistic, "250", 1, 2},
		{"dead.example", TLSOpportunistic, "250", 2, 2}, // a kept connection to the fallback, and nothing tried before
		{"glitch.example", TLSOpportunistic, "250", 3, 2},
		{"lost.example", TLSOpportunistic, "250", 4, 3},
		{"gone.example", TLSOpportunistic, "556", 4, 3},
		{"no.example", TLSOpportunistic, "550", 4, 4},
		{"later.example", TLSOpportunistic, "450", 4, 5},
		{"strict.example", TLSRequired, "451", 4, 6},
	} {
		job := jobTo("", "a@y.example")
		job.Route = Route{Domain: tt.domain, TLS: tt.tls, Fallback: &Route{Hosts: []string{relay.Addr}}}
		if got := mustSend(t, s, job); codes(got) != tt.want {
			t.Errorf("%s: %+v", tt.domain, got)
		}
		if got := relay.Count(); got != tt.relays {
			t.Errorf("%s: the fallback has %d mails, want %d", tt.domain, got, tt.relays)
		}
		if got := len(strings.Fields(n.dialed())); got != tt.dials {
			t.Errorf("%s: %d connections tried, want %d: %s", tt.domain, got, tt.dials, n.dialed())
		}
	}
}
