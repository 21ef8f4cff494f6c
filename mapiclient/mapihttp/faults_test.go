package mapihttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

func unmarshal(b []byte, v wire.Coder) error { return wire.Unmarshal(b, v) }

// breaking is a network whose nth connection takes only so many bytes.
type breaking struct {
	mu    sync.Mutex
	conns int
	nth   int
	bytes int
	armed atomic.Bool
}

type breakingConn struct {
	net.Conn
	b    *breaking
	left int
}

func (b *breaking) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conns++; b.conns == b.nth {
		return &breakingConn{Conn: c, b: b, left: b.bytes}, nil
	}
	return c, nil
}

func (c *breakingConn) Write(p []byte) (int, error) {
	if !c.b.armed.Load() {
		return c.Conn.Write(p)
	}
	n := min(len(p), c.left)
	n, err := c.Conn.Write(p[:n])
	if c.left -= n; err == nil && n < len(p) {
		_ = c.Close()
		err = errors.New("the line was cut")
	}
	return n, err
}

// TestBreakBeforeSent cuts the connection at many places while a request is
// being sent: it is sent again as it is, with the same cookies, and executed
// once. [MS-OXCMAPIHTTP] 3.1.7
func TestBreakBeforeSent(t *testing.T) {
	const headersEnd = 10000 // bytes within which the headers have come
	payload := strings.Repeat("mail ", 6000)
	for _, at := range []int{0, 1, 100, 800, 20000, 30000} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			f := newFake(t)
			net := &breaking{nth: 1, bytes: at}
			c := f.config()
			c.Dial = net.dial
			x := f.connect(c)
			net.armed.Store(true)
			exec(t, x, payload)
			exec(t, x, "next")
			if got := f.ran(); got != payload+",next" {
				t.Errorf("executed %d bytes", len(got))
			}
			// The server may hear of the cut after it has answered what was sent again.
			var cut, whole []fakeRequest
			for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
				cut, whole = nil, nil
				for _, r := range f.all() {
					switch {
					case r.kind == "Execute" && r.cut:
						cut = append(cut, r)
					case r.kind == "Execute":
						whole = append(whole, r)
					}
				}
				if len(cut) > 0 || at < headersEnd {
					break
				}
				if time.Now().After(end) {
					t.Fatal("the server never saw the request that was cut")
				}
			}
			if len(whole) != 2 || len(cut) > 1 {
				t.Fatalf("%d requests came whole and %d cut, want 2 and at most 1", len(whole), len(cut))
			}
			if len(cut) == 0 {
				return // not even its headers came
			}
			first, again := cut[0], whole[0]
			for _, name := range []string{"Cookie", "X-Requestid", "X-Clientinfo", "Content-Length"} {
				if first.header.Get(name) != again.header.Get(name) || again.header.Get(name) == "" {
					t.Errorf("%s was %q, then %q", name, first.header.Get(name), again.header.Get(name))
				}
			}
		})
	}
}

// TestCannotSend has no connection at all: the context stands and goes on later.
func TestCannotSend(t *testing.T) {
	f := newFake(t)
	var down atomic.Bool
	c := f.config()
	c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if down.Load() {
			return nil, errors.New("network is down")
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	c.IdleTimeout = time.Nanosecond
	x := f.connect(c)
	exec(t, x, "before")
	down.Store(true)
	_, err := x.Execute(t.Context(), []byte("during"), ExecuteOptions{})
	var unsent *SendError
	if !errors.As(err, &unsent) || !strings.Contains(err.Error(), "network is down") || x.Lost() != nil {
		t.Errorf("%v, lost %v; want a *SendError", err, x.Lost())
	}
	down.Store(false)
	exec(t, x, "after")
	if got := f.ran(); got != "before,after" {
		t.Errorf("executed %s", got)
	}
}

// TestIdleClosed closes the connection while it is idle: the next request goes
// on a new one.
func TestIdleClosed(t *testing.T) {
	f := newFake(t)
	x := f.connect(f.config())
	exec(t, x, "before")
	time.Sleep(idleCheckAfter + 50*time.Millisecond)
	exec(t, x, "still")
	if f.connections() != 1 {
		t.Errorf("a connection that was only idle was given up: %d connections", f.connections())
	}
	f.CloseClientConnections()
	time.Sleep(idleCheckAfter + 50*time.Millisecond)
	exec(t, x, "after")
	if f.connections() != 2 || f.ran() != "before,still,after" {
		t.Errorf("%d connections, executed %s", f.connections(), f.ran())
	}
}

// TestKeepAlive takes the server at its word how long it keeps a connection.
func TestKeepAlive(t *testing.T) {
	f := newFake(t)
	f.setFault(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		w.Header().Set("Keep-Alive", "timeout=1, max=100")
		return false
	})
	x := f.connect(f.config())
	time.Sleep(20 * time.Millisecond)
	exec(t, x, "a")
	if f.connections() != 2 {
		t.Errorf("%d connections, want 2: the first has run out", f.connections())
	}
	if got := keepAlive(http.Header{"Keep-Alive": {"max=5, Timeout=15"}}); got != 14*time.Second {
		t.Errorf("timeout=15 gives %v", got)
	}
}

