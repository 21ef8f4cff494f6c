package ingress

import (
	"bufio"
	"mime"
	netmail "net/mail"
	"strings"
	"testing"
)

func withLegacy(o *Options) { o.Legacy = true }

// What old devices write into their headers, and what becomes of it; everything before is our own trace.
func TestRepair(t *testing.T) {
	const rest = "Date: Sun, 01 Mar 2026 09:00:00 +0000\r\nMessage-ID: <1@x.test>\r\n"
	for name, c := range map[string]struct{ in, want, repaired string }{
		"nothing to do":              {"From: Bob <bob@x.test>\r\n" + rest, "From: Bob <bob@x.test>\r\n" + rest, ""},
		"display name with @":        {"From: bob@x.test <bob@x.test>\r\n" + rest, "From: \"bob@x.test\" <bob@x.test>\r\n" + rest, "from"},
		"display name with a comma":  {"From: Scanner, 2nd floor <scan@x.test>\r\n" + rest, "From: \"Scanner, 2nd floor\" <scan@x.test>\r\n" + rest, "from"},
		"folded":                     {"From: Scanner\r\n <scan@\r\n x.test>\r\n" + rest, "From: \"Scanner\" <scan@x.test>\r\n" + rest, "from"},
		"address only, no @":         {"From: scanner\r\n" + rest, "From: \"scanner\" <a@here.test>\r\n" + rest, "from"},
		"empty":                      {"From:\r\n" + rest, "From: <a@here.test>\r\n" + rest, "from"},
		"null":                       {"From: <>\r\n" + rest, "From: <a@here.test>\r\n" + rest, "from"},
		"address behind the name":    {"From: Fax machine fax@x.test\r\n" + rest, "From: \"Fax machine\" <fax@x.test>\r\n" + rest, "from"},
		"open bracket":               {"From: Fax <fax@x.test\r\n" + rest, "From: \"Fax\" <fax@x.test>\r\n" + rest, "from"},
		"Latin-1 name":               {"From: J\xf6rg <j@x.test>\r\n" + rest, "From: =?utf-8?b?SsO2cmc=?= <j@x.test>\r\n" + rest, "from"},
		"two of them":                {"From: a@x.test\r\nFrom: b@x.test\r\n" + rest, "From: a@x.test\r\nX-Original-From: b@x.test\r\n" + rest, "second from"},
		"ISO date":                   {"From: a@x.test\r\nMessage-ID: <1@x.test>\r\nDate: 2026-02-28 23:59:58\r\n", "From: a@x.test\r\nMessage-ID: <1@x.test>\r\nDate: Sat, 28 Feb 2026 23:59:58 +0000\r\nX-Original-Date: 2026-02-28 23:59:58\r\n", "date"},
		"C date":                     {"From: a@x.test\r\nMessage-ID: <1@x.test>\r\nDate: Sat Feb 28 23:59:58 2026\r\n", "From: a@x.test\r\nMessage-ID: <1@x.test>\r\nDate: Sat, 28 Feb 2026 23:59:58 +0000\r\nX-Original-Date: Sat Feb 28 23:59:58 2026\r\n", "date"},
		"no date at all":             {"From: a@x.test\r\nMessage-ID: <1@x.test>\r\nDate: today\r\n", "From: a@x.test\r\nMessage-ID: <1@x.test>\r\nDate: Sun, 01 Mar 2026 12:00:00 +0000\r\nX-Original-Date: today\r\n", "date"},
		"clock never set":            {"From: a@x.test\r\nMessage-ID: <1@x.test>\r\nDate: 1970-01-01 00:00:07\r\n", "From: a@x.test\r\nMessage-ID: <1@x.test>\r\nDate: Sun, 01 Mar 2026 12:00:00 +0000\r\nX-Original-Date: 1970-01-01 00:00:07\r\n", "date"},
		"Message-ID without bracket": {"From: a@x.test\r\nDate: Sun, 01 Mar 2026 09:00:00 +0000\r\nMessage-ID: 4711\r\n", "Message-ID: <ID@gw.test>\r\nFrom: a@x.test\r\nDate: Sun, 01 Mar 2026 09:00:00 +0000\r\nX-Original-Message-ID: 4711\r\n", "message-id"},
		"8-bit subject":              {"From: a@x.test\r\nSubject: Gr\xfc\xdfe\r\n" + rest, "From: a@x.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n" + rest, "8-bit subject"},
		"UTF-8 subject":              {"From: a@x.test\r\nSubject: Grüße\r\n" + rest, "From: a@x.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n" + rest, "8-bit subject"},
		"8-bit names": {"From: a@x.test\r\nTo: \"M\xfcller, J\" <m@x.test>, Bob <b@x.test>\r\n" + rest,
			"From: a@x.test\r\nTo: =?utf-8?b?TcO8bGxlciwgSg==?= <m@x.test>,\r\n Bob <b@x.test>\r\n" + rest, "8-bit to"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, loopback(), withLegacy)
			s.talk(start + strings.ReplaceAll(c.in, "\r\n", `\r\n`) + `\r\nx\r\n.` + "\n250")
			rec, body := s.only()
			_, got, _ := strings.Cut(body, "X-Mapigate-Id: "+string(rec.Mail.ID)+"\r\n")
			want := strings.ReplaceAll(c.want, "ID@", string(rec.Mail.ID)+"@") + "\r\nx\r\n"
			if c.repaired != "" {
				want = "X-Mapigate-Repaired: " + c.repaired + "\r\n" + want
			}
			if got != want {
				t.Errorf("got\n%q, want\n%q", got, want)
			}
			m, err := netmail.ReadMessage(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Header.AddressList("From"); err != nil {
				t.Errorf("From: %v", err)
			}
			if _, err := m.Header.Date(); err != nil {
				t.Errorf("Date: %v", err)
			}
		})
	}
}

