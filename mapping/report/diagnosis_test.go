package report

import "testing"

// TestDiagnosis holds lines of the table that the specification prints.
func TestDiagnosis(t *testing.T) {
	for _, c := range []struct {
		status       Status
		reason, diag int32
		code         int32
	}{
		{Status{5, 1, 1}, 1, 35, 511}, {Status{5, 1, 2}, 0, 48, 512}, {Status{5, 1, 3}, 0, 32, 513}, {Status{5, 1, 4}, 0, 1, 514},
		{Status{5, 1, 6}, 0, 40, 516}, {Status{5, 1, 0}, 0, 0, 510}, {Status{5, 1, 10}, 0, 0, 510}, {Status{5, 2, 1}, 0, 38, 521},
		{Status{5, 2, 2}, 0, 13, 522}, {Status{5, 2, 3}, 0, 13, 523}, {Status{5, 2, 4}, 0, 30, 524}, {Status{4, 4, 7}, 0, 5, 447},
		{Status{5, 7, 606}, 0, 46, 570}, {Status{5, 0, 0}, 0, DiagNone, 500}, {Status{5, 8, 1}, 0, DiagNone, 581},
	} {
		if reason, diag := c.status.Diagnosis(); reason != c.reason || diag != c.diag {
			t.Errorf("%v: reason %d, diagnosis %d; want %d, %d", c.status, reason, diag, c.reason, c.diag)
		}
		if code, _ := c.status.Code(); code != c.code {
			t.Errorf("%v: code %d, want %d", c.status, code, c.code)
		}
	}
}

// TestStatusOf holds that codes give a status of the subject they came of, and
// that no code is out of the tables.
func TestStatusOf(t *testing.T) {
	for _, s := range []Status{{5, 1, 1}, {5, 1, 2}, {5, 1, 3}, {5, 1, 4}, {5, 1, 6}, {5, 2, 4}, {4, 4, 3}, {4, 4, 7}, {5, 5, 3}, {5, 5, 4}, {5, 6, 2}, {5, 6, 3}, {5, 7, 1}, {5, 7, 2}} {
		if got := StatusOf(s.Diagnosis()); got != s {
			t.Errorf("%v became %v", s, got)
		}
	}
	for code := int32(-3); code < 60; code++ {
		for reason := int32(-2); reason < 10; reason++ {
			if s := StatusOf(reason, code); s.Class != 4 && s.Class != 5 {
				t.Errorf("reason %d, diagnosis %d give %v", reason, code, s)
			}
		}
	}
}

// TestFindDelivery finds the fields that stand in a text, and no more than them.
func TestFindDelivery(t *testing.T) {
	text := "Sorry.\r\nFinal-Recipient was here\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; <a@example.net>\r\nAction: failed\r\nStatus: 5.5.0\r\n\r\n" +
		"Final-Recipient: rfc822; b@example.net\r\nStatus: 4.4.1\r\n\r\nReturn-Path: <c@example.com>\r\nStatus: RO\r\nFinal-Recipient: rfc822; no@example.net\r\n"
	d, ok := FindDelivery(text)
	if !ok || len(d.Recipients) != 2 || d.Recipients[0].Address() != "a@example.net" || d.Recipients[1].Address() != "b@example.net" {
		t.Fatalf("found %+v", d)
	}
	if d.Message.Get("Reporting-MTA") == "" {
		t.Error("the reporting host is lost")
	}
	for _, none := range []string{"", "Reporting-MTA: dns; x", "quoted\n> Reporting-MTA: dns; x\n> \n> Final-Recipient: rfc822; a@b\n", "Reporting-MTA: dns; x\n\nDear all,\nhello\n"} {
		if d, ok := FindDelivery(none); ok {
			t.Errorf("%q: found %+v", none, d)
		}
	}
}
