package smtpside

import (
	"net"
	"testing"
)

func TestXClient(t *testing.T) {
	good := trusted("198.51.100.0/24")
	for name, c := range map[string]struct {
		opts   ServerOptions
		script string
	}{
		"a trusted client": {ServerOptions{XClient: loopback, Trusted: good},
			"C: MAIL FROM:<a@b>\nS: 550\nC: XCLIENT ADDR=198.51.100.7 PORT=1234 NAME=[UNAVAILABLE]\nS: 220 mail.example\nC: MAIL FROM:<a@b>\nS: 503\nC: EHLO y\nS: *\nC: MAIL FROM:<a@b>\nS: 250\nC: XCLIENT ADDR=127.0.0.1\nS: 550"},
		"any client, although the proxy is trusted": {ServerOptions{XClient: loopback, Trusted: loopback},
			"C: XCLIENT ADDR=IPV6:2001:db8::1\nS: 220\nC: EHLO y\nS: *\nC: MAIL FROM:<a@b>\nS: 550"},
		"an unknown client": {ServerOptions{XClient: loopback, Trusted: loopback},
			"C: XCLIENT ADDR=[UNAVAILABLE]\nS: 220\nC: EHLO y\nS: *\nC: MAIL FROM:<a@b>\nS: 550"},
		"a user": {ServerOptions{XClient: loopback, Trusted: good},
			"C: XCLIENT LOGIN=bob+40x ADDR=203.0.113.7\nS: 220\nC: EHLO y\nS: *\nC: MAIL FROM:<a@b>\nS: 250"},
		"from anybody":     {ServerOptions{Trusted: loopback}, "C: XCLIENT ADDR=198.51.100.7\nS: 550\nC: MAIL FROM:<a@b>\nS: 250"},
		"malformed":        {ServerOptions{XClient: loopback, Trusted: loopback}, "C: XCLIENT\nS: 501\nC: XCLIENT ADDR=x\nS: 501\nC: XCLIENT FOO=x\nS: 501\nC: XCLIENT ADDR=1.2.3.4 PORT=99999\nS: 501\nC: XCLIENT LOGIN=+4\nS: 501\nC: MAIL FROM:<a@b>\nS: 250"},
		"with more behind": {ServerOptions{XClient: loopback, Trusted: loopback}, `C= "XCLIENT ADDR=198.51.100.7\r\nEHLO evil\r\n"` + "\nS: 503\nEOF"},
	} {
		t.Run(name, func(t *testing.T) {
			c.opts.Backend = &notebook{}
			_, addr := startServer(t, c.opts)
			dialTalk(t, addr).play("S: 220\nC: EHLO x\nS: *\n" + c.script)
		})
	}
}

// The backend sees the client, not the proxy.
func TestXClientPeer(t *testing.T) {
	g := &guard{srv: &Server{}, peer: &Peer{}}
	proxy := &Peer{Addr: ipAddr("127.0.0.1"), Local: ipAddr("127.0.0.2")}
	if err := g.impersonate(proxy, "ADDR=203.0.113.7 PORT=99 LOGIN=bob DESTPORT=587"); err != nil {
		t.Fatal(err)
	}
	if g.peer.Addr.String() != "203.0.113.7:99" || g.peer.Local.(*net.TCPAddr).Port != 587 || g.peer.User != "bob" || g.peer.Trusted {
		t.Errorf("peer %+v", g.peer)
	}
}

func TestRequireTLSExtension(t *testing.T) {
	book := &notebook{}
	_, addr := startServer(t, ServerOptions{Backend: book, Mode: TLSStart, TLS: serverTLS(t), Trusted: loopback, ForwardTLS: true})
	dialTalk(t, addr).play("S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b> REQUIRETLS\nS: 530 5.7.30\nC: STARTTLS\nS: 220\nTLS\nC: EHLO x\n" +
		"S: 250-mail\nS: 250-PIPE\nS: 250-SIZE\nS: 250-ENH\nS: 250-8BIT\nS: 250-SMTPUTF8\nS: 250-CHUNKING\nS: 250-BINARY\nS: 250-REQUIRETLS\nS: *\nC: MAIL FROM:<a@b> REQUIRETLS\nS: 250")
	_, plain := startServer(t, ServerOptions{Backend: book, Mode: TLSStart, TLS: serverTLS(t), Trusted: loopback})
	dialTalk(t, plain).play("S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b> REQUIRETLS\nS: 555")
}
