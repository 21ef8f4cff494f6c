package smtpside

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

func TestLMTP(t *testing.T) {
	book := &notebook{refuse: map[string]error{"RCPT <no@d>": NoSuchUser("")}}
	_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback, LMTP: true})
	dialTalk(t, addr).play(`
		S: 220 mail.example LMTP
		C: EHLO x
		S: 500
		C: HELO x
		S: 500
		C: LHLO lists.example
		S: 250-mail.example
		S: 250-PIPELINING
		S: *
		C: MAIL FROM:<a@b>
		S: 250
		C: RCPT TO:<c@d>
		S: 250
		C: RCPT TO:<no@d>
		S: 550 5.1.1
		C: RCPT TO:<e@d>
		S: 250
		C: DATA
		S: 354
		C: x
		C: .
		S: 250 2.0.0 <c@d> queued as 42
		S: 250 2.0.0 <e@d> queued as 42
		C: MAIL FROM:<a@b>
		S: 250
		C: RCPT TO:<c@d>
		S: 250
		C= "BDAT 3 LAST\r\nx\r\n"
		S: 250 2.0.0 <c@d> queued as 42
		C: MAIL FROM:<a@b>
		S: 250
		C: RCPT TO:<c@d>
		S: 250
		C: RCPT TO:<e@d>
		S: 250
		C: DATA
		S: 354
		C= "bare\nLF\r\n.\r\n"
		S: 554 5.6.0 <c@d>
		S: 554 5.6.0 <e@d>
		EOF`)
	settle(t, nil, book, `NEW lists.example LMTP
		MAIL <a@b> LMTP
		RCPT <c@d>
		RCPT <no@d>
		RCPT <e@d>
		DATA 3
		RESET
		MAIL <a@b> LMTP
		RCPT <c@d>
		DATA 3
		RESET
		MAIL <a@b> LMTP
		RCPT <c@d>
		RCPT <e@d>
		DATA broken
		RESET
		CLOSE`)
}

// serveOn serves on a listener of the test's.
func serveOn(t *testing.T, opts ServerOptions, l net.Listener) {
	t.Helper()
	opts.Hostname = "mail.example"
	s, err := NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.Serve(ctx, l) })
	t.Cleanup(func() { cancel(); running.Wait() })
}

func TestUnixSocket(t *testing.T) {
	for _, trust := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		serveOn(t, ServerOptions{Backend: &notebook{}, Trusted: loopback, TrustUnix: trust}, l)
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		k := &talk{t: t, conn: conn, r: bufio.NewReader(conn)}
		k.play("S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b>\nS: " + map[bool]string{true: "250", false: "550"}[trust] + "\nC: QUIT\nS: 221\nEOF")
		conn.Close()
	}
}

