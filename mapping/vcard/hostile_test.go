//go:build unix

package vcard

import (
	"strings"
	"testing"
	"time"
)

func TestHostileCardsAreFast(t *testing.T) {
	const slow, size = 2 * time.Second, 1 << 20
	for _, piece := range []string{"NOTE:x\n", "CATEGORIES:a,b\n", "TEL:1\n", "EMAIL:a@b\n", "ADR:;;x\n", "KEY;ENCODING=b:QUJD\n", "PHOTO;ENCODING=b:QUJD\n", "N:a;b;c\n",
		"X-UNKNOWN:x\n", "X-MS-CHILD:a\n", "MEMBER:mailto:a@b\n", "N;ENCODING=QUOTED-PRINTABLE:=41=\n", "BEGIN:VCARD\nEND:VCARD\n"} {
		for _, kind := range []string{"", "KIND:group\n"} {
			s := "BEGIN:VCARD\n" + kind + strings.Repeat(piece, size/len(piece)) + "END:VCARD\n"
			start := cpuTime(t)
			_, _ = ToMAPI(strings.NewReader(s), Options{}) // whatever it says
			if d := cpuTime(t) - start; d > slow {
				t.Errorf("%q: %d bytes take %v", piece, len(s), d)
			} else if testing.Verbose() {
				t.Logf("%q: %v", piece, d)
			}
		}
	}
}
