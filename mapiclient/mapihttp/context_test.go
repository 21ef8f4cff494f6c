package mapihttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

func TestContext(t *testing.T) {
	f := newFake(t)
	x := f.connect(f.config())
	want := ContextInfo{PollsMax: time.Minute, RetryCount: 6, RetryDelay: 10 * time.Second, DNPrefix: "/o=A", DisplayName: "User"}
	if x.Info() != want {
		t.Errorf("Connect told %+v, want %+v", x.Info(), want)
	}
	for i := range 5 {
		exec(t, x, fmt.Sprint("payload ", i))
	}
	if err := x.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := time.Until(x.Expires()); d < 14*time.Minute || d > 15*time.Minute {
		t.Errorf("expires in %v, want 15 minutes", d)
	}
	if x.ServerApplication() != "Exchange/15.20.0.0" {
		t.Errorf("server %q", x.ServerApplication())
	}
	if err := x.Disconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	var lost *ContextLostError
	if _, err := x.Execute(t.Context(), nil, ExecuteOptions{}); !errors.As(err, &lost) || !errors.Is(err, ErrClosed) {
		t.Errorf("Execute after Disconnect: %v", err)
	}
	if n := f.connections(); n != 1 {
		t.Errorf("%d connections for requests one after another, want 1", n)
	}
}