// What a PROXY header says counts only from named hosts, and from them nothing counts without it.
func TestProxyProtocol(t *testing.T) {
	header := func(version byte, source string) string {
		from := netip.MustParseAddrPort(source)
		to := net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.25:25"))
		if from.Addr().Is6() {
			to = net.TCPAddrFromAddrPort(netip.MustParseAddrPort("[2001:db8::25]:25"))
		}
		b, err := proxyproto.HeaderProxyFromAddrs(version, net.TCPAddrFromAddrPort(from), to).Format()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const mail = "EHLO x\r\nMAIL FROM:<a@b>\r\nQUIT\r\n"
	good := trusted("198.51.100.0/24")
	for name, c := range map[string]struct {
		proxies []netip.Prefix
		sent    string
		want    string // the reply to MAIL; "" for none
	}{
		"version 1, trusted client":     {loopback, header(1, "198.51.100.7:1234") + mail, "250"},
		"version 2, trusted client":     {loopback, header(2, "198.51.100.7:1234") + mail, "250"},
		"version 1, any client":         {loopback, header(1, "203.0.113.7:1234") + mail, "550"},
		"version 2, any client":         {loopback, header(2, "203.0.113.7:1234") + mail, "550"},
		"version 2, IPv6":               {loopback, header(2, "[2001:db8::1]:1234") + mail, "550"},
		"version 1, unknown":            {loopback, "PROXY UNKNOWN\r\n" + mail, "550"},
		"no header":                     {loopback, mail, ""},
		"half a header":                 {loopback, "PROXY TCP4 198.51.100.7\r\n" + mail, ""},
		"header of nobody's proxy":      {nil, header(1, "198.51.100.7:1234") + mail, "550"},
		"header of another's proxy":     {trusted("192.0.2.0/24"), header(1, "198.51.100.7:1234") + mail, "550"},
		"binary header of nobody's":     {nil, header(2, "198.51.100.7:1234") + mail, "503"},
		"a second header, from a guest": {loopback, header(1, "203.0.113.7:1234") + header(1, "198.51.100.7:1234") + mail, "550"},
	} {
		t.Run(name, func(t *testing.T) {
			_, addr := startServer(t, ServerOptions{Backend: &notebook{}, Trusted: good, Proxies: c.proxies})
			if got := lastReply(t, addr, c.sent); c.want == "" && got != "hung up" || !strings.HasPrefix(got, c.want) {
				t.Errorf("reply %q, want %q", got, c.want)
			}
		})
	}
}

// writePair writes a certificate of the test CA as two files.
func writePair(t *testing.T, dir string, names ...string) (cert, key string) {
	t.Helper()
	ca, err := testCA()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := ca.Issue(names...)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(pair.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	for name, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "EC PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestCertificateReload(t *testing.T) {
	dir := t.TempDir()
	cert, key := writePair(t, dir, "mail.example", "first.example")
	c, err := OpenCertificate(cert, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, addr := startServer(t, ServerOptions{
		Backend: &notebook{}, Mode: TLSImplicit, TLS: &tls.Config{GetCertificate: c.Get}, Trusted: loopback,
	})
	name := func() string {
		conn, err := tls.Dial("tcp", addr, clientTLS(t))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].DNSNames[1]
	}
	passTime := func() {
		c.mu.Lock()
		c.checked = time.Time{}
		c.mu.Unlock()
	}
	if got := name(); got != "first.example" {
		t.Fatalf("certificate of %s", got)
	}
	writePair(t, dir, "mail.example", "second.example")
	passTime()
	if got := name(); got != "second.example" {
		t.Errorf("after the change: certificate of %s", got)
	}
	if err := os.WriteFile(key, []byte("half a k"), 0o600); err != nil {
		t.Fatal(err)
	}
	passTime()
	if got := name(); got != "second.example" {
		t.Errorf("with a broken key: certificate of %s", got)
	}
	writePair(t, dir, "mail.example", "third.example")
	passTime()
	if got := name(); got != "third.example" {
		t.Errorf("after the repair: certificate of %s", got)
	}
	if _, err := OpenCertificate(cert, filepath.Join(dir, "none"), nil); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("a missing key: %v", err)
	}
}

// A client may send by its certificate, if it is one of ours.
func TestClientCertificate(t *testing.T) {
	ca, err := testCA()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := ca.Issue("erp.example")
	if err != nil {
		t.Fatal(err)
	}
	expired, err := ca.IssueExpired("erp.example")
	if err != nil {
		t.Fatal(err)
	}
	server := serverTLS(t).Clone()
	server.ClientAuth, server.ClientCAs = tls.VerifyClientCertIfGiven, ca.Pool()
	for name, c := range map[string]struct {
		cert *tls.Certificate
		want string
	}{
		"with":    {&ours, "250"},
		"without": {nil, "550"},
		"expired": {&expired, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, addr := startServer(t, ServerOptions{Backend: &notebook{}, Mode: TLSImplicit, TLS: server})
			config := clientTLS(t)
			if c.cert != nil {
				config.Certificates = []tls.Certificate{*c.cert}
			}
			conn, err := tls.Dial("tcp", addr, config)
			if err != nil {
				t.Fatal(err) // with TLS 1.3 a client learns of a refusal when it reads
			}
			defer conn.Close()
			k := &talk{t: t, conn: conn, r: bufio.NewReader(conn)}
			if c.want == "" {
				k.play("EOF")
				return
			}
			k.play("S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b>\nS: " + c.want)
		})
	}
}
