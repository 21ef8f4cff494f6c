package route

import (
	"errors"
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern string
		match   []string
		not     []string
	}{
		{"*", []string{"a@b", "postmaster"}, []string{""}},
		{"Example.org", []string{"a@example.org", "A@EXAMPLE.ORG.", `"x@y"@example.org`}, []string{"a@sub.example.org", "a@example.org.evil", "example.org", ""}},
		{"@example.org", []string{"a@example.org"}, []string{"a@b"}},
		{"*.example.org", []string{"a@sub.example.org", "a@x.y.example.org"}, []string{"a@example.org", "a@badexample.org"}},
		{"Bob@example.org", []string{"bob@example.org", "BOB@Example.org"}, []string{"bobo@example.org", "@example.org"}},
		{"scan*@example.org", []string{"scan@example.org", "scanner-7@example.org"}, []string{"ascan@example.org", "scan@evil.org"}},
		{"a*b*c@x", []string{"abc@x", "a-b-b-c@x"}, []string{"ab@x", "acb@x", "abcd@x"}},
		{"*@münchen.test", []string{"a@münchen.test", "a@xn--mnchen-3ya.test", "a@MÜNCHEN.test"}, []string{"a@munchen.test"}},
		{"<>", []string{""}, []string{"a@b"}},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		for _, a := range c.match {
			if !p.Match(a) {
				t.Errorf("%s does not match %q", c.pattern, a)
			}
		}
		for _, a := range c.not {
			if p.Match(a) {
				t.Errorf("%s matches %q", c.pattern, a)
			}
		}
		if again, err := ParsePattern(p.String()); err != nil || again != p {
			t.Errorf("%s is written as %s, which is %+v, %v", c.pattern, p, again, err)
		}
	}
	for _, bad := range []string{"", "a@", "a b", "a,b", "<a@b>"} {
		if p, err := ParsePattern(bad); err == nil {
			t.Errorf("%q is taken as %+v", bad, p)
		}
	}
}

func TestVia(t *testing.T) {
	for text, want := range map[string]Via{
		"exchange": {Kind: Exchange}, "exchange/main": {Exchange, "main"}, "internet": {Kind: Internet},
		"smarthost/relay": {Smarthost, "relay"}, "reject": {Kind: Reject},
	} {
		got, err := ParseVia(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v (%s), %v", text, got, got, err)
		}
	}
	for _, bad := range []string{"", "smtp", "smarthost", "smarthost/", "exchange/", "internet/x", "reject/x"} {
		if _, err := ParseVia(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func patterns(t *testing.T, texts ...string) (all []Pattern) {
	t.Helper()
	for _, text := range texts {
		p, err := ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestTable(t *testing.T) {
	table := Table{
		{To: patterns(t, "spam@*"), Via: Via{Kind: Reject}, Text: "no spam"},
		{Sources: []string{"outbox"}, To: patterns(t, "here.test"), Via: Via{Exchange, "main"}},
		{Sources: []string{"outbox"}, To: patterns(t, "partner.test", "*.partner.test"), Via: Via{Smarthost, "relay"}},
		{Sources: []string{"outbox"}, Via: Via{Kind: Internet}},
		{Sources: []string{"apps"}, From: patterns(t, "@app.test"), Via: Via{Exchange, "main"}},
		{Sources: []string{"gateway"}, From: patterns(t, "<>"), Via: Via{Exchange, "main"}},
	}
	exchange := queue.Leg{Courier: "exchange/main", Route: "exchange/main", Destination: "main"}
	relay := queue.Leg{Courier: "internet", Route: "smarthost/relay", Destination: "smarthost/relay"}
	outbox, apps := mail.Source{Kind: "outbox", Name: "bob@here.test"}, mail.Source{Kind: "smtp", Name: "apps"}
	for _, c := range []struct {
		source   mail.Source
		from, to string
		want     queue.Leg
		refusal  string
	}{
		{outbox, "bob@here.test", "ann@here.test", exchange, ""},
		{outbox, "bob@here.test", "x@eu.partner.test", relay, ""},
		{outbox, "bob@here.test", "x@Far.Test", queue.Leg{Courier: "internet", Route: "internet", Destination: "far.test"}, ""},
		{outbox, "bob@here.test", "spam@here.test", queue.Leg{}, "no spam"},
		{outbox, "bob@here.test", "nowhere", queue.Leg{}, "the address has no domain"},
		{apps, "x@app.test", "x@far.test", exchange, ""},
		{apps, "x@other.test", "x@far.test", queue.Leg{}, "no route to this address"},
		{mail.Source{Kind: "gateway"}, "", "bob@here.test", exchange, ""},
	} {
		got, err := table.Find(c.source, c.from, c.to)
		var refusal *Refusal
		if got != c.want || (c.refusal != "") != errors.As(err, &refusal) || refusal != nil && refusal.Text != c.refusal {
			t.Errorf("%s %s → %s: %+v, %v", c.source.Kind, c.from, c.to, got, err)
		}
	}
	e := mail.Envelope{From: "a@here.test", Recipients: []mail.Recipient{{Address: "ann@here.test"}, {Address: "spam@x.test"}}}
	if _, err := table.Legs(outbox, e); err == nil || err.Error() != "spam@x.test: no spam" {
		t.Errorf("legs: %v", err)
	}
}