func TestConnectionClose(t *testing.T) {
	f := newFake(t)
	f.setFault(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		w.Header().Set("Connection", "close")
		return false
	})
	x := f.connect(f.config())
	exec(t, x, "a")
	exec(t, x, "b")
	if f.connections() != 3 || f.ran() != "a,b" {
		t.Errorf("%d connections, executed %s", f.connections(), f.ran())
	}
}

// TestAnswerLost loses the answer of an Execute in every way: the outcome is
// unknown, the request was sent once, and the context is lost.
func TestAnswerLost(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/mapi-http\r\nX-ResponseCode: 0\r\n"
	const done = "PROCESSING\r\nDONE\r\nX-ElapsedTime: 1\r\n\r\n"
	sized := func(body string) string { return head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body }
	zeros := func(n int) string { return strings.Repeat("\x00", n) }
	hostile := map[string]string{
		"nothing":                    "",
		"half a status line":         "HTTP/1.1 20",
		"half a header":              "HTTP/1.1 200 OK\r\nContent-Type: appl",
		"no body":                    head + "Content-Length: 100\r\n\r\n",
		"half the tags":              head + "Content-Length: 100\r\n\r\nPROCESSING\r\nPEND",
		"half the late headers":      head + "Content-Length: 100\r\n\r\nPROCESSING\r\nDONE\r\nX-Elap",
		"half the payload":           head + "Content-Length: 100\r\n\r\n" + done + "\x00\x00\x00\x00",
		"half a chunk":               head + "Transfer-Encoding: chunked\r\n\r\n40\r\n" + done,
		"no last chunk":              head + "Transfer-Encoding: chunked\r\n\r\n26\r\n" + done + "\r\n",
		"empty body":                 head + "Content-Length: 0\r\n\r\n",
		"no payload":                 sized(done),
		"garbage payload":            sized(done + zeros(4)),
		"garbage with a status":      sized(done + strings.Repeat("\xFE\x01\x7F", 20)),
		"bytes behind the payload":   sized(done + zeros(21)),
		"not HTTP":                   "220 mail.example.test ESMTP\r\n",
		"garbage":                    "\x15\x03\x01\x00\x02\x02\x28",
		"web page":                   "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 34\r\n\r\n<html><body>Sign in</body></html>\r\n",
		"web page as MAPI":           sized("<html><body>Sign in</body></html>"),
		"another's answer":           head + "X-RequestId: {0}:9\r\nContent-Length: 0\r\n\r\n",
		"code not a number":          "HTTP/1.1 200 OK\r\nX-ResponseCode: zero\r\nContent-Length: 0\r\n\r\n",
		"code of an expired context": "HTTP/1.1 200 OK\r\nX-ResponseCode: 10\r\nContent-Length: 0\r\n\r\n",
		"late code":                  sized("PROCESSING\r\nDONE\r\nX-ResponseCode: 15\r\nX-ElapsedTime: 1\r\n\r\nfail."),
		"endless headers":            head + strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\r\n", 100) + "\r\n",
		"endless interim answers":    strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 10),
		"no last payload":            sized(done + zeros(12) + "\x10\x00\x00\x00" + zeros(20)),
		"bad gateway":                "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
		"server error":               "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
	}
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			x := f.connect(f.config())
			f.onExecute(func(w http.ResponseWriter, _ *http.Request) { raw(w, text) })
			out, err := x.Execute(t.Context(), []byte("mail"), ExecuteOptions{})
			var unknown *UnknownOutcomeError
			if !errors.As(err, &unknown) || unknown.Op != "Execute" || !strings.Contains(err.Error(), x.host) {
				t.Fatalf("%q, %v, want an *UnknownOutcomeError", out, err)
			}
			t.Log(err)
			f.setFault(nil)
			_, err = x.Execute(t.Context(), []byte("mail"), ExecuteOptions{})
			var lost *ContextLostError
			if !errors.As(err, &lost) || !errors.As(err, &unknown) {
				t.Errorf("afterwards: %v, want a *ContextLostError because of it", err)
			}
			if n := f.count("Execute"); n != 1 {
				t.Errorf("%d Executes were sent, want 1", n)
			}
		})
	}
}

