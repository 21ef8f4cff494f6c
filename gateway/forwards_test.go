package gateway_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// Mail of a stranger that is forwarded to somebody else leaves under a sender of ours; a report to that sender, and nothing but a
// report, gets back to the stranger.
func TestForwarding(t *testing.T) {
	g, sink, _ := relay(t, `address: "127.0.0.1:0", mode: plain, recipients: [ours.test, srs.ours.test]`,
		`srs: {domain: srs.ours.test, own: [ours.test], secret: correct-horse-battery-staple, via: smarthost/sink}}
rewrite: {canonical: [{match: anna@ours.test, to: anna@elsewhere.test, of: [recipient], in: [envelope]}]`)
	say := func(lines ...[2]string) {
		t.Helper()
		conn, err := net.Dial("tcp", g.Addresses()["in"].String())
		if err != nil {
			t.Fatal(err)
		}
		speak(t, conn, append([][2]string{{"", "220"}, {"EHLO mx.far.test\r\n", "250"}}, lines...)...)
	}
	last := func(n int) (from, to string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		mails, err := sink.WaitFor(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		m := mails[n-1]
		return m.From, strings.Join(m.To, " ")
	}
	text := [2]string{"Subject: x\r\n\r\nx\r\n.\r\n", "250"}
	say([2]string{"MAIL FROM:<bob@far.test>\r\n", "250"}, [2]string{"RCPT TO:<anna@ours.test>\r\n", "250"}, [2]string{"DATA\r\n", "354"}, text)
	forwarded, to := last(1)
	if !strings.HasPrefix(forwarded, "SRS0=") || !strings.HasSuffix(forwarded, "=far.test=bob@srs.ours.test") || to != "anna@elsewhere.test" {
		t.Fatalf("from %s to %s", forwarded, to)
	}
	say([2]string{"MAIL FROM:<>\r\n", "250"}, [2]string{"RCPT TO:<" + forwarded + ">\r\n", "250"}, [2]string{"DATA\r\n", "354"}, text)
	if from, to := last(2); from != "" || to != "bob@far.test" {
		t.Errorf("the report goes from %q to %s", from, to)
	}
	say([2]string{"MAIL FROM:<bob@far.test>\r\n", "250"}, [2]string{"RCPT TO:<eve@ours.test>\r\n", "250"}, [2]string{"DATA\r\n", "354"}, text)
	if from, to := last(3); from != "bob@far.test" || to != "eve@ours.test" {
		t.Errorf("mail to one of ours goes from %q to %s", from, to)
	}
	say([2]string{"MAIL FROM:<>\r\n", "250"}, [2]string{"RCPT TO:<" + strings.Replace(forwarded, "=bob@", "=eve@", 1) + ">\r\n", "550 5.1.1"})
	say([2]string{"MAIL FROM:<spam@far.test>\r\n", "250"}, [2]string{"RCPT TO:<" + forwarded + ">\r\n", "550 5.7.1"})
}
