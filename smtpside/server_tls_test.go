package smtpside

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestStartTLS(t *testing.T) {
	book := &notebook{}
	_, addr := startServer(t, ServerOptions{
		Backend: book, Mode: TLSStart, TLS: serverTLS(t), RequireTLS: true, Auth: true,
		Limits: Limits{AuthDelay: -1},
	})
	k := dialTalk(t, addr)
	k.play(`
		S: 220
		C: EHLO before.example
		S: 250-mail.example
		S: 250-PIPELINING
		S: 250-SIZE
		S: 250-STARTTLS
		S: 250-ENHANCEDSTATUSCODES
		S: *
		C: AUTH PLAIN AHVzZXIAc2VjcmV0
		S: 538 5.7.11
		C: MAIL FROM:<a@b.example>
		S: 530 5.7.0
		C: STARTTLS now
		S: 501
		C: STARTTLS
		S: 220
		TLS
		C: MAIL FROM:<a@b.example>
		S: 503
		C: EHLO after.example
		S: 250-mail.example
		S: 250-PIPELINING
		S: 250-SIZE
		S: 250-AUTH PLAIN LOGIN
		S: *
		C: STARTTLS
		S: 503
		C: MAIL FROM:<a@b.example>
		S: 530 5.7.0 authentication
		C: AUTH PLAIN AHVzZXIAc2VjcmV0
		S: 235 2.7.0
		C: AUTH PLAIN AHVzZXIAc2VjcmV0
		S: 503
		C: MAIL FROM:<a@b.example>
		S: 250
		C: QUIT
		S: 221
		EOF`)
	settle(t, nil, book, `NEW before.example ESMTP
		CLOSE
		NEW after.example ESMTPS
		AUTH PLAIN user secret
		MAIL <a@b.example> ESMTPSA
		CLOSE`)
	if state := k.conn.(*tls.Conn).ConnectionState(); state.DidResume {
		t.Error("session resumed")
	}
}

// Commands that a man in the middle puts behind STARTTLS must not be obeyed after the handshake (CVE-2011-0411).
func TestStartTLSInjection(t *testing.T) {
	book := &notebook{}
	_, addr := startServer(t, ServerOptions{Backend: book, Mode: TLSStart, TLS: serverTLS(t), Trusted: loopback})
	dialTalk(t, addr).play(`
		S: 220
		C: EHLO x
		S: *
		C= "STARTTLS\r\nRSET\r\nMAIL FROM:<evil@x>\r\n"
		S: 503 5.5.1
		EOF`)
	settle(t, nil, book, "NEW x ESMTP\nCLOSE")
}

func TestNoTickets(t *testing.T) {
	_, addr := startServer(t, ServerOptions{Backend: &notebook{}, Mode: TLSImplicit, TLS: serverTLS(t), Trusted: loopback})
	config := clientTLS(t)
	config.ClientSessionCache = tls.NewLRUClientSessionCache(10)
	for range 2 {
		conn, err := tls.Dial("tcp", addr, config)
		if err != nil {
			t.Fatal(err)
		}
		k := &talk{t: t, conn: conn}
		k.r = newLineReader(conn)
		k.play("S: 220\nC: EHLO x\nS: *\nC: QUIT\nS: 221\nEOF")
		if conn.ConnectionState().DidResume {
			t.Fatal("a session was resumed")
		}
		conn.Close()
	}
}

