package smtpside

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

func TestMX(t *testing.T) {
	sink := newSink(t, smtptest.Options{})
	refusing := newSink(t, smtptest.Options{})
	refusing.Fail(smtptest.Fault{Verb: "CONNECT", Reply: "421 4.3.2 busy", Drop: true})
	z := &zone{
		mx: map[string][]*net.MX{
			"ordered.example":       {{Host: "b.mx.", Pref: 20}, {Host: "dead.mx.", Pref: 10}, {Host: "busy.mx.", Pref: 15}, {Host: "never.mx.", Pref: 30}},
			"null.example":          {{Host: ".", Pref: 0}},
			"dangling.example":      {{Host: "none.mx.", Pref: 0}},
			"glitch.example":        {{Host: "glitch.mx.", Pref: 0}, {Host: "none.mx.", Pref: 1}},
			"loop.example":          {{Host: "self.mx.", Pref: 10}, {Host: "b.mx.", Pref: 20}},
			"backup.example":        {{Host: "dead.mx.", Pref: 5}, {Host: "self.mx.", Pref: 10}, {Host: "b.mx.", Pref: 20}},
			"selfip.example":        {{Host: "alias.mx.", Pref: 10}, {Host: "b.mx.", Pref: 20}},
			"many.example":          {{Host: "many.mx.", Pref: 10}},
			"xn--mller-kva.example": {{Host: "b.mx.", Pref: 10}},
		},
		ip: map[string]string{
			"b.mx": "192.0.2.2", "dead.mx": "192.0.2.9", "busy.mx": "192.0.2.3", "never.mx": "192.0.2.99", "self.mx": "192.0.2.50",
			"alias.mx": "192.0.2.51", "plain.example": "192.0.2.2", "many.mx": "192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.2",
		},
		fails: map[string]bool{"glitch.mx": true, "down.example": true},
	}
	tests := []struct{ domain, outcome, dials string }{
		{"ordered.example", "250 2.0.0", "192.0.2.9 192.0.2.3 192.0.2.2"},
		{"plain.example", "250 2.0.0", "192.0.2.2"},
		{"müller.example", "250 2.0.0", "192.0.2.2"},
		{"[192.0.2.2]", "250 2.0.0", "192.0.2.2"},
		{"null.example", "556 5.1.10", ""},
		{"nothing.example", "550 5.1.2", ""},
		{"dangling.example", "550 5.1.2", ""},
		{"glitch.example", "451 4.4.4", ""},
		{"down.example", "451 4.4.4", ""},
		{"loop.example", "554 5.4.6", ""},
		{"backup.example", "451 4.4.1", "192.0.2.9"},
		{"selfip.example", "554 5.4.6", ""},
		{"many.example", "451 4.4.1", "192.0.2.9 192.0.2.10 192.0.2.11"},
	}
	for _, tt := range tests {
		n := &netmap{hosts: map[string]string{"192.0.2.2:25": sink.Addr, "192.0.2.3:25": refusing.Addr}}
		s := newTestSender(t, SenderOptions{
			Resolver: z, Dial: n.dial, MaxHosts: 3,
			IsSelf: func(host string, ip net.IP) bool { return host == "self.mx" || ip.String() == "192.0.2.51" },
		})
		job := jobTo("", "a@y.example")
		job.Route = Route{Domain: tt.domain}
		got := mustSend(t, s, job)
		if o := got[0].Status; fmt.Sprint(o.Code, " ", o.Enhanced()) != tt.outcome {
			t.Errorf("%s: %+v, want %s", tt.domain, got[0], tt.outcome)
		}
		if dials := strings.ReplaceAll(n.dialed(), ":25", ""); dials != tt.dials {
			t.Errorf("%s: dialled %s, want %s", tt.domain, dials, tt.dials)
		}
		if strings.Contains(got[0].Status.Text, "10.0.0.53") {
			t.Errorf("%s: the text tells our resolver: %s", tt.domain, got[0].Status.Text)
		}
	}
}

// A connection that breaks before the final dot sends the mail to the next host, without those who were refused for good.
func TestNextHost(t *testing.T) {
	for _, verb := range []string{"RCPT", "DATA"} {
		first, second := newSink(t, smtptest.Options{}), newSink(t, smtptest.Options{})
		first.Fail(smtptest.Fault{Verb: "RCPT", Match: "no@y.example", Reply: "550 5.1.1 no"})
		first.Fail(smtptest.Fault{Verb: verb, Skip: map[string]int{"RCPT": 1, "DATA": 0}[verb], Drop: true})
		s := newTestSender(t, SenderOptions{})
		job := jobTo(first.Addr, "a@y.example", "no@y.example", "b@y.example")
		job.Route.Hosts = append(job.Route.Hosts, second.Addr)
		got := mustSend(t, s, job)
		if codes(got) != "250 550 250" {
			t.Errorf("cut at %s: %+v", verb, got)
		}
		if m := second.Mails(); len(m) != 1 || strings.Join(m[0].To, " ") != "a@y.example b@y.example" {
			t.Errorf("cut at %s: the second host got %+v", verb, m)
		}
		if z := first.Count(); z != 0 {
			t.Errorf("cut at %s: the first host kept %d", verb, z)
		}
	}
}

func TestEqualPreference(t *testing.T) {
	z := &zone{mx: map[string][]*net.MX{"x.example": {{Host: "a.", Pref: 1}, {Host: "b.", Pref: 1}, {Host: "c.", Pref: 2}}}}
	s := newTestSender(t, SenderOptions{Resolver: z})
	first := make(map[string]int)
	for range 400 {
		found, err := s.mailHosts(context.Background(), "x.example")
		names := found.names
		if err != nil || len(names) != 3 || names[2] != "c" {
			t.Fatalf("%v, %v", names, err)
		}
		first[names[0]]++
	}
	if first["a"] < 100 || first["b"] < 100 {
		t.Errorf("equal hosts came first %v times", first)
	}
}
