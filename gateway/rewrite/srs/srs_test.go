package srs

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const secret = "correct horse battery staple"

func rewriter(t testing.TB, at int64, secrets ...string) *Rewriter {
	t.Helper()
	r, err := New(Options{Domain: "srs.example.net", Secrets: secrets, Now: func() time.Time { return time.Unix(at, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What Mail::SRS 0.31 makes of these addresses, with this secret, at these times.
var mailSRS = []struct {
	at              int64
	from, forwarded string
	back            string // where that leads; "" is from
}{
	{1767225600, "alice@example.org", "SRS0=HFd0=7G=example.org=alice@srs.example.net", ""},
	{1767225600, "Bob.Brown@Example.COM", "SRS0=wcsr=7G=Example.COM=Bob.Brown@srs.example.net", ""},
	{1767225600, "x=y@a-b.example", "SRS0=xs/p=7G=a-b.example=x=y@srs.example.net", ""},
	{1767225600, "a+tag@sub.example.net", "SRS0=78zV=7G=sub.example.net=a+tag@srs.example.net", ""},
	{1767225600, "SRS0=abcd=EF=example.org=alice@relay.test", "SRS1=NxTQ=relay.test==abcd=EF=example.org=alice@srs.example.net", ""},
	{1767225600, "SRS0+abcd=EF=example.org=alice@relay.test", "SRS1=PbXD=relay.test=+abcd=EF=example.org=alice@srs.example.net", ""},
	{1767225600, "SRS1=wxyz=relay.test==abcd=EF=example.org=alice@second.test", "SRS1=NxTQ=relay.test==abcd=EF=example.org=alice@srs.example.net", "SRS0=abcd=EF=example.org=alice@relay.test"},
	{1800000000, "alice@example.org", "SRS0=6hKe=LB=example.org=alice@srs.example.net", ""},
	{1800000000, "Bob.Brown@Example.COM", "SRS0=W1jj=LB=Example.COM=Bob.Brown@srs.example.net", ""},
	{1800000000, "x=y@a-b.example", "SRS0=uh5s=LB=a-b.example=x=y@srs.example.net", ""},
}

func TestMailSRS(t *testing.T) {
	for _, v := range mailSRS {
		r := rewriter(t, v.at, secret)
		if got := r.Forward(v.from); got != v.forwarded {
			t.Errorf("%s is forwarded as %s, want %s", v.from, got, v.forwarded)
		}
		want := v.back
		if want == "" {
			want = v.from
		}
		for _, said := range []string{v.forwarded, strings.ToLower(v.forwarded), strings.Replace(v.forwarded, "SRS0=", "SRS0+", 1)} {
			back, err := r.Reverse(said)
			if err != nil || !strings.EqualFold(back, want) || !r.Mine(said) {
				t.Errorf("%s leads to %q, %v; want %s", said, back, err, want)
			}
		}
	}
}

func TestForwardAndReverse(t *testing.T) {
	now := int64(1800000000)
	r := rewriter(t, now, secret)
	for _, from := range []string{"a@b", `"a b"@c.test`, `"a\"b\\c"@d.test`, `"a@b"@c.test`, "jörg@müller.test", "..x@y.test", strings.Repeat("l", 64) + "@e.test", "a@[192.0.2.1]"} {
		forwarded := r.Forward(from)
		back, err := r.Reverse(forwarded)
		if !r.Mine(forwarded) || err != nil || back != from && back != `"`+strings.Replace(from, "@", `"@`, 1) {
			t.Errorf("%s, forwarded as %s, comes back as %q, %v", from, forwarded, back, err)
		}
	}
	for _, same := range []string{"", "a@SRS.example.net", "postmaster", r.Forward("a@b.test")} {
		if got := r.Forward(same); got != same || same != "" && strings.HasPrefix(same, "a@") && r.Mine(same) {
			t.Errorf("%q becomes %q", same, got)
		}
	}
	mine := r.Forward("alice@example.org")
	for name, c := range map[string]struct {
		address string
		at      int64
		secrets []string
		want    error
	}{
		"as it is":             {mine, now, []string{secret}, nil},
		"three weeks later":    {mine, now + 21*86400, []string{secret}, nil},
		"a month later":        {mine, now + 31*86400, []string{secret}, ErrExpired},
		"from the future":      {mine, now - 3*86400, []string{secret}, ErrExpired},
		"a new secret":         {mine, now, []string{"a new secret that is long", secret}, nil},
		"an unknown secret":    {mine, now, []string{"a new secret that is long"}, ErrForged},
		"another domain in it": {strings.Replace(mine, "example.org", "victim.test", 1), now, []string{secret}, ErrForged},
		"another user in it":   {strings.Replace(mine, "alice", "bob", 1), now, []string{secret}, ErrForged},
		"another day in it":    {strings.Replace(mine, "=LB=", "=LC=", 1), now, []string{secret}, ErrForged},
		"no hash":              {"SRS0==LB=example.org=alice@srs.example.net", now, []string{secret}, ErrForged},
		"a short hash":         {strings.Replace(mine, "6hKe", "6hK", 1), now, []string{secret}, ErrForged},
		"nothing behind":       {"SRS0=@srs.example.net", now, []string{secret}, ErrForged},
		"SRS1 of somebody":     {"SRS1=aaaa=victim.test==a=b=c=d@srs.example.net", now, []string{secret}, ErrForged},
		"SRS1 without hash":    {"SRS1=victim.test@srs.example.net", now, []string{secret}, ErrForged},
		"no SRS":               {"alice@srs.example.net", now, []string{secret}, ErrForged},
	} {
		back, err := rewriter(t, c.at, c.secrets...).Reverse(c.address)
		if !errors.Is(err, c.want) || (err == nil) != (back == "alice@example.org") {
			t.Errorf("%s: %q, %v; want %v", name, back, err, c.want)
		}
	}
	for _, o := range []Options{{Secrets: []string{secret}}, {Domain: "x"}, {Domain: "a@b", Secrets: []string{secret}}, {Domain: "x", Secrets: []string{"short"}}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}

// TestSRSByMailSRS asks the scheme's own implementation, in both directions, where it is installed (make test-srs).
func TestSRSByMailSRS(t *testing.T) {
	const script = `use Mail::SRS; my $s = Mail::SRS->new(Secret => $ARGV[0], HashLength => 4, HashMin => 4);
		while (<STDIN>) { chomp; my ($a, $f) = split / /; print $s->forward($a, "srs.example.net"), " ", $s->reverse($f), "\n"; }`
	if exec.Command("perl", "-MMail::SRS", "-e", "1").Run() != nil {
		t.Skip("perl with Mail::SRS is not installed (Debian: libmail-srs-perl): nobody to judge")
	}
	r, err := New(Options{Domain: "srs.example.net", Secrets: []string{secret}})
	if err != nil {
		t.Fatal(err)
	}
	var in strings.Builder
	for _, v := range mailSRS {
		in.WriteString(v.from + " " + r.Forward(v.from) + "\n")
	}
	cmd := exec.Command("perl", "-e", script, secret)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(mailSRS) {
		t.Fatalf("%d answers", len(lines))
	}
	for i, line := range lines {
		theirs, back, _ := strings.Cut(line, " ")
		if want := r.Forward(mailSRS[i].from); theirs != want {
			t.Errorf("%s: Mail::SRS makes %s, and we %s", mailSRS[i].from, theirs, want)
		}
		ours, err := r.Reverse(theirs)
		if err != nil || ours != back {
			t.Errorf("%s leads to %s for us (%v), to %s for Mail::SRS", theirs, ours, err, back)
		}
		t.Logf("%-62s %-75s agreed", mailSRS[i].from, theirs)
	}
}

// Whatever is asked, nothing leads anywhere that was not made here, and what was made here comes back.
func FuzzSRS(f *testing.F) {
	r := rewriter(f, 1800000000, secret)
	for _, v := range mailSRS {
		f.Add(v.from)
		f.Add(v.forwarded)
	}
	f.Fuzz(func(t *testing.T, address string) {
		forwarded := r.Forward(address)
		if forwarded == address {
			return
		}
		if _, err := r.Reverse(forwarded); err != nil && !strings.HasPrefix(strings.ToUpper(strings.TrimPrefix(address, `"`)), "SRS") {
			t.Errorf("%q is forwarded as %q, which is not read: %v", address, forwarded, err)
		}
	})
}
