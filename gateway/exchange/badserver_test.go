package exchange

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// A badServer stands in front of a test Exchange. It lets requests through until the one whose turn it is to answer badly.
type badServer struct {
	*httptest.Server
	behind *httputil.ReverseProxy
	answer func(http.ResponseWriter, *http.Request)
	from   string // the X-RequestType from which on it is bad
	armed  atomic.Bool
	bad    atomic.Int64 // requests that were answered badly
}

func newBadServer(t *testing.T, x *mapitest.Server, from string, answer func(http.ResponseWriter, *http.Request)) *badServer {
	t.Helper()
	to, err := url.Parse(x.URL())
	if err != nil {
		t.Fatal(err)
	}
	b := &badServer{behind: httputil.NewSingleHostReverseProxy(to), answer: answer, from: from}
	b.behind.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x.CertPool()}}
	b.behind.FlushInterval = -1
	b.Server = httptest.NewTLSServer(b)
	t.Cleanup(func() { b.CloseClientConnections(); b.Close() })
	return b
}

// ServeHTTP implements http.Handler.
func (b *badServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-RequestType") == b.from {
		b.armed.Store(true)
	}
	if !b.armed.Load() {
		b.behind.ServeHTTP(w, r)
		return
	}
	b.bad.Add(1)
	_, _ = io.Copy(io.Discard, r.Body)
	b.answer(w, r)
}

// client is one of alice's mailbox that comes through the bad server. It waits for an answer no longer than limit.
func (b *badServer) client(x *mapitest.Server, limit time.Duration) (*mapiclient.Client, error) {
	roots := x509.NewCertPool()
	roots.AddCert(b.Certificate())
	box := x.Mailbox("alice")
	return mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: strings.Replace(box.URL(), x.URL(), b.URL, 1), UserDN: box.LegacyDN()},
		Auth:     auth.NewBasic(auth.Credentials{User: "alice", Password: auth.NewSecret("secret")}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: roots}, StallTimeout: limit / 2},
		Timeout:  limit,
	})
}

// mapiAnswer writes an answer that is well up to its payload.
func mapiAnswer(w http.ResponseWriter, r *http.Request, payload string) {
	h := w.Header()
	h.Set("Content-Type", "application/mapi-http")
	h.Set("X-ResponseCode", "0")
	h.Set("X-RequestId", r.Header.Get("X-RequestId"))
	_, _ = io.WriteString(w, "PROCESSING\r\nDONE\r\nX-ElapsedTime: 1\r\n\r\n"+payload)
}

// forEver writes a text again and again until the client has had enough.
func forEver(text string, pause time.Duration) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/mapi-http")
		w.Header().Set("X-ResponseCode", "0")
		for ended := time.Now().Add(20 * time.Second); r.Context().Err() == nil && time.Now().Before(ended); time.Sleep(pause) {
			if _, err := io.WriteString(w, text); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	}
}

