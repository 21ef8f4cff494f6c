package smtpside

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// scanLegacy runs the scanner of the legacy profile with buffers of the given sizes.
func scanLegacy(in string, lf bool, srcSize, dstSize int) (out string, used int, repairs []string, ended bool) {
	l := &legacyScanner{lfClient: lf}
	dst := make([]byte, dstSize)
	var b strings.Builder
	for used < len(in) || len(l.pending) > 0 {
		wrote, read, err := l.scan(dst, []byte(in[used:min(used+srcSize, len(in))]))
		b.Write(dst[:wrote])
		used += read
		if errors.Is(err, io.EOF) {
			return b.String(), used, l.repairs.names(), true
		}
	}
	return b.String(), used, l.repairs.names(), false
}

func TestLegacyText(t *testing.T) {
	long := strings.Repeat("x", 2000)
	words := strings.Repeat("word ", 300)
	umlauts := strings.Repeat("ü", 600)
	for name, c := range map[string]struct {
		in, want string
		lf       bool
		repairs  string
	}{
		"nothing to do":          {"a\r\n..b\r\n\r\nc\r\n.\r\n", "a\r\n.b\r\n\r\nc\r\n", false, ""},
		"bare LF":                {"a\nb\r\n\n.\r\nc\r\n.\r\n", "a\r\nb\r\n\r\n.\r\nc\r\n", false, "bare LF"},
		"bare CR":                {"a\rb\r\n.\r\n", "a b\r\n", false, "bare CR"},
		"CR CR LF":               {"a\r\r\nb\r\n.\r\n", "a\r\nb\r\n", false, "bare CR"},
		"NUL":                    {"a\x00b\r\n.\r\n", "a b\r\n", false, "NUL"},
		"LF client":              {"a\n..b\n.c\n.\n", "a\r\n.b\r\nc\r\n", true, "bare LF ended by LF"},
		"LF client, CR LF dot":   {"a\n.\r\n", "a\r\n", true, "bare LF ended by LF"},
		"LF dot LF in between":   {"a\n.\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", false, "bare LF"},
		"LF dot CR LF between":   {"a\n.\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", false, "bare LF"},
		"dot line, then the end": {"a\n.\r\n.\r\n", "a\r\n.\r\n", false, "bare LF"},
		"CR CR LF, then the end": {"a\r\r\n.\r\n", "a\r\n", false, "bare CR"},
		"dot CR CR LF":           {"a\r\n.\r\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", false, "bare CR"},
		"dot NUL CR LF":          {"a\r\n.\x00\r\nb\r\n.\r\n", "a\r\n \r\nb\r\n", false, "NUL"},
		"dot CR text":            {"a\r\n.\rb\r\n.\r\n", "a\r\n b\r\n", false, "bare CR"},
		"empty":                  {".\r\n", "", false, ""},
		"at the limit":           {strings.Repeat("x", 994) + "\r\n.\r\n", strings.Repeat("x", 994) + "\r\n", false, ""},
		"long line":              {long + "\r\n.\r\n", long[:994] + "\r\n " + long[:993] + "\r\n " + long[:13] + "\r\n", false, "long line"},
		"long line of words": {words + "\r\n.\r\n",
			strings.TrimSuffix(words[:905], " ") + "\r\n " + words[905:] + "\r\n", false, "long line"},
		"characters stay whole": {umlauts + "\r\n.\r\n", umlauts[:994] + "\r\n " + umlauts[994:] + "\r\n", false, "long line"},
	} {
		t.Run(name, func(t *testing.T) {
			got, used, repairs, ended := scanLegacy(c.in, c.lf, 7, 5)
			if got != c.want || used != len(c.in) || !ended {
				t.Errorf("%q gives %q after %d of %d (ended %v), want %q", c.in, got, used, len(c.in), ended, c.want)
			}
			if said := strings.Join(repairs, " "); said != c.repairs {
				t.Errorf("repairs %q, want %q", said, c.repairs)
			}
		})
	}
}

// The profile ends a mail exactly where CR LF . CR LF stands, octet by octet; and whatever came in, lines come out whole and
// short.
func FuzzLegacyScanner(f *testing.F) {
	for _, tt := range smuggles {
		f.Add("a"+tt.end+"b\r\n.\r\n", 3, 2)
	}
	f.Add(strings.Repeat("ü ", 600)+"\r\n.\r\n", 100, 1)
	f.Fuzz(func(t *testing.T, in string, srcSize, dstSize int) {
		if srcSize < 1 || dstSize < 1 || srcSize > 1<<16 || dstSize > 1<<16 {
			return
		}
		out, used, repairs, ended := scanLegacy(in, false, srcSize, dstSize)
		want := strings.Index("\r\n"+in, "\r\n.\r\n")
		if ended != (want >= 0) || ended && used != want+3 {
			t.Fatalf("%q: ended %v after %d, the end stands at %d", in, ended, used, want)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(out, "\r\n"), "\r\n") {
			if strings.ContainsAny(line, "\r\n\x00") || len(line) > maxLine {
				t.Fatalf("%q came through", line)
			}
		}
		if utf8.ValidString(in[:used]) && !utf8.ValidString(out) {
			t.Fatalf("a character was broken: %q", out)
		}
		whole, _, all, _ := scanLegacy(in, false, len(in)+1, 4*len(in)+8)
		if whole != out || !slices.Equal(all, repairs) {
			t.Fatalf("in pieces %q %q, at once %q %q", out, repairs, whole, all)
		}
	})
}

// What old devices say, to a listener with the profile.
func TestLegacyDialogue(t *testing.T) {
	for name, c := range map[string]struct{ script, events, body string }{
		"LF alone, everywhere": {
			`C= "HELO scanner\nMAIL FROM:<scan@x>\nRCPT TO:<c@d>\nDATA\n"` + "\nS: 250\nS: 250\nS: 250\nS: 354\n" + `C= "Subject: s\n\n..a\n.\nQUIT\n"` + "\nS: 250\nS: 221\nEOF",
			"NEW scanner SMTP\nMAIL <scan@x> SMTP\nRCPT <c@d>\nDATA 18\nRESET\nCLOSE", "Subject: s\r\n\r\n.a\r\n"},
		"no HELO": {
			"C: MAIL FROM:<a@b>\nS: 250 2.1.0\nC: RCPT TO:<c@d>\nS: 250 2.1.5\nC: DATA\nS: 354\nC: x\nC: .\nS: 250 2.0.0\nC: MAIL FROM:<a@b>\nS: 250\nC: QUIT\nS: 221\nEOF",
			"NEW  SMTP\nMAIL <a@b> SMTP\nRCPT <c@d>\nDATA 3\nRESET\nMAIL <a@b> SMTP\nCLOSE", "x\r\n"},
		"no domain": {
			"C: HELO x\nS: 250\nC: MAIL FROM: <root> \nS: 250\nC: RCPT TO:bob\nS: 250\nC: RCPT TO:<postmaster>\nS: 250\nC: RCPT TO:<a%b>\nS: 501\nC: QUIT\nS: 221\nEOF",
			"NEW x SMTP\nMAIL <root@mail.example> SMTP\nRCPT <bob@mail.example>\nRCPT <postmaster>\nCLOSE", ""},
	} {
		t.Run(name, func(t *testing.T) {
			book := &notebook{}
			_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback, Legacy: true})
			dialTalk(t, addr).play("S: 220\n" + c.script)
			settle(t, nil, book, c.events)
			if got := book.body(0); got != c.body {
				t.Errorf("body %q, want %q", got, c.body)
			}
		})
	}
}
