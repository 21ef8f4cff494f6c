package mapihttp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// newProxy is an HTTP proxy on top of net/http; it counts tunnels.
func newProxy(t *testing.T, secure bool, tunnels *atomic.Int32) *httptest.Server {
	t.Helper()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		if user, password, ok := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth(); !ok || user != "me" || password != "hush" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		tunnels.Add(1)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		join(conn, to)
	})
	s := httptest.NewUnstartedServer(h)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// join carries bytes both ways until one side ends.
func join(a, b net.Conn) {
	go func() { _, _ = io.Copy(a, b); _ = a.Close() }()
	_, _ = io.Copy(b, a)
	_ = b.Close()
}

// newSOCKS is a small SOCKS5 proxy with user and password. RFC 1928, RFC 1929
func newSOCKS(t *testing.T, tunnels *atomic.Int32) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				if to, err := socks(c); err == nil {
					tunnels.Add(1)
					join(c, to)
				} else {
					_ = c.Close()
				}
			}()
		}
	}()
	return l.Addr().String()
}

func socks(c net.Conn) (net.Conn, error) {
	b := make([]byte, 512)
	read := func(n int) []byte {
		if _, err := io.ReadFull(c, b[:n]); err != nil {
			return make([]byte, n)
		}
		return b[:n]
	}
	read(int(read(2)[1])) // the methods on offer
	_, _ = c.Write([]byte{5, 2})
	user := string(read(int(read(2)[1])))
	password := string(read(int(read(1)[0])))
	if user != "me" || password != "hush" {
		_, _ = c.Write([]byte{1, 1})
		return nil, errors.New("refused")
	}
	_, _ = c.Write([]byte{1, 0})
	kind := read(4)[3]
	var host string
	switch kind {
	case 1:
		host = net.IP(append([]byte{}, read(4)...)).String()
	case 3:
		host = string(read(int(read(1)[0])))
	}
	to, err := net.Dial("tcp", net.JoinHostPort(host, fmt.Sprint(binary.BigEndian.Uint16(read(2)))))
	if err != nil {
		_, _ = c.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return nil, err
	}
	_, err = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return to, err
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// ask sends one request to s through the proxy.
func ask(t *testing.T, s *httptest.Server, c LaneConfig, a auth.Authenticator) error {
	t.Helper()
	if c.TLS == nil {
		c.TLS = &tls.Config{}
	}
	c.TLS.RootCAs = x509.NewCertPool()
	c.TLS.RootCAs.AddCert(s.Certificate())
	u := mustURL(t, s.URL)
	lanes := NewLanes(u, a, c)
	defer lanes.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp, err := lanes.Send(ctx, &Request{Method: http.MethodPost, URL: u})
	if err != nil {
		return err
	}
	defer drain(resp.Body)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	return nil
}

func TestProxies(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	var tunnels atomic.Int32
	plain, secure, socksAddr := newProxy(t, false, &tunnels), newProxy(t, true, &tunnels), newSOCKS(t, &tunnels)
	trusted := &tls.Config{RootCAs: x509.NewCertPool()}
	trusted.RootCAs.AddCert(secure.Certificate())
	for _, test := range []struct {
		name  string
		proxy Proxy
		want  string // of the error; "" is none
	}{
		{"CONNECT", Proxy{URL: mustURL(t, plain.URL), User: "me", Password: auth.NewSecret("hush")}, ""},
		{"CONNECT over TLS", Proxy{URL: mustURL(t, secure.URL), User: "me", Password: auth.NewSecret("hush"), TLS: trusted}, ""},
		{"SOCKS5", Proxy{URL: mustURL(t, "socks5://"+socksAddr), User: "me", Password: auth.NewSecret("hush")}, ""},
		{"CONNECT, wrong password", Proxy{URL: mustURL(t, plain.URL), User: "me", Password: auth.NewSecret("loud")}, "wants a sign-in"},
		{"SOCKS5, wrong password", Proxy{URL: mustURL(t, "socks5://"+socksAddr), User: "me", Password: auth.NewSecret("loud")}, "through the proxy"},
		{"TLS not trusted", Proxy{URL: mustURL(t, secure.URL), User: "me", Password: auth.NewSecret("hush")}, "TLS"},
		{"no proxy there", Proxy{URL: mustURL(t, "http://127.0.0.1:1")}, "the proxy 127.0.0.1:1"},
		{"a server that is none", Proxy{URL: mustURL(t, strings.Replace(s.URL, "https", "http", 1))}, "the proxy"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dial, err := test.proxy.Dialer()
			if err != nil {
				t.Fatal(err)
			}
			before := tunnels.Load()
			err = ask(t, s, LaneConfig{Dial: dial}, nil)
			if test.want == "" && (err != nil || tunnels.Load() != before+1) {
				t.Errorf("%d tunnels, %v", tunnels.Load()-before, err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want an error with %q", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "loud")) {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
	for _, bad := range []string{"ftp://proxy:21", "proxy:8080", "http://"} {
		u, _ := url.Parse(bad)
		if _, err := (Proxy{URL: u}).Dialer(); err == nil {
			t.Errorf("%q is taken for a proxy", bad)
		}
	}
}

// A proxy that says nothing is given up when the context ends.
func TestSilentProxy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dial, err := Proxy{URL: mustURL(t, "http://"+l.Addr().String())}.Dialer()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := dial(ctx, "tcp", "mail.example.test:443"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the end of the context", err)
	}
}

// A client certificate signs in by itself, and without it the error says so.
func TestTLSClientCertificate(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "gateway"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) != 1 || r.TLS.PeerCertificates[0].Subject.CommonName != "gateway" {
			w.Header().Set("WWW-Authenticate", "Negotiate")
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	defer s.Close()
	a := auth.NewTLSCertificate("gateway")
	with := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	if err := ask(t, s, LaneConfig{TLS: with}, a); err != nil {
		t.Errorf("with the certificate: %v", err)
	}
	if err := ask(t, s, LaneConfig{}, a); err == nil {
		t.Error("without the certificate it is signed in")
	}
}
