package mapihttp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A fake is a mailbox endpoint with sessions and a strict sequence, which
// echoes the payloads of Execute. Tests put faults before or behind it.
type fake struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	sessions map[string]*fakeSession
	requests []fakeRequest
	executed []string // payloads of Execute, in order
	conns    int

	// fault, if set, may answer a request instead of the fake: it says true then.
	fault func(w http.ResponseWriter, r *http.Request, body []byte) bool
	// wait answers a NotificationWait.
	wait func(ctx context.Context) bool
}

type fakeSession struct{ sequence int }

type fakeRequest struct {
	kind   string
	remote string
	header http.Header
	body   []byte
	cut    bool // the body did not come whole
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, sessions: map[string]*fakeSession{}}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(f.serve))
	f.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			f.mu.Lock()
			f.conns++
			f.mu.Unlock()
		}
	}
	f.Config.ErrorLog = nil
	f.Server.EnableHTTP2 = true // the client must not take it
	f.StartTLS()
	t.Cleanup(func() {
		f.CloseClientConnections()
		f.Close()
	})
	return f
}

// config is that of a client that talks to the fake.
func (f *fake) config() Config {
	return Config{
		URL:  f.URL + "/mapi/emsmdb/?MailboxId=1@example.test",
		Auth: auth.NewBasic(auth.Credentials{User: "user@example.test", Password: auth.NewSecret("secret")}),
		LaneConfig: LaneConfig{
			TLS: &tls.Config{RootCAs: f.roots()}, ConnectTimeout: 10 * time.Second, StallTimeout: 10 * time.Second,
		},
		RequestTimeout: 20 * time.Second,
	}
}

func (f *fake) roots() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(f.Certificate())
	return p
}

func (f *fake) client(c Config) *Client {
	f.t.Helper()
	client, err := NewClient(c)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(client.Close)
	return client
}

// connect gives a context of a client with the given configuration.
func (f *fake) connect(c Config) *Context {
	f.t.Helper()
	x, err := f.client(c).Connect(f.t.Context(), "/o=A/cn=user", ConnectOptions{})
	if err != nil {
		f.t.Fatal(err)
	}
	return x
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	kind := r.Header.Get("X-RequestType")
	f.mu.Lock()
	f.requests = append(f.requests, fakeRequest{kind: kind, remote: r.RemoteAddr, header: r.Header.Clone(), body: body, cut: err != nil})
	fault := f.fault
	f.mu.Unlock()
	if err != nil {
		return // the request did not come whole
	}
	if r.ProtoMajor != 1 || r.TransferEncoding != nil || r.Header.Get("Expect") != "" {
		f.t.Errorf("%s over %s, %v, Expect %q", kind, r.Proto, r.TransferEncoding, r.Header.Get("Expect"))
	}
	if fault != nil && fault(w, r, body) {
		return
	}
	f.dispatch(w, r, kind, body)
}

func (f *fake) dispatch(w http.ResponseWriter, r *http.Request, kind string, body []byte) {
	if kind == "Connect" {
		f.connected(w, r)
		return
	}
	f.mu.Lock()
	session := f.sessions[cookie(r, "sid")]
	inSequence := session != nil && cookie(r, "sequence") == strconv.Itoa(session.sequence)
	f.mu.Unlock()
	switch {
	case session == nil:
		refuse(w, frame.CodeContextNotFound)
	case kind == "PING":
		reply(w, r, nil)
	case kind == "NotificationWait":
		pending := uint32(0)
		if f.wait(r.Context()) {
			pending = 1
		}
		reply(w, r, &frame.NotificationWaitResponse{EventPending: pending})
	case !inSequence:
		refuse(w, frame.CodeInvalidSequence)
	case kind == "Disconnect":
		f.mu.Lock()
		delete(f.sessions, cookie(r, "sid"))
		f.mu.Unlock()
		reply(w, r, &frame.DisconnectResponse{})
	case kind == "Execute":
		f.execute(w, r, session, body)
	default:
		refuse(w, frame.CodeInvalidRequestType)
	}
}

