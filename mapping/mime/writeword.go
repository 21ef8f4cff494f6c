package mime

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// EncodeText encodes unstructured text: ASCII stays, from the first word that
// needs it to the last there are RFC 2047 words in UTF-8.
func EncodeText(text string, col int, utf8ok bool) string {
	text = strings.ToValidUTF8(strings.Map(noLineBreak, strings.ReplaceAll(text, "\r\n", " ")), "\ufffd")
	if utf8ok && !needsWord(text, true) || !needsWord(text, false) {
		return text
	}
	begin, end := wordRange(text)
	var b strings.Builder
	b.WriteString(text[:begin])
	writeWords(&b, text[begin:end], col+begin)
	b.WriteString(text[end:])
	return b.String()
}

// needsWord tells whether text can't stand as it is: not ASCII, looks like a
// word, has lines without a place to fold or white space that folding would change.
func needsWord(text string, utf8ok bool) bool {
	if !utf8ok && !isASCII(text) || hasControl(text) || strings.Contains(text, "=?") || strings.Contains(text, "  ") || strings.IndexByte(text, '\t') >= 0 {
		return true
	}
	if text != "" && (text[0] == ' ' || text[len(text)-1] == ' ') {
		return true
	}
	run := 0
	for i := 0; i < len(text); i++ {
		if run++; text[i] == ' ' {
			run = 0
		}
		if run > 900 {
			return true
		}
	}
	return false
}

// hasControl tells whether there are control characters, which may stand in
// words only.
func hasControl(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7F {
			return true
		}
	}
	return false
}

// wordRange gives the bytes from the first word that needs encoding to the end of the last.
func wordRange(text string) (begin, end int) {
	begin, end = -1, len(text)
	for i := 0; i < len(text); {
		for i < len(text) && text[i] == ' ' {
			i++
		}
		j := i
		for j < len(text) && text[j] != ' ' {
			j++
		}
		bad := !isASCII(text[i:j]) || strings.Contains(text[i:j], "=?") || j-i > 900 || hasControl(text[i:j]) ||
			j+1 < len(text) && text[j+1] == ' ' || i > 1 && text[i-2] == ' ' || j == len(text)-1 || i == len(text)
		if bad {
			if begin < 0 {
				begin = i
			}
			end = j
		}
		i = j
	}
	if begin < 0 || text[0] == ' ' {
		begin = 0
	}
	if text[len(text)-1] == ' ' || end <= begin {
		end = len(text)
	}
	return begin, end
}

// writeWords writes text as words of at most 75 characters, never splitting a
// character. RFC 2047 2
func writeWords(b *strings.Builder, text string, col int) {
	useB := preferB(text)
	for first := true; text != ""; first = false {
		room := 75 - len("=?utf-8?x??=")
		if first {
			room = max(room-max(col-1, 0), 12)
		} else {
			b.WriteByte(' ')
		}
		n := takeRunes(text, room, useB)
		b.WriteString("=?utf-8?")
		if useB {
			b.WriteString("B?" + base64.StdEncoding.EncodeToString([]byte(text[:n])))
		} else {
			b.WriteString("Q?")
			writeQ(b, text[:n])
		}
		b.WriteString("?=")
		text = text[n:]
	}
}

// preferB tells whether base64 is shorter than Q.
func preferB(text string) bool {
	escaped := 0
	for i := 0; i < len(text); i++ {
		if !plainQ(text[i]) && text[i] != ' ' {
			escaped++
		}
	}
	return escaped*3 > len(text)
}

// takeRunes gives how many bytes of text fit into room encoded characters, at least one rune.
func takeRunes(text string, room int, useB bool) int {
	n, used := 0, 0
	for n < len(text) {
		_, size := utf8.DecodeRuneInString(text[n:])
		if useB {
			used = (n + size + 2) / 3 * 4
		} else {
			for _, c := range []byte(text[n : n+size]) {
				if used++; !plainQ(c) && c != ' ' {
					used += 2
				}
			}
		}
		if used > room && n > 0 {
			break
		}
		n += size
	}
	return n
}

// plainQ tells whether a byte stands for itself in a word, in a phrase too. RFC 2047 5 (3)
func plainQ(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("!*+-/", c) >= 0
}

func writeQ(b *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('_')
		case plainQ(c):
			b.WriteByte(c)
		default:
			b.WriteByte('=')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
}