func TestTLSGarbage(t *testing.T) {
	for _, mode := range []TLSMode{TLSStart, TLSImplicit} {
		observer := newCounter()
		_, addr := startServer(t, ServerOptions{
			Backend: &notebook{}, Mode: mode, TLS: serverTLS(t), Trusted: loopback, Observer: observer,
			Limits: Limits{HandshakeTimeout: time.Second},
		})
		k := dialTalk(t, addr)
		if mode == TLSStart {
			k.play("S: 220\nC: STARTTLS\nS: 220")
		}
		io.WriteString(k.conn, "GET / HTTP/1.0\r\n\r\n")
		k.conn.SetDeadline(time.Now().Add(20 * time.Second))
		io.Copy(io.Discard, k.conn)
		silent := dialTalk(t, addr)
		if mode == TLSStart {
			silent.play("S: 220\nC: STARTTLS\nS: 220")
		}
		silent.conn.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, silent.conn); err != nil {
			t.Errorf("mode %d: a silent handshake was not ended: %v", mode, err)
		}
		for n := 0; observer.count("refused tls_handshake") != 2; n++ {
			if time.Sleep(time.Millisecond); n == 20000 {
				t.Fatalf("mode %d: %d handshakes counted, want 2", mode, observer.count("refused tls_handshake"))
			}
		}
	}
}

func TestAuth(t *testing.T) {
	tests := []struct{ name, script string }{
		{"PLAIN with a challenge", "C: AUTH PLAIN\nS: 334 \nC: AHVzZXIAc2VjcmV0\nS: 235"},
		{"LOGIN", "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: dXNlcg==\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235"},
		{"LOGIN with a name", "C: AUTH LOGIN dXNlcg==\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235"},
		{"lower case", "C: auth plain AHVzZXIAc2VjcmV0\nS: 235"},
		{"wrong password", "C: AUTH PLAIN AHVzZXIAd3Jvbmc=\nS: 535 5.7.8"},
		{"acting as another", "C: AUTH PLAIN Ym9zcwB1c2VyAHNlY3JldA==\nS: 535 5.7.8"},
		{"three parts missing", "C: AUTH PLAIN dXNlcg==\nS: 501 5.5.2"},
		{"cancelled", "C: AUTH LOGIN\nS: 334\nC: *\nS: 501\nC: NOOP\nS: 250"},
		{"not base64", "C: AUTH LOGIN\nS: 334\nC: !!!\nS: 501\nC: NOOP\nS: 250"},
		{"unknown mechanism", "C: AUTH CRAM-MD5\nS: 504 5.5.4"},
		{"a command is no response", "C: AUTH LOGIN\nS: 334\nC: MAIL FROM:<a@b>\nS: 501\nC: MAIL FROM:<a@b>\nS: 530"},
		{"long line", "C: AUTH LOGIN\nS: 334\nC: " + strings.Repeat("QUFB", 4000) + "\nS: 500 5.5.6\nEOF"},
		{"bare LF", "C: AUTH LOGIN\nS: 334\nC= \"dXNlcg==\\n\"\nS: 501\nEOF"},
		{"in a transaction", "C: AUTH PLAIN AHVzZXIAd3Jvbmc=\nS: 535\nC: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 235\nC: MAIL FROM:<>\nS: 250\nC: AUTH LOGIN\nS: 503"},
		{"three failures", "C: AUTH PLAIN AHVzZXIAd3Jvbmc=\nS: 535\nC: AUTH PLAIN AHVzZXIAd3Jvbmc=\nS: 535\nC: AUTH PLAIN AHVzZXIAd3Jvbmc=\nS: 535\nS: 421\nEOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, addr := startServer(t, ServerOptions{
				Backend: &notebook{}, Auth: true, AuthPlaintext: true, Limits: Limits{AuthDelay: -1},
			})
			dialTalk(t, addr).play("S: 220\nC: EHLO x\nS: *\n" + tt.script)
		})
	}
}

