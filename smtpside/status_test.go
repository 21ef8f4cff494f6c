package smtpside

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestParseStatus(t *testing.T) {
	tests := []struct {
		raw  string
		want Status
	}{
		{"250 2.1.5 fine\r\n", Status{250, "1.5", "fine"}},
		{"250 fine", Status{250, "", "fine"}},
		{"250", Status{250, "", ""}},
		{"250 ", Status{250, "", ""}},
		{"550 5.1.1", Status{550, "1.1", ""}},
		{"550 4.1.1 class of another", Status{550, "", "4.1.1 class of another"}},
		{"550 5.1 x", Status{550, "", "5.1 x"}},
		{"550 5.1.1111 x", Status{550, "", "5.1.1111 x"}},
		{"550 5.1.x y", Status{550, "", "5.1.x y"}},
		{"550-5.7.1 first\r\n550-5.7.1 second\r\n550 5.7.1 third\r\n", Status{550, "7.1", "first\nsecond\nthird"}},
		{"250-mx.example\n250-SIZE 10\n250 DSN\n", Status{250, "", "mx.example\nSIZE 10\nDSN"}},
		{"354 go", Status{354, "", "go"}},
	}
	for _, tt := range tests {
		got, err := ParseStatus(tt.raw)
		if err != nil || got != tt.want {
			t.Errorf("ParseStatus(%q) = %+v, %v; want %+v", tt.raw, got, err, tt.want)
		}
	}
	for _, raw := range []string{"", "\r\n", "25", "abc", "099 x", "150 x", "600 x", "2500 x", "250x", "250-x", "250-x\r\n251 y",
		"250 x\r\n250 y", "-12 x", "250-\r\n", "２５０ x"} {
		if got, err := ParseStatus(raw); err == nil {
			t.Errorf("ParseStatus(%q) = %+v, no error", raw, got)
		}
	}
}

func TestStatus(t *testing.T) {
	s := NoSuchUser("")
	if s.Error() != "550 5.1.1 no such user here" || s.Enhanced() != "5.1.1" || !s.Permanent() || s.Temporary() || s.Success() {
		t.Errorf("%+v: %v", s, s.Error())
	}
	if got := (Status{Code: 451, Text: "a\nb"}).Error(); got != "451 a / b" {
		t.Errorf("Error() = %q", got)
	}
	if got := StatusOf(fmt.Errorf("wrapped: %w", s)); got != s {
		t.Errorf("StatusOf a wrapped Status = %v", got)
	}
	if got := StatusOf(errors.New("password of the database is hunter2")); got.Code != 451 || strings.Contains(got.Text, "hunter2") {
		t.Errorf("StatusOf another error = %v", got)
	}
}

// What we write, in any shape, every client must be able to read: lines, code and enhanced code.
func FuzzReply(f *testing.F) {
	f.Add(550, "1.1", "no such user")
	f.Add(250, "", "mail.example\nSIZE 10\nDSN")
	f.Add(451, "3.0", "evil\r\n250 ok\r\n\x00ü"+strings.Repeat("x", 1000))
	f.Fuzz(func(t *testing.T, code int, detail, text string) {
		if code < 200 || code > 599 {
			return
		}
		if d, _ := cutEnhanced(code, fmt.Sprintf("%d.%s", code/100, detail)); d != detail {
			detail = ""
		}
		raw := string(appendReply(nil, Status{code, detail, text}))
		if replyEnd([]byte(raw)) != len(raw) {
			t.Fatalf("%q is not one reply", raw)
		}
		for line := range strings.Lines(raw) {
			if len(line) > 512 || !strings.HasSuffix(line, "\r\n") || !isASCII(line) || strings.ContainsAny(line[:len(line)-2], "\r\n\x00") {
				t.Fatalf("line %q", line)
			}
		}
		got, err := ParseStatus(raw)
		if err != nil || got.Code != code || detail != "" && got.Detail != detail {
			t.Fatalf("%q reads as %+v, %v", raw, got, err)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	f.Add("250-2.0.0 a\r\n250 2.0.0 b\r\n")
	f.Add("550 5.1.1 x")
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := ParseStatus(raw)
		if err != nil {
			return
		}
		again, err := ParseStatus(string(appendReply(nil, s)))
		if err != nil || again.Code != s.Code || again.Detail != s.Detail && s.Detail != "" {
			t.Fatalf("%+v comes back as %+v, %v", s, again, err)
		}
	})
}