// TestNotExecuted checks answers that say that nothing was executed: the
// context stands unless the endpoint is gone, and nothing is sent again.
func TestNotExecuted(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect was followed")
	}))
	defer elsewhere.Close()
	for status, want := range map[int]string{
		302: "discover it again", 307: "discover it again", 308: "discover it again", 403: "may not use MAPI",
		404: "discover it again", 400: "MailboxId", 407: "proxy", 429: "try later", 411: "Content-Length",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			f := newFake(t)
			x := f.connect(f.config())
			f.onExecute(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", elsewhere.URL)
				w.Header().Set("Retry-After", "17")
				w.Header().Set("X-FEServer", "FRONT1")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "<html><script>x</script><b>No way</b></html>")
			})
			_, err := x.Execute(t.Context(), []byte("mail"), ExecuteOptions{})
			var he *HTTPError
			var lost *ContextLostError
			gone := want == "discover it again"
			if !errors.As(err, &he) || he.Status != status || he.RetryAfter != 17*time.Second || errors.As(err, &lost) != gone || (x.Lost() != nil) != gone {
				t.Fatalf("%v, lost %v", err, x.Lost())
			}
			for _, part := range []string{want, x.host, "Execute", "FRONT1", "No way"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v does not mention %q", err, part)
				}
			}
			if n := f.count("Execute"); n != 1 {
				t.Errorf("%d Executes were sent, want 1", n)
			}
			f.setFault(nil)
			if !gone {
				exec(t, x, "goes on")
			}
		})
	}
}

// TestCancelled cancels a request under way: its outcome is unknown.
func TestCancelled(t *testing.T) {
	f := newFake(t)
	x := f.connect(f.config())
	came := make(chan struct{})
	f.onExecute(func(w http.ResponseWriter, r *http.Request) {
		close(came)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("shutting down")
	go func() {
		<-came
		cancel(why)
	}()
	_, err := x.Execute(ctx, []byte("mail"), ExecuteOptions{})
	var unknown *UnknownOutcomeError
	if !errors.As(err, &unknown) || !errors.Is(err, why) {
		t.Errorf("%v, want an *UnknownOutcomeError because of %v", err, why)
	}
	if x.Lost() == nil {
		t.Error("the context stands")
	}
}

// TestSlowServers bounds servers that take for ever. The limit that a case is about is short, but not so short that a good answer of
// a busy machine breaks it; the others are out of reach.
func TestSlowServers(t *testing.T) {
	endless := func(text string, pause time.Duration) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			headers(w, r)
			_, _ = io.WriteString(w, "PROCESSING\r\n")
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, text)
				w.(http.Flusher).Flush()
				time.Sleep(pause)
			}
		}
	}
	const near, far = 2 * time.Second, 2 * time.Minute
	for name, c := range map[string]struct {
		serve   func(http.ResponseWriter, *http.Request)
		request time.Duration
		stall   time.Duration
		want    string
	}{
		"silent":          {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, far, near, "silent"},
		"silent later":    {endless("", time.Second), far, near, "silent"},
		"endless PENDING": {endless("PENDING\r\n", 5*time.Millisecond), near, far, "no complete answer within"},
		"fast PENDING":    {endless("PENDING\r\n", 0), far, far, "more than 4096 tags"},
		"endless payload": {endless("DONE\r\n\r\n"+strings.Repeat("a", 10000), 0), far, far, "more than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			config := f.config()
			config.RequestTimeout, config.StallTimeout, config.MaxAnswer = c.request, c.stall, 65536
			x := f.connect(config)
			f.onExecute(c.serve)
			start := time.Now()
			_, err := x.Execute(t.Context(), nil, ExecuteOptions{})
			var unknown *UnknownOutcomeError
			if !errors.As(err, &unknown) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want an *UnknownOutcomeError with %q", err, c.want)
			}
			if d := time.Since(start); d > far/2 {
				t.Errorf("took %v", d)
			}
		})
	}
}

