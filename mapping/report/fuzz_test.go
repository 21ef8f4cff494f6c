package report

import (
	"strings"
	"testing"
)

// addressed counts the recipients that have an address.
func addressed(d Delivery) (n int) {
	for _, r := range d.Recipients {
		if r.Address() != "" {
			n++
		}
	}
	return n
}

// FuzzParse holds that a delivery report, once read, is the same when it is
// written and read again, and that no status is one that cannot be.
func FuzzParse(f *testing.F) {
	f.Add("Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; b@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.7.1 no\n", "b@example.com: 550-5.2.2 full\r\n")
	f.Add("Final-Recipient: rfc822;\"a b\"@example.com\r\nStatus: 4.0.0 (x)\r\n", "554 4.4.7 expired <421 4.4.2 timed out>")
	f.Fuzz(func(t *testing.T, fields, text string) {
		replies := ReadReplies(text)
		d, ok := ParseDelivery([]byte(fields))
		if !ok {
			return
		}
		for _, r := range d.Recipients {
			if s, known := r.Status(); known && s.Class != 2 && s.Class != 4 && s.Class != 5 {
				t.Errorf("status %v of %q", s, fields)
			}
			replies.To(r.Address(), len(d.Recipients) == 1)
		}
		again, _ := ParseDelivery(d.Bytes())
		if a, b := addressed(d), addressed(again); a != b && !strings.ContainsFunc(fields, func(c rune) bool { return c > '~' || c < ' ' && c != '\n' }) {
			t.Errorf("%d recipients became %d in:\n%s", a, b, d.Bytes())
		}
		FindDelivery(text)
		ParseDisposition([]byte(fields))
	})
}
