package htmltext

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ html, want string }{
		{"", ""},
		{"plain", "plain\r\n"},
		{"<p>a\n  b</p><p>c</p>", "a b\r\n\r\nc\r\n"},
		{"a<br>b<br/>c", "a\r\nb\r\nc\r\n"},
		{"<html><head><title>x</title><style>p{}</style></head><body>y<script>z()</script></body></html>", "y\r\n"},
		{"&lt;x&gt; &amp; &uuml;&nbsp;z", "<x> & ü z\r\n"},
		{"<ul><li>one</li><li>two<ol><li>a</li><li>b</li></ol></li></ul>end", "* one\r\n* two\r\n  1. a\r\n  2. b\r\n\r\nend\r\n"},
		{"<a href=\"http://x.example/\">text</a>", "text <http://x.example/>\r\n"},
		{"<a href=\"http://x.example/\">http://x.example/</a>", "http://x.example/\r\n"},
		{"<a href=\"mailto:a@b\">a@b</a>", "a@b\r\n"},
		{"<a href=\"javascript:x()\">t</a>", "t\r\n"},
		{"said:<blockquote>one<br>two</blockquote>end", "said:\r\n\r\n> one\r\n> two\r\n\r\nend\r\n"},
		{"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\r\nc\r\n"},
		{"<pre>a\n  b</pre>c", "a\r\n  b\r\n\r\nc\r\n"},
		{"x<img alt=\"pic\" src=\"cid:1\">y<img src=z>", "x[pic]y\r\n"},
		{"<b>bo</b>ld <i>x</i>", "bold x\r\n"},
		{"a<hr>b", "a\r\n" + strings.Repeat("-", 40) + "\r\nb\r\n"},
		{"</p></div></ul></a>x<p", "x\r\n"},
		{"<head><p>a<body>b", "b\r\n"},
	} {
		if got := Text(strings.NewReader(c.html), 1<<20); got != c.want {
			t.Errorf("%q gives %q, want %q", c.html, got, c.want)
		}
	}
	if got := Text(strings.NewReader(strings.Repeat("word ", 10000)), 1000); len(got) > 1002 {
		t.Errorf("the limit gives %d bytes", len(got))
	}
}

// FuzzText holds that no HTML gives bare line ends or runs wild.
func FuzzText(f *testing.F) {
	f.Add("<p>a<blockquote><ul><li>b</a>")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(strings.NewReader(s), 1<<16)
		if len(got) > 1<<16+len(s)*52+100 {
			t.Errorf("%d bytes became %d", len(s), len(got))
		}
	})
}
