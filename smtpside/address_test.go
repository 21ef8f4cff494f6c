package smtpside

import (
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	tests := []struct {
		arg, want string
		ok        bool
	}{
		{"<a@b.example>", "a@b.example", true},
		{" <a@b.example> SIZE=10", "a@b.example", true},
		{"a@b.example SIZE=10", "a@b.example", true},
		{"<>", "", true},
		{"<> SIZE=3", "", true},
		{"<postmaster>", "postmaster", true},
		{"<@relay.example,@x.example:a@b.example>", "a@b.example", true},
		{`<"a b"@c.example>`, `"a b"@c.example`, true},
		{`<"a>b"@c.example>`, `"a>b"@c.example`, true},
		{`<"a\"@x"@c.example>`, `"a\"@x"@c.example`, true},
		{"<a@[192.0.2.1]>", "a@[192.0.2.1]", true},
		{"<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", true},
		{"<a..b.@c.example>", "a..b.@c.example", true},
		{"<jörg@müller.example>", "jörg@müller.example", true},
		{"<a@under_score.example>", "a@under_score.example", true},

		{"", "", false},
		{"<a@b.example", "", false},
		{"<@relay.example:>", "", false},
		{"<@relay.example>", "", false},
		{"<a>", "", false},
		{"<a@>", "", false},
		{"<@b.example>", "", false},
		{`<"a"@b@c.example>`, "", false},
		{"<a@b@c.example>", "", false},
		{`<"a"b@c.example>`, "", false},
		{`<"a@c.example>`, "", false},
		{"<a b@c.example>", "", false},
		{"<a@b c.example>", "", false},
		{"<a@-b.example>", "", false},
		{"<a@b..example>", "", false},
		{"<a@[1.2.3]>", "", false},
		{"<a@[2001:db8::1]>", "", false},
		{"<a@[IPv6:fe80::1%eth0]>", "", false},
		{"<a\x01@b.example>", "", false},
		{"<a\xff@b.example>", "", false},
		{"<" + strings.Repeat("a", 1100) + "@b.example>", "", false},
		{"<a@" + strings.Repeat("a", 64) + ".example>", "", false},
	}
	for _, tt := range tests {
		got, err := parsePath(tt.arg)
		if (err == nil) != tt.ok || tt.ok && got != tt.want {
			t.Errorf("parsePath(%q) = %q, %v; want %q, ok %v", tt.arg, got, err, tt.want, tt.ok)
		}
	}
}

// What parsePath accepts must be safe to write into a command and must read back the same.
func FuzzParsePath(f *testing.F) {
	for _, s := range []string{"<a@b>", `<"a\" >"@b> X=1`, "<@x:a@b>", "a@b", "<>", "<a@[IPv6:::1]>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		got, err := parsePath(arg)
		if err != nil {
			return
		}
		if strings.ContainsAny(got, "\r\n\x00") {
			t.Fatalf("%q has control characters", got)
		}
		again, err := parsePath("<" + got + "> BODY=7BIT")
		if err != nil || again != got {
			t.Fatalf("%q reads back as %q, %v", got, again, err)
		}
	})
}
