package main

import "testing"

func TestOnTheWire(t *testing.T) {
	for in, want := range map[string]string{
		"":                    ".\r\n",
		"a\nb\r\nc\rd":        "a\r\nb\r\nc\r\nd\r\n.\r\n",
		".\n..\r\n":           "..\r\n...\r\n.\r\n",
		"\n\n\r\r\n":          "\r\n\r\n\r\n\r\n.\r\n",
		"a\r.\nb":             "a\r\n..\r\nb\r\n.\r\n",
		"\x80\x00 not text\n": "\x80\x00 not text\r\n.\r\n",
	} {
		if got := string(onTheWire([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
