package signin

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/smtpside"
)

// a lazy directory accepts connections and does with them what script says; it closes none.
func lazy(t *testing.T, script func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			running.Go(func() { script(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return l.Addr().String()
}

// startTLSDone is the answer to the first request of a connection: that TLS may be begun. RFC 4511 4.14
const startTLSDone = "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"

// A directory that does not answer costs a check its time and no more, wherever it falls silent; the client is not blamed, and the next
// one gets a place.
func TestSlowDirectory(t *testing.T) {
	silent := func(net.Conn) {}
	drip := func(c net.Conn) {
		for range 1000 {
			if _, err := io.WriteString(c, "\x30"); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	startTLS := func(then func(net.Conn)) func(net.Conn) {
		return func(c net.Conn) {
			c.Read(make([]byte, 512))
			io.WriteString(c, startTLSDone)
			then(c)
		}
	}
	for _, tt := range []struct {
		name, scheme string
		plain        bool
		script       func(net.Conn)
	}{
		{"silent", "ldap", false, silent},
		{"silent in the clear", "ldap", true, silent},
		{"silent instead of a handshake", "ldaps", false, silent},
		{"silent behind StartTLS", "ldap", false, startTLS(silent)},
		{"half a handshake behind StartTLS", "ldap", false, startTLS(func(c net.Conn) { io.WriteString(c, "\x16\x03\x03\x40\x00\x02") })},
		{"an answer without end", "ldap", true, func(c net.Conn) { io.WriteString(c, "\x30\x84\x7f\xff\xff\xff") }},
		{"octet by octet", "ldap", true, func(c net.Conn) { io.WriteString(c, "\x30\x82\x10\x00"); drip(c) }},
		{"hangs up", "ldap", true, func(c net.Conn) { c.Close() }},
		{"no LDAP", "ldap", true, func(c net.Conn) { io.WriteString(c, "220 mx.example ESMTP\r\n") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, err := NewLDAP(LDAPOptions{URL: tt.scheme + "://" + lazy(t, tt.script), BindDN: "uid=%s", Plaintext: tt.plain, Timeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			for range 2 { // the second after the first
				_, err := l.Check(t.Context(), nil, smtpside.Credentials{Username: "alice", Password: "wonder"})
				if err == nil || blames(err) {
					t.Errorf("the client is told %v", err)
				}
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if len(l.work) != 0 {
				t.Errorf("%d places are taken", len(l.work))
			}
		})
	}
}

// Who has gone does not keep a place at a slow directory.
func TestSlowDirectoryAndNobodyWaits(t *testing.T) {
	l, err := NewLDAP(LDAPOptions{URL: "ldap://" + lazy(t, func(net.Conn) {}), BindDN: "uid=%s", Plaintext: true, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := l.Check(ctx, nil, smtpside.Credentials{Username: "alice", Password: "wonder"}); err == nil || blames(err) {
		t.Errorf("%v", err)
	}
	if took := time.Since(start); took > 10*time.Second || len(l.work) != 0 {
		t.Errorf("took %v, %d places are taken", took, len(l.work))
	}
}

// The same for the keys of tokens: silent servers, headers and bodies that do not end, redirects in circles, pages that are too long.
func TestSlowKeys(t *testing.T) {
	for name, serve := range map[string]http.HandlerFunc{
		"silent": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"half a body": func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"keys": [`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
		"a body without end": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat(" ", 1<<16)); err != nil {
					return
				}
			}
		},
		"redirects in circles": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
		"a page":               func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") },
		"no keys":              func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(serve)
			t.Cleanup(server.Close)
			t.Cleanup(server.CloseClientConnections)
			tokens, err := NewTokens(TokensOptions{JWKS: server.URL, HTTP: &http.Client{Timeout: 500 * time.Millisecond}})
			if err != nil {
				t.Fatal(err)
			}
			token := newIssuer(t).token(nil)
			start := time.Now()
			var all sync.WaitGroup
			for range 20 { // one asks, the others wait for it, and nobody asks again at once
				all.Go(func() {
					if _, err := tokens.Check(t.Context(), nil, smtpside.Credentials{Token: token}); !errors.Is(err, errNoKeys) || blames(err) {
						t.Errorf("%v", err)
					}
				})
			}
			all.Wait()
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}
