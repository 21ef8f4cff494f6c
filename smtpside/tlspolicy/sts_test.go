package tlspolicy

import (
	"testing"
	"time"
)

func FuzzSTSPolicy(f *testing.F) {
	f.Add("version: STSv1\r\nmode: enforce\r\nmx: *.x.example\r\nmax_age: 86400\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parseSTS(text, time.Now()); err == nil {
			if p.Expires.IsZero() || p.Mode != "none" && len(p.MX) == 0 || p.Expires.After(time.Now().Add(stsMaxAge)) {
				t.Errorf("%q: %+v", text, p)
			}
		}
	})
}