// Without the profile all of that stays as it came.
func TestNoRepair(t *testing.T) {
	const in = "From: bob@x.test <bob@x.test>\r\nDate: today\r\nMessage-ID: 4711\r\nSubject: Gr\xfc\xdfe\r\n"
	s := newSite(t, loopback(), nil)
	s.talk(start + strings.ReplaceAll(in, "\r\n", `\r\n`) + `\r\nx\r\n.` + "\n250")
	if _, body := s.only(); !strings.HasSuffix(body, in+"\r\nx\r\n") || strings.Contains(body, repairedField) {
		t.Errorf("body %q", body)
	}
}

func readAll(t *testing.T, in string) *header {
	t.Helper()
	h := &header{has: map[string]bool{}}
	if err := h.read(bufio.NewReader(strings.NewReader(in)), 1<<20); err != nil {
		t.Skip(err)
	}
	return h
}

// Whatever stands in a header, after the repair it has at most one From, which can be read, and its lines are whole.
func FuzzRepair(f *testing.F) {
	f.Add("From: a <b\r\nDate: x\r\nSubject: \xff\r\n")
	f.Add("To: \"\xfc\" <\xfc@x>, a\r\nFrom: =?utf-8?q?=00?= <>\r\nFrom:\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		h := readAll(t, in)
		h.repair("a@b.test", "gw.test", false, fixed())
		out := h.fields.String()
		if strings.Contains(strings.ReplaceAll(out, "\r\n", ""), "\n") && !strings.Contains(strings.ReplaceAll(in, "\r\n", ""), "\n") {
			t.Fatalf("%q became %q", in, out)
		}
		froms := 0
		for _, field := range splitFields([]byte(out)) {
			name, value, ok := strings.Cut(string(field), ":")
			if !ok {
				t.Fatalf("%q became %q: not a field: %q", in, out, field)
			}
			if strings.EqualFold(strings.TrimSpace(name), "from") {
				froms++
				if _, err := (&netmail.AddressParser{WordDecoder: &mime.WordDecoder{}}).ParseList(unfold(value)); err != nil {
					t.Fatalf("%q became %q: %v", in, field, err)
				}
			}
		}
		if froms > 1 {
			t.Fatalf("%q became %q", in, out)
		}
	})
}
