package convert

import (
	"bytes"
	"testing"
)

func TestDetect(t *testing.T) {
	for in, want := range map[string]format{
		"":                                 formatMIME,
		"Subject: {x}\n\n":                 formatMIME,
		" \r\n{\"props\":{}}":              formatJSON,
		"\xEF\xBB\xBF{}":                   formatJSON,
		"\x78\x9F\x3E\x22\x00\x00":         formatTNEF,
		"\x78\x9F\x3E":                     formatMIME,
		"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1": formatMSG,
		"begin:vcalendar\r\n":              formatCalendar,
		"\xEF\xBB\xBFBEGIN:VCARD":          formatCard,
		"From x\nFrom: y\n\n{ }":           formatMIME,
		`{\rtf1\ansi x}`:                   formatRTF,
		"\x20\x00\x00\x00\x10\x00\x00\x00LZFu\x00\x00\x00\x00": formatCompressedRTF,
		"Subject:LZFu is a name":                               formatMIME,
	} {
		if got, err := detect(bytes.NewReader([]byte(in))); got != want || err != nil {
			t.Errorf("%q: format %d, %v; want %d", in, got, err, want)
		}
	}
}
