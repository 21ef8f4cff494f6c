package smtpside

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"
)

func TestReceived(t *testing.T) {
	at := time.Date(2024, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600))
	p := &Peer{
		Addr: ipAddr("2001:db8::1"), Helo: "client.example", Extended: true, User: "u",
		TLS: &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256},
	}
	want := "Received: from client.example ([IPv6:2001:db8::1])\r\n\tby gw.example with ESMTPSA\r\n" +
		"\t(TLS 1.3 TLS_AES_128_GCM_SHA256)\r\n\tid 17\r\n\tfor <a@b.example>;\r\n\tSat, 3 Feb 2024 04:05:06 +0100\r\n"
	if got := p.Received("gw.example", "17", "a@b.example", at); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	evil := &Peer{Addr: ipAddr("192.0.2.1"), Helo: "x)\r\nBcc: evil@x (ü" + strings.Repeat("y", 1000)}
	got := evil.Received("gw.example", "1", "", at)
	if strings.Contains(got, "Bcc: ") || !isASCII(got) || !strings.Contains(got, " with SMTP\r\n") {
		t.Errorf("got %s", got)
	}
	for line := range strings.Lines(got) {
		if len(line) > 998 {
			t.Errorf("line of %d octets", len(line))
		}
	}
}
