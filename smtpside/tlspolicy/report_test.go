package tlspolicy

import (
	"encoding/json"
	"slices"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 59, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	l := NewLedger(clock)
	sts := Session{Domain: "X.example.", Policy: "sts", Text: []string{"version: STSv1", "mode: testing"}, MX: []string{"*.x.example"}, Host: "mx.x.example", IP: "192.0.2.1"}
	bad := sts
	bad.Result = "certificate-expired"
	for _, s := range []Session{sts, sts, bad, bad, {Domain: "y.example", Policy: NoPolicy, Host: "mx.y.example", IP: "192.0.2.2"}} {
		l.Count(s)
	}
	if due := l.Due("Us", "us@example.org"); len(due) != 0 {
		t.Errorf("reported before the day is over: %+v", due)
	}
	saved, err := l.Save()
	if err != nil {
		t.Fatal(err)
	}
	l = NewLedger(clock) // a restart
	if err := l.Load(saved); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Minute)
	l.Count(sts) // belongs to the next day
	due := l.Due("Us", "us@example.org")
	if len(due) != 2 || due[0].Domain != "x.example" || due[1].Domain != "y.example" {
		t.Fatalf("reports %+v", due)
	}
	got, err := json.Marshal(due[0])
	if err != nil {
		t.Fatal(err)
	}
	// The fields and their names are those of RFC 8460 4.4 and its example in appendix B.
	const want = `{"organization-name":"Us","date-range":{"start-datetime":"2026-11-22T00:00:00Z","end-datetime":"2026-11-22T23:59:59Z"},` +
		`"contact-info":"us@example.org","report-id":"2026-11-22-x.example","policies":[{"policy":{"policy-type":"sts",` +
		`"policy-string":["version: STSv1","mode: testing"],"policy-domain":"x.example","mx-host":["*.x.example"]},` +
		`"summary":{"total-successful-session-count":2,"total-failure-session-count":2},"failure-details":[{"result-type":"certificate-expired",` +
		`"receiving-mx-hostname":"mx.x.example","receiving-ip":"192.0.2.1","failed-session-count":2}]}]}`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again := l.Due("Us", ""); len(again) != 0 {
		t.Errorf("reported twice: %+v", again)
	}
}

func TestReportTo(t *testing.T) {
	for _, tt := range []struct{ texts, want []string }{
		{[]string{"v=TLSRPTv1; rua=mailto:reports@example.com"}, []string{"mailto:reports@example.com"}},
		{[]string{"v=spf1 -all", "v=TLSRPTv1;rua=https://r.example/v1 , mailto:a@b;"}, []string{"https://r.example/v1", "mailto:a@b"}},
		{[]string{"v=TLSRPTv1; rua=ftp://x,http://y"}, nil},
		{[]string{"v=TLSRPTv1; rua=mailto:a@b", "v=TLSRPTv1; rua=mailto:c@d"}, nil},
		{[]string{"v=TLSRPTv2; rua=mailto:a@b"}, nil},
		{nil, nil},
	} {
		if got := ReportTo(tt.texts); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q", tt.texts, got)
		}
	}
}