func TestAuthTokens(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	bearer := b64("n,a=user@example.org,\x01host=server.example.org\x01port=25\x01auth=Bearer token\x01\x01") // RFC 7628 4.1
	wrong := b64("n,,\x01auth=Bearer wrong\x01\x01")
	refusal := b64(`{"status":"invalid_token","schemes":"bearer"}`)
	tests := []struct{ name, script string }{
		{"OAUTHBEARER", "C: AUTH OAUTHBEARER " + bearer + "\nS: 235"},
		{"OAUTHBEARER with a challenge", "C: AUTH OAUTHBEARER\nS: 334 \nC: " + bearer + "\nS: 235"},
		{"refused", "C: AUTH OAUTHBEARER " + wrong + "\nS: 334 " + refusal + "\nC: AQ==\nS: 535 5.7.8\nC: NOOP\nS: 250"},
		{"refused, no dummy", "C: AUTH OAUTHBEARER " + wrong + "\nS: 334\nC: \nS: 535 5.7.8"},
		{"refused, cancelled", "C: AUTH OAUTHBEARER " + wrong + "\nS: 334\nC: *\nS: 501"},
		{"XOAUTH2", "C: AUTH XOAUTH2 " + b64("user=u@x\x01auth=Bearer token\x01\x01") + "\nS: 235"},
		{"XOAUTH2 refused", "C: AUTH XOAUTH2 " + b64("user=u@x\x01auth=Bearer no\x01\x01") + "\nS: 334 " + refusal + "\nC: \nS: 535"},
		{"no user", "C: AUTH XOAUTH2 " + b64("auth=Bearer token\x01\x01") + "\nS: 501 5.5.2"},
		{"another scheme", "C: AUTH XOAUTH2 " + b64("user=u\x01auth=Basic token\x01\x01") + "\nS: 501 5.5.2"},
		{"no end", "C: AUTH OAUTHBEARER " + b64("n,,\x01auth=Bearer token\x01") + "\nS: 501 5.5.2"},
		{"empty", "C: AUTH OAUTHBEARER =\nS: 501 5.5.2"},
		{"channel binding", "C: AUTH OAUTHBEARER " + b64("p=tls-unique,,\x01auth=Bearer token\x01\x01") + "\nS: 501 5.5.2"},
		{"a token of 6 KB", "C: AUTH XOAUTH2 " + b64("user=u\x01auth=Bearer "+strings.Repeat("x", 6000)+"\x01\x01") + "\nS: 334\nC: \nS: 535"},
		{"another command as long", "C: NOOP " + strings.Repeat("x", 6000) + "\nS: 500 5.5.6\nEOF"},
		{"no passwords", "C: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 504"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, addr := startServer(t, ServerOptions{
				Backend: &notebook{}, AuthTokens: true, AuthPlaintext: true, Limits: Limits{AuthDelay: -1},
			})
			dialTalk(t, addr).play("S: 220\nC: EHLO x\nS: *\n" + tt.script)
		})
	}
}

func TestAuthBackendDown(t *testing.T) {
	book := &notebook{refuse: map[string]error{"AUTH": errors.New("directory is down")}}
	_, addr := startServer(t, ServerOptions{Backend: book, Auth: true, AuthPlaintext: true})
	dialTalk(t, addr).play("S: 220\nC: EHLO x\nS: *\nC: AUTH PLAIN AHVzZXIAc2VjcmV0\nS: 454 4.7.0")
}

// Old TLS is for named networks only.
func TestOldTLS(t *testing.T) {
	for _, c := range []struct {
		name    string
		old     []netip.Prefix
		version uint16
		ok      bool
	}{
		{"1.0 by default", nil, tls.VersionTLS10, false},
		{"1.1 by default", nil, tls.VersionTLS11, false},
		{"1.2 by default", nil, tls.VersionTLS12, true},
		{"1.0 from a named network", loopback, tls.VersionTLS10, true},
		{"1.1 from a named network", loopback, tls.VersionTLS11, true},
		{"1.3 from a named network", loopback, tls.VersionTLS13, true},
		{"1.0 from elsewhere", trusted("192.0.2.0/24"), tls.VersionTLS10, false},
	} {
		_, addr := startServer(t, ServerOptions{Backend: &notebook{}, Mode: TLSImplicit, TLS: serverTLS(t), Trusted: loopback, OldTLS: c.old})
		config := clientTLS(t)
		config.MinVersion, config.MaxVersion = tls.VersionTLS10, c.version
		conn, err := tls.Dial("tcp", addr, config)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}