// A server that answers anything but what the protocol has: the error names the operation, the server and the cause, it comes soon
// and costs little memory, the server is not pestered; and the mail stays queued, unsent or with its outcome unknown, but never
// bounced and never taken for sent.
func TestBadServers(t *testing.T) {
	const zeros = "\x00\x00\x00\x00\x00\x00\x00\x00"
	answers := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		cause  string // in the error
		is     func(error) bool
		slow   bool // only the client's limit ends it
	}{
		{"garbage", func(w http.ResponseWriter, r *http.Request) {
			mapiAnswer(w, r, strings.Repeat("\xFE\x01\x7F", 99))
		}, "malformed", isA[*mapihttp.AnswerError, *mapihttp.AnswerError], false},
		{"half a body", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			mapiAnswer(w, r, zeros)
		}, "unexpected EOF", nil, false},
		{"a wrong sequence", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-ResponseCode", "15")
			_, _ = io.WriteString(w, "<html>The sequence is wrong</html>")
		}, "InvalidSequence", isA[*mapihttp.ResponseCodeError, *mapihttp.ResponseCodeError], false},
		{"a huge count", func(w http.ResponseWriter, r *http.Request) {
			// StatusCode and ErrorCode 0, then a size (Execute: of the RopBuffer; Connect: of the auxiliary data) of 4 GiB.
			size := "\xF0\xFF\xFF\xFF"
			if r.Header.Get("X-RequestType") == "Connect" {
				size = zeros + "\x00\x00\x00\x00" + "\x00" + "\x00\x00" + size
			} else {
				size = "\x00\x00\x00\x00" + size
			}
			mapiAnswer(w, r, zeros+size)
		}, "malformed", isA[*mapihttp.AnswerError, *mapihttp.AnswerError], false},
		{"HTML from a proxy", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Via", "1.1 gatekeeper")
			_, _ = io.WriteString(w, "<html><body>Please sign in to the network</body></html>")
		}, "Please sign in to the network", isA[*mapihttp.AnswerError, *mapihttp.AnswerError], false},
		{"HTML from a proxy, 502", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html><body>The upstream is away</body></html>")
		}, "The upstream is away", isA[*mapihttp.HTTPError, *mapihttp.HTTPError], false},
		{"401 for ever", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", "Basic realm=x")
			w.WriteHeader(http.StatusUnauthorized)
		}, "was refused", isA[*auth.RejectedError, *auth.RejectedError], false},
		{"PENDING for ever", forEver("PROCESSING\r\nPENDING\r\n", 20*time.Millisecond), "no complete answer within 2s", nil, true},
		{"PENDING for ever, fast", forEver(strings.Repeat("PENDING\r\n", 100), 0), "more than 4096 tags", isA[*mapihttp.AnswerError, *mapihttp.AnswerError], false},
		{"redirects for ever", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String()+"&again=1", http.StatusFound)
		}, "discover it again", isA[*mapihttp.HTTPError, *mapihttp.HTTPError], false},
		{"a body without end", forEver("PROCESSING\r\nDONE\r\n\r\n"+strings.Repeat("x", 1<<16), 0), "", nil, false},
		{"headers without end", func(w http.ResponseWriter, _ *http.Request) {
			for i := range 2000 {
				w.Header().Set(fmt.Sprintf("X-A%d", i), strings.Repeat("a", 500))
			}
		}, "", nil, false},
		{"silence", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "silent", nil, true},
		{"not HTTP", func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_, _ = io.WriteString(conn, "220 mail.example.test ESMTP\r\n")
				_ = conn.Close()
			}
		}, "malformed HTTP", nil, false},
	}
	for _, a := range answers {
		for _, from := range []string{"Connect", "Execute"} {
			t.Run(a.name+" at "+from, func(t *testing.T) {
				r := newRig(t, "alice", "bob")
				b := newBadServer(t, r.x, from, a.answer)
				limit := 30 * time.Second // out of reach, also of a busy machine
				if a.slow {
					limit = 2 * time.Second
				}
				c, err := b.client(r.x, limit)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				_, err = c.OpenMailbox(t.Context())
				took := time.Since(start)
				runtime.ReadMemStats(&after)
				if err == nil {
					t.Fatal("the mailbox was opened")
				}
				for _, part := range []string{from, b.Listener.Addr().String(), a.cause} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%q is not in: %v", part, err)
					}
				}
				if a.is != nil && !a.is(err) {
					t.Errorf("an error of type %T: %v", err, err)
				}
				if grown := int64(after.TotalAlloc - before.TotalAlloc); took > 15*time.Second || grown > 96<<20 {
					t.Errorf("it took %v and %d MiB in all", took, grown>>20)
				}
				r.accounts = NewAccounts(func(string) (*mapiclient.Client, error) { return b.client(r.x, limit) }, 0)
				defer r.accounts.Close(context.Background())
				s := r.submitter(SubmitterOptions{Fallback: "alice@example.test"})
				out := s.Deliver(t.Context(), group("alice@example.test", hello, "bob@example.test"))[0]
				if (out.Verdict != mail.Retry && out.Verdict != mail.Unknown) || out.Code/100 != 4 {
					t.Errorf("the mail: %v %d %s", out.Verdict, out.Code, out.Text)
				}
				if n := b.bad.Load(); n > 12 {
					t.Errorf("%d requests to a server that answers nothing but nonsense", n)
				}
			})
		}
	}
}

// isA tells whether an error has one of two types in its chain.
func isA[A, B error](err error) bool {
	var a A
	var b B
	return errors.As(err, &a) || errors.As(err, &b)
}
