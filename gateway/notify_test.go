package gateway_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A sender hears what NOTIFY asks for, and nothing else: of success only where the next hop does not report by itself, of
// failure unless it says never, and nobody hears of a report that could not be delivered. RFC 3461 5.2
func TestNotify(t *testing.T) {
	for _, c := range []struct {
		name, from, notify string
		without            []string
		to                 string
		want               string // what the report begins with; "" for none
	}{
		{"success, the next hop cannot say", "a@x.test", "SUCCESS", []string{"DSN"}, "b@y.test", "Delivered: hello"},
		{"success, the next hop says", "a@x.test", "SUCCESS", nil, "b@y.test", ""},
		{"failure", "a@x.test", "FAILURE", nil, "refused@y.test", "Undeliverable: hello"},
		{"never", "a@x.test", "NEVER", nil, "refused@y.test", ""},
		{"only success, and it fails", "a@x.test", "SUCCESS", nil, "refused@y.test", ""},
		{"a bounce never bounces", "", "FAILURE", nil, "refused@y.test", ""},
		{"a report that is refused itself", "refused@x.test", "FAILURE", nil, "refused@y.test", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g, sink, _ := relayTo(t, smtptest.Options{Without: c.without}, `address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8]`)
			for _, refused := range []string{"refused@y.test", "refused@x.test"} {
				sink.Fail(smtptest.Fault{Verb: "RCPT", Match: refused, Reply: "550 5.1.1 nobody here", Times: 100})
			}
			conn, err := net.Dial("tcp", g.Addresses()["in"].String())
			if err != nil {
				t.Fatal(err)
			}
			speak(t, conn, [2]string{"", "220"}, [2]string{"EHLO x.test\r\n", "250"}, [2]string{"MAIL FROM:<" + c.from + "> ENVID=e1\r\n", "250"},
				[2]string{"RCPT TO:<" + c.to + "> NOTIFY=" + c.notify + "\r\n", "250"},
				[2]string{"DATA\r\n", "354"}, [2]string{"Subject: hello\r\n\r\nx\r\n.\r\n", "250"})
			patience := 30 * time.Second
			if c.want == "" {
				patience = 1500 * time.Millisecond // in which it would come
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			report := func() *smtptest.Mail {
				for _, m := range sink.Mails() {
					if strings.Contains(string(m.Raw), "multipart/report") {
						return &m
					}
				}
				return nil
			}
			for report() == nil && ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
			got := report()
			switch {
			case c.want == "" && got != nil:
				t.Errorf("a report nobody asked for:\n%s", got.Raw)
			case c.want != "" && got == nil:
				t.Error("no report")
			case got != nil:
				if got.From != "" || strings.Join(got.To, " ") != c.from || got.Header("Subject") != c.want ||
					!strings.Contains(string(got.Raw), "Original-Envelope-Id: e1\r\n") {
					t.Errorf("from %q to %v, want %q:\n%s", got.From, got.To, c.want, got.Raw)
				}
			}
		})
	}
}