func (f *fake) connected(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	delete(f.sessions, cookie(r, "sid"))
	id := fmt.Sprintf("s%d", len(f.requests))
	f.sessions[id] = &fakeSession{sequence: 1}
	f.mu.Unlock()
	w.Header().Add("Set-Cookie", "sid="+id+"; path=/mapi; secure; HttpOnly")
	w.Header().Add("Set-Cookie", "sequence=1; path=/mapi")
	w.Header().Add("Set-Cookie", "X-BackEndCookie=S-1-5=u56Lnp2ejJqBzZ==; expires=Wed, 01-Jan-2998 00:00:00 GMT")
	reply(w, r, &frame.ConnectResponse{PollsMax: 60000, RetryCount: 6, RetryDelay: 10000, DNPrefix: "/o=A", DisplayName: "User"})
}

// execute runs a request: it echoes its payload.
func (f *fake) execute(w http.ResponseWriter, r *http.Request, s *fakeSession, body []byte) {
	var req frame.ExecuteRequest
	if err := wire.Unmarshal(body, &req); err != nil {
		refuse(w, frame.CodeInvalidRequestBody)
		return
	}
	payloads, err := frame.Payloads(req.RopBuffer, frame.MaxRopBuffer)
	if err != nil || len(payloads) != 1 {
		f.t.Errorf("RopBuffer with %d payloads: %v", len(payloads), err)
	}
	f.mu.Lock()
	f.executed = append(f.executed, string(payloads[0]))
	s.sequence++
	next := s.sequence
	f.mu.Unlock()
	w.Header().Add("Set-Cookie", fmt.Sprintf("sequence=%d; path=/mapi", next))
	reply(w, r, &frame.ExecuteResponse{RopBuffer: ropBuffer(payloads...)})
}

func ropBuffer(payloads ...[]byte) []byte {
	b, err := frame.AppendPayloads(nil, payloads, frame.XorMagic)
	if err != nil {
		panic(err)
	}
	return b
}

func cookie(r *http.Request, name string) string {
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

// headers sets those of a good answer.
func headers(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for _, name := range []string{"X-RequestType", "X-RequestId", "X-ClientInfo"} {
		h.Set(name, r.Header.Get(name))
	}
	h.Set("Content-Type", frame.ContentType)
	h.Set("X-ResponseCode", "0")
	h.Set("X-ExpirationInfo", "900000")
	h.Set("X-ServerApplication", "Exchange/15.20.0.0")
}

// reply writes a whole good answer.
func reply(w http.ResponseWriter, r *http.Request, body wire.Coder) {
	headers(w, r)
	_, _ = w.Write(answerBody(body))
}

func answerBody(body wire.Coder) []byte {
	var b bytes.Buffer
	tags := frame.NewTagWriter(&b, time.Now())
	_ = tags.Processing()
	_ = tags.Done(time.Now(), frame.CodeSuccess)
	if body != nil {
		payload, err := wire.Marshal(body)
		if err != nil {
			panic(err)
		}
		b.Write(payload)
	}
	return b.Bytes()
}

func refuse(w http.ResponseWriter, code frame.ResponseCode) {
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("X-ResponseCode", strconv.Itoa(int(code)))
	w.Header().Set("X-FEServer", "FRONT1")
	_, _ = io.WriteString(w, "<html><body><h1>MAPI error</h1></body></html>")
}

// raw takes the connection away from the server, writes text and closes it.
func raw(w http.ResponseWriter, text string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, text)
	_ = conn.Close()
}

// count tells how many requests of a kind came.
func (f *fake) count(kind string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.requests {
		if r.kind == kind {
			n++
		}
	}
	return n
}

func (f *fake) setFault(fault func(w http.ResponseWriter, r *http.Request, body []byte) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// onExecute is a fault at every Execute.
func (f *fake) onExecute(fault func(w http.ResponseWriter, r *http.Request)) {
	f.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Header.Get("X-RequestType") != "Execute" {
			return false
		}
		fault(w, r)
		return true
	})
}

func (f *fake) all() []fakeRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]fakeRequest(nil), f.requests...)
}

func (f *fake) connections() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.conns
}

func (f *fake) ran() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.executed, ",")
}

// exec runs an Execute that must succeed.
func exec(t *testing.T, x *Context, payload string) {
	t.Helper()
	out, err := x.Execute(t.Context(), []byte(payload), ExecuteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 1 || string(out[0]) != payload {
		t.Fatalf("answer %q, want %q", out, payload)
	}
}