// TestRequestHeaders checks every header of a conversation. [MS-OXCMAPIHTTP] 2.2.3.3
func TestRequestHeaders(t *testing.T) {
	f := newFake(t)
	client := f.client(f.config())
	for range 2 {
		x, err := client.Connect(t.Context(), "/o=A/cn=user", ConnectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		exec(t, x, "a")
		if err := x.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	guid := `\{[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}\}`
	id, info := regexp.MustCompile("^("+guid+"):([0-9]+)$"), regexp.MustCompile("^("+guid+"):([0-9]+)$")
	var ids, infos []string
	for i, r := range f.all() {
		h := r.header
		m, n := id.FindStringSubmatch(h.Get("X-RequestId")), info.FindStringSubmatch(h.Get("X-ClientInfo"))
		if m == nil || n == nil {
			t.Fatalf("X-RequestId %q, X-ClientInfo %q", h.Get("X-RequestId"), h.Get("X-ClientInfo"))
		}
		ids, infos = append(ids, m[1]), append(infos, n[0])
		if want := fmt.Sprint(i%3 + 1); m[2] != want {
			t.Errorf("request %d is numbered %s, want %s", i, m[2], want)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/mapi-http", "X-ClientApplication": DefaultClientApplication,
			"User-Agent": DefaultUserAgent, "Content-Length": fmt.Sprint(len(r.body)), "Transfer-Encoding": "",
			"Accept-Encoding": "", "X-DeviceInfo": "",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", r.kind, name, h.Get(name), want)
			}
		}
		if r.kind == "PING" && len(r.body) != 0 {
			t.Errorf("PING has a body")
		}
	}
	if ids[0] != ids[2] || ids[0] == ids[3] || infos[0] != infos[2] || infos[0] == infos[3] ||
		infos[0][:38] != infos[3][:38] {
		t.Errorf("X-RequestId %v, X-ClientInfo %v", ids, infos)
	}
}

// TestCookies shows that the full current set is returned, and never another context's.
func TestCookies(t *testing.T) {
	f := newFake(t)
	f.onExecute(func(w http.ResponseWriter, r *http.Request) {
		switch f.count("Execute") {
		case 1:
			w.Header().Add("Set-Cookie", "extra=1")
			w.Header().Add("Set-Cookie", "sequence=2")
		case 2:
			w.Header().Add("Set-Cookie", "extra=; Max-Age=0")
			w.Header().Add("Set-Cookie", "sequence=3")
		}
		reply(w, r, &frame.ExecuteResponse{RopBuffer: ropBuffer(nil)})
	})
	client := f.client(f.config())
	var contexts []*Context
	for range 2 {
		x, err := client.Connect(t.Context(), "/o=A", ConnectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		contexts = append(contexts, x)
	}
	for _, x := range []*Context{contexts[0], contexts[0], contexts[0], contexts[1]} {
		if _, err := x.Execute(t.Context(), nil, ExecuteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	const backEnd = "; X-BackEndCookie=S-1-5=u56Lnp2ejJqBzZ=="
	want := []string{"", "", "sid=s1; sequence=1" + backEnd, "sid=s1; sequence=2" + backEnd + "; extra=1",
		"sid=s1; sequence=3" + backEnd, "sid=s2; sequence=1" + backEnd}
	var got []string
	for _, r := range f.all() {
		got = append(got, r.header.Get("Cookie"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("cookies\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTooManyCookies(t *testing.T) {
	f := newFake(t)
	f.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		for i := range maxCookies + 1 {
			w.Header().Add("Set-Cookie", fmt.Sprintf("c%d=x", i))
		}
		reply(w, r, &frame.ConnectResponse{})
		return true
	})
	_, err := f.client(f.config()).Connect(t.Context(), "/o=A", ConnectOptions{})
	var malformed *AnswerError
	if !errors.As(err, &malformed) {
		t.Errorf("%v, want an *AnswerError", err)
	}
}

// TestReplace shows that a Connect can pass the cookies of a lost context.
// [MS-OXCMAPIHTTP] 3.1.7
func TestReplace(t *testing.T) {
	f := newFake(t)
	client := f.client(f.config())
	old, err := client.Connect(t.Context(), "/o=A", ConnectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := client.Connect(t.Context(), "/o=A", ConnectOptions{Replaces: old})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.all()[1].header.Get("Cookie"); !strings.Contains(got, "sid=s1; sequence=1") {
		t.Errorf("the second Connect has the cookies %q", got)
	}
	exec(t, x, "new")
	if _, err := old.Execute(t.Context(), nil, ExecuteOptions{}); err == nil {
		t.Error("the old context still works")
	}
}

// TestOneAtATime starts many Executes at once: the fake refuses any that is out
// of sequence.
func TestOneAtATime(t *testing.T) {
	f := newFake(t)
	x := f.connect(f.config())
	var busy atomic.Int32
	f.setFault(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if busy.Add(1) > 1 {
			t.Error("two requests at once")
		}
		time.Sleep(2 * time.Millisecond)
		busy.Add(-1)
		return false
	})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if i%5 == 0 {
				if err := x.Ping(t.Context()); err != nil {
					t.Error(err)
				}
			} else if _, err := x.Execute(t.Context(), []byte("a"), ExecuteOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := f.count("Execute"); n != 16 {
		t.Errorf("%d Executes, want 16", n)
	}
}

// TestWaitForTurn gives up waiting for another request: nothing is sent and nothing lost.
func TestWaitForTurn(t *testing.T) {
	f := newFake(t)
	x := f.connect(f.config())
	hold := make(chan struct{})
	f.onExecute(func(w http.ResponseWriter, r *http.Request) {
		<-hold
		f.execute(w, r, f.sessions[cookie(r, "sid")], f.all()[1].body)
	})
	first := make(chan error, 1)
	go func() {
		_, err := x.Execute(t.Context(), []byte("first"), ExecuteOptions{})
		first <- err
	}()
	for f.count("Execute") == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := x.Execute(ctx, []byte("second"), ExecuteOptions{})
	var unsent *SendError
	if !errors.As(err, &unsent) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want a *SendError because of the deadline", err)
	}
	close(hold)
	if err := <-first; err != nil {
		t.Error(err)
	}
	f.setFault(nil)
	exec(t, x, "third")
	if got := f.ran(); got != "first,third" {
		t.Errorf("executed %s", got)
	}
}

func TestNotificationWait(t *testing.T) {
	f := newFake(t)
	tell := make(chan bool)
	f.wait = func(context.Context) bool { return <-tell }
	x := f.connect(f.config())
	for _, want := range []bool{true, false} {
		got := make(chan bool, 1)
		go func() {
			pending, err := x.NotificationWait(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- pending
		}()
		exec(t, x, "beside it")
		exec(t, x, "and again")
		tell <- want
		if pending := <-got; pending != want {
			t.Errorf("pending %v, want %v", pending, want)
		}
	}
	if n := f.connections(); n > 2 {
		t.Errorf("%d connections, want one for Execute and one for NotificationWait", n)
	}
}

// TestNotificationWaitLimit ends a wait that the server does not end, as
// gromox 3.10 may not: the context goes on.
func TestNotificationWaitLimit(t *testing.T) {
	f := newFake(t)
	f.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Header.Get("X-RequestType") != "NotificationWait" {
			return false
		}
		headers(w, r)
		_, _ = w.Write([]byte("PROCESSING\r\n"))
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte("PENDING"))
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
		return true
	})
	c := f.config()
	c.WaitTimeout = 50 * time.Millisecond
	x := f.connect(c)
	if pending, err := x.NotificationWait(t.Context()); pending || err != nil {
		t.Errorf("%v, %v, want false and no error", pending, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.NotificationWait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	exec(t, x, "goes on")
}

func TestExecuteOptions(t *testing.T) {
	f := newFake(t)
	x := f.connect(f.config())
	var got frame.ExecuteRequest
	many := make([][]byte, frame.MaxPayloads)
	many[1] = []byte("two")
	f.setFault(func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		if err := unmarshal(body, &got); err != nil {
			t.Error(err)
		}
		reply(w, r, &frame.ExecuteResponse{RopBuffer: ropBuffer(many...)})
		return true
	})
	for _, c := range []struct {
		o     ExecuteOptions
		flags frame.ExecuteFlags
		max   uint32
	}{
		{ExecuteOptions{}, 3, 0x40000}, {ExecuteOptions{Chain: true, MaxOut: 70000}, 7, 70000},
		{ExecuteOptions{MaxOut: 1}, 3, 8}, {ExecuteOptions{MaxOut: 1 << 30}, 3, 0x40000},
	} {
		out, err := x.Execute(t.Context(), []byte("x"), c.o)
		if err != nil || len(out) != frame.MaxPayloads || string(out[1]) != "two" {
			t.Fatalf("%d payloads, %v", len(out), err)
		}
		if got.Flags != c.flags || got.MaxRopOut != c.max {
			t.Errorf("%+v: flags %d, MaxRopOut %d, want %d, %d", c.o, got.Flags, got.MaxRopOut, c.flags, c.max)
		}
	}
	n := f.count("Execute")
	if _, err := x.Execute(t.Context(), make([]byte, frame.MaxPayload+1), ExecuteOptions{}); !errors.Is(err, frame.ErrTooLarge) {
		t.Errorf("payload too large: %v", err)
	}
	if f.count("Execute") != n || x.Lost() != nil {
		t.Error("a payload that is too large was sent, or harmed the context")
	}
}

// TestDefiniteRefusals checks answers by which the server says no and after
// which the context stands.
func TestDefiniteRefusals(t *testing.T) {
	f := newFake(t)
	x := f.connect(f.config())
	f.onExecute(func(w http.ResponseWriter, r *http.Request) {
		reply(w, r, &frame.ExecuteResponse{StatusCode: 0x47D})
	})
	_, err := x.Execute(t.Context(), nil, ExecuteOptions{})
	var status *StatusError
	if !errors.As(err, &status) || !errors.Is(err, mapi.ErrorCode(0x47D)) || x.Lost() != nil {
		t.Errorf("StatusCode: %v, lost %v", err, x.Lost())
	}
	f.onExecute(func(w http.ResponseWriter, r *http.Request) {
		reply(w, r, &frame.ExecuteResponse{ErrorCode: 0x4B6})
	})
	_, err = x.Execute(t.Context(), nil, ExecuteOptions{})
	var code *mapi.Error
	if !errors.As(err, &code) || code.Op != "Execute" || code.Code != 0x4B6 || x.Lost() != nil {
		t.Errorf("ErrorCode: %v, lost %v", err, x.Lost())
	}
	f.setFault(nil)
	exec(t, x, "goes on")
}

func TestConnectRefused(t *testing.T) {
	f := newFake(t)
	f.setFault(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		reply(w, r, &frame.ConnectResponse{ErrorCode: 0x3F2})
		return true
	})
	_, err := f.client(f.config()).Connect(t.Context(), "/o=A", ConnectOptions{})
	var code *mapi.Error
	if !errors.As(err, &code) || code.Code != 0x3F2 {
		t.Errorf("%v, want a *mapi.Error of 0x3F2", err)
	}
}

// TestObserve shows that observers see requests and answers and no password.
func TestObserve(t *testing.T) {
	f := newFake(t)
	var seen []Exchange
	c := f.config()
	c.Observe = func(x Exchange) { seen = append(seen, x) }
	exec(t, f.connect(c), "unread")
	if len(seen) != 2 || seen[1].Status != 200 || seen[1].Request != nil || seen[1].Answer != nil {
		t.Errorf("without ObserveBodies: %+v", seen)
	}
	seen, f = nil, newFake(t)
	c.URL, c.ObserveBodies = f.config().URL, true
	c.TLS = f.config().TLS
	x := f.connect(c)
	exec(t, x, "watched")
	if len(seen) != 2 || seen[0].Type != "Connect" || seen[1].Type != "Execute" {
		t.Fatalf("seen %+v", seen)
	}
	e := seen[1]
	if e.Status != 200 || e.Err != nil || !strings.HasPrefix(string(e.Answer), "PROCESSING\r\nDONE\r\n") ||
		!strings.Contains(string(e.Request), "watched") || e.AnswerHeader.Get("X-RequestType") != "Execute" || e.Duration <= 0 {
		t.Errorf("seen %+v", e)
	}
	if strings.Contains(fmt.Sprintf("%+v", seen), "Authorization") {
		t.Error("the observer sees Authorization")
	}
	if f.all()[1].header.Get("Authorization") == "" {
		t.Error("nothing was signed in")
	}
}

func TestConfigRefused(t *testing.T) {
	good := newFake(t).config()
	for _, u := range []string{"", "http://example.test/mapi", "https://user:password@example.test/", "https:///mapi", "://"} {
		c := good
		c.URL = u
		if _, err := NewClient(c); err == nil || strings.Contains(err.Error(), ":password@") {
			t.Errorf("URL %q: %v", u, err)
		}
	}
	good.Auth = nil
	if _, err := NewClient(good); err == nil {
		t.Error("a client without a way to sign in")
	}
}