// TestUnauthorized has the server refuse a request by 401 after good ones: the
// password is not tried again and again, and nothing was executed.
func TestUnauthorized(t *testing.T) {
	f := newFake(t)
	x := f.connect(f.config())
	f.onExecute(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="mail, calendar"`)
		w.WriteHeader(401)
	})
	_, err := x.Execute(t.Context(), []byte("mail"), ExecuteOptions{})
	var rejected *auth.RejectedError
	var unsent *SendError
	if !errors.As(err, &rejected) || !errors.As(err, &unsent) || x.Lost() != nil {
		t.Errorf("%v, lost %v; want an *auth.RejectedError in a *SendError", err, x.Lost())
	}
	if n := f.count("Execute"); n != 1 {
		t.Errorf("%d Executes were sent, want 1", n)
	}
	f.setFault(nil)
	exec(t, x, "goes on")
}

// TestFreshToken renews a token that the server refuses, once.
func TestFreshToken(t *testing.T) {
	f := newFake(t)
	var asked []bool
	c := f.config()
	c.Auth = auth.NewBearer("app", func(_ context.Context, fresh bool) (auth.Secret, error) {
		asked = append(asked, fresh)
		return auth.NewSecret(fmt.Sprintf("token%d", len(asked))), nil
	})
	x := f.connect(c)
	f.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Header.Get("Authorization") == "Bearer token3" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(401)
		return true
	})
	exec(t, x, "mail")
	if fmt.Sprint(asked) != "[false false true]" || f.ran() != "mail" {
		t.Errorf("tokens asked %v, executed %s", asked, f.ran())
	}
	_, err := x.Execute(t.Context(), []byte("more"), ExecuteOptions{})
	var he *HTTPError
	if !errors.As(err, &he) || he.Status != 401 || x.Lost() != nil {
		t.Errorf("%v, want a 401 that stays one", err)
	}
	if n := f.count("Execute"); n != 4 {
		t.Errorf("%d Executes were sent, want 4: each refused one once more", n)
	}
}

// TestPingFailed shows that a PING that was refused, or whose answer was lost,
// loses the context: the next Execute is not even sent.
func TestPingFailed(t *testing.T) {
	for name, fault := range map[string]func(http.ResponseWriter){
		"refused": func(w http.ResponseWriter) { refuse(w, frame.CodeContextNotFound) },
		"lost":    func(w http.ResponseWriter) { raw(w, "") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			x := f.connect(f.config())
			f.setFault(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { fault(w); return true })
			err := x.Ping(t.Context())
			var lost *ContextLostError
			var code *ResponseCodeError
			if !errors.As(err, &lost) || errors.As(err, &code) != (name == "refused") {
				t.Fatalf("%v, want a *ContextLostError", err)
			}
			if code != nil && (code.Code != 10 || !strings.Contains(err.Error(), "ContextNotFound") ||
				!strings.Contains(err.Error(), "MAPI error") || !strings.Contains(err.Error(), "FRONT1")) {
				t.Errorf("%v does not say what is wrong", err)
			}
			f.setFault(nil)
			if _, err := x.Execute(t.Context(), nil, ExecuteOptions{}); !errors.As(err, &lost) || f.count("Execute") != 0 {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestWaitCut cuts a NotificationWait, as proxies do: the context stands.
func TestWaitCut(t *testing.T) {
	f := newFake(t)
	x := f.connect(f.config())
	f.setFault(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { raw(w, ""); return true })
	if _, err := x.NotificationWait(t.Context()); err == nil || x.Lost() != nil {
		t.Errorf("cut: %v, lost %v", err, x.Lost())
	}
	f.setFault(nil)
	exec(t, x, "goes on")
	f.setFault(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		refuse(w, frame.CodeContextNotFound)
		return true
	})
	if _, err := x.NotificationWait(t.Context()); err == nil || x.Lost() == nil {
		t.Errorf("refused: %v, lost %v", err, x.Lost())
	}
}

// TestUntrusted checks that nothing is sent to a server whose certificate is not trusted.
func TestUntrusted(t *testing.T) {
	f := newFake(t)
	c := f.config()
	c.TLS = nil
	_, err := f.client(c).Connect(t.Context(), "/o=A", ConnectOptions{})
	var unsent *SendError
	if !errors.As(err, &unsent) || !strings.Contains(err.Error(), "certificate") || len(f.all()) != 0 {
		t.Errorf("%v, %d requests", err, len(f.all()))
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "5": 5 * time.Second, "-5": 0, "x": 0, "99999999999999999999": 0, "9999999": 24 * time.Hour,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
		"Fri, 02 Jan 2099 03:04:00 GMT": 24 * time.Hour,
	} {
		if got := retryAfter(http.Header{"Retry-After": {v}}, now); got != want {
			t.Errorf("%q: %v, want %v", v, got, want)
		}
	}
}
