package mapitest_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// TestHeaders sends Connects with one thing wrong each.
func TestHeaders(t *testing.T) {
	s := server(t)
	without := func(name string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(name) } }
	with := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	body := func(b []byte) func(*http.Request) {
		return func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b)) }
	}
	tests := []struct {
		name   string
		change func(*http.Request)
		status int
		code   frame.ResponseCode
	}{
		{"good", func(*http.Request) {}, 200, frame.CodeSuccess},
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, 200, frame.CodeInvalidVerb},
		{"no X-RequestType", without(frame.HeaderRequestType), 200, frame.CodeMissingHeader},
		{"no X-RequestId", without(frame.HeaderRequestID), 200, frame.CodeMissingHeader},
		{"no X-ClientInfo", without(frame.HeaderClientInfo), 200, frame.CodeMissingHeader},
		{"no X-ClientApplication", without(frame.HeaderClientApplication), 200, frame.CodeMissingHeader},
		{"no Content-Type", without("Content-Type"), 200, frame.CodeMissingHeader},
		{"wrong Content-Type", with("Content-Type", "application/octet-stream"), 200, frame.CodeInvalidHeader},
		{"X-RequestId without a number", with(frame.HeaderRequestID, "{E2EA6C1C-E61B-49E9-9CFB-38184F907552}"), 200, frame.CodeInvalidHeader},
		{"X-RequestId without braces", with(frame.HeaderRequestID, "E2EA6C1C-E61B-49E9-9CFB-38184F907552:1"), 200, frame.CodeInvalidHeader},
		{"X-ClientInfo of another form", with(frame.HeaderClientInfo, "me"), 200, frame.CodeInvalidHeader},
		{"X-ClientApplication of another form", with(frame.HeaderClientApplication, "Outlook"), 200, frame.CodeInvalidHeader},
		{"unknown type", with(frame.HeaderRequestType, "Dance"), 200, frame.CodeInvalidRequestType},
		{"type of the other endpoint", with(frame.HeaderRequestType, string(frame.Bind)), 200, frame.CodeInvalidRequestType},
		{"type in the wrong case", with(frame.HeaderRequestType, "connect"), 200, frame.CodeInvalidRequestType},
		{"no MailboxId", func(r *http.Request) { r.URL.RawQuery = "" }, 400, 0},
		{"unknown MailboxId", func(r *http.Request) { r.URL.RawQuery = "MailboxId=00000000-0000-0000-0000-000000000000@example.test" }, 404, 0},
		{"wrong path", func(r *http.Request) { r.URL.Path = "/mapi/other/" }, 404, 0},
		{"chunked and anonymous", func(r *http.Request) { r.ContentLength = -1; r.Header.Del("Authorization") }, 411, 0},
		{"chunked", func(r *http.Request) { r.ContentLength = -1 }, 411, 0},
		{"too large", body(make([]byte, frame.MaxRopBuffer+frame.MaxAux+65)), 200, frame.CodeTooLarge},
		{"no body", func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 }, 200, frame.CodeInvalidRequestBody},
		{"no AuxSize", body(append([]byte("/o=x\x00"), make([]byte, 16)...)), 200, frame.CodeInvalidRequestBody},
		{"something behind", body(append([]byte("/o=x\x00"), make([]byte, 21)...)), 200, frame.CodeInvalidRequestBody},
		{"wrong password", func(r *http.Request) { r.SetBasicAuth("anna", "guess") }, 401, 0},
		{"anonymous", without("Authorization"), 401, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, s, "anna", "anna")
			b, err := wire.Marshal(c.connectRequest())
			if err != nil {
				t.Fatal(err)
			}
			r := c.request(frame.Connect, b)
			test.change(r)
			a, err := c.do(r)
			if err != nil {
				t.Fatal(err)
			}
			if a.status != test.status || a.code != test.code {
				t.Errorf("HTTP %d, response code %v; want %d, %v", a.status, a.code, test.status, test.code)
			}
			if a.code != 0 && a.header.Get("Content-Type") != "text/html" {
				t.Errorf("a refusal has Content-Type %q", a.header.Get("Content-Type"))
			}
		})
	}
}

// TestAnswerForm checks what every good answer has.
func TestAnswerForm(t *testing.T) {
	s := server(t)
	c := dial(t, s, "anna", "anna")
	var resp frame.ConnectResponse
	a := c.must(frame.Connect, c.connectRequest(), &resp)
	for name, want := range map[string]string{
		frame.HeaderRequestType: "Connect", frame.HeaderRequestID: c.guid + ":1", frame.HeaderClientInfo: c.guid + ":1",
		frame.HeaderResponseCode: "0", frame.HeaderPendingPeriod: "30000", frame.HeaderExpirationInfo: "300000",
		frame.HeaderServerApplication: "Exchange/15.02.2562.045",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(a.tags) != 2 || a.tags[0] != frame.Processing || a.tags[1] != frame.Done {
		t.Errorf("tags are %v", a.tags)
	}
	if a.late.Get(frame.HeaderElapsedTime) == "" || a.late.Get(frame.HeaderStartTime) == "" {
		t.Errorf("late headers are %v", a.late)
	}
	if resp.DisplayName != "Anna Ärmel" || !strings.HasPrefix(c.dn, resp.DNPrefix) || resp.PollsMax == 0 || resp.RetryCount == 0 {
		t.Errorf("answer is %+v", resp)
	}
}

// TestConnectRefused checks that a Connect refused by the store is taken by the
// transport.
func TestConnectRefused(t *testing.T) {
	s := server(t)
	if _, err := s.AddUser(mapitest.User{Name: "out", Address: "out@example.test", Password: "secret", Disabled: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.Mailbox("otto").Grant("anna", mapitest.FullAccess); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, user, mailbox string
		change              func(*frame.ConnectRequest)
		want                mapi.ErrorCode
	}{
		{"own", "anna", "anna", nil, 0},
		{"granted", "anna", "otto", nil, 0},
		{"not granted", "otto", "anna", nil, mapi.ErrLoginPerm},
		{"unknown DN", "anna", "anna", func(r *frame.ConnectRequest) { r.UserDN += "x" }, mapi.ErrUnknownUser},
		{"address instead of DN", "anna", "anna", func(r *frame.ConnectRequest) { r.UserDN = "anna@example.test" }, mapi.ErrUnknownUser},
		{"code page of UTF-16", "anna", "anna", func(r *frame.ConnectRequest) { r.CodePage = 1200 }, mapi.ErrUnknownCodePage},
		{"admin flag without the right", "anna", "anna", func(r *frame.ConnectRequest) { r.Flags = frame.ConnectAdmin }, mapi.ErrLoginPerm},
		{"admin", "boss", "anna", func(r *frame.ConnectRequest) { r.Flags = frame.ConnectAdmin }, 0},
		{"admin without the flag", "boss", "anna", nil, mapi.ErrLoginPerm},
		{"disabled", "out", "out", nil, mapi.ErrAccountDisabled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, s, test.user, test.mailbox)
			q := c.connectRequest()
			if test.change != nil {
				test.change(q)
			}
			var resp frame.ConnectResponse
			c.must(frame.Connect, q, &resp)
			if got := mapi.ErrorCode(resp.ErrorCode); got != test.want || resp.StatusCode != 0 {
				t.Errorf("error %v, status 0x%X; want %v", got, resp.StatusCode, test.want)
			}
			if (len(c.cookies) > 0) != (test.want == 0) {
				t.Errorf("cookies are %v", c.cookies)
			}
		})
	}
}

// TestCookies breaks the rules of the session context one by one.
func TestCookies(t *testing.T) {
	s := server(t)
	empty, err := rop.NewBatch(0).Encode()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*client)
		want   frame.ResponseCode
	}{
		{"none", func(*client) {}, 0},
		{"no cookies", func(c *client) { clear(c.cookies) }, frame.CodeMissingCookie},
		{"no sequence", func(c *client) { delete(c.cookies, "MapiSequence") }, frame.CodeMissingCookie},
		{"no routing", func(c *client) { delete(c.cookies, "X-BackEndCookie") }, frame.CodeContextNotFound},
		{"malformed context", func(c *client) { c.cookies["MapiContext"] = "x" }, frame.CodeInvalidContextCookie},
		{"unknown context", func(c *client) { c.cookies["MapiContext"] = strings.Repeat("A", len(c.cookies["MapiContext"])) }, frame.CodeContextNotFound},
		{"wrong sequence", func(c *client) { c.cookies["MapiSequence"] = strings.Repeat("A", len(c.cookies["MapiSequence"])) }, frame.CodeInvalidSequence},
		{"another identity", func(c *client) { c.user = "boss" }, frame.CodeContextNotFound},
		{"another mailbox", func(c *client) { c.url = s.Mailbox("otto").URL() }, frame.CodeContextNotFound},
		{"another request GUID", func(c *client) { c.guid = "{E2EA6C1C-E61B-49E9-9CFB-38184F907552}" }, frame.CodeInvalidHeader},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := open(t, s, "anna")
			test.change(c)
			_, err := c.execute(empty)
			if got := responseCode(t, err); got != test.want {
				t.Errorf("response code %v, want %v", got, test.want)
			}
		})
	}
}

func responseCode(t testing.TB, err error) frame.ResponseCode {
	t.Helper()
	if err == nil {
		return 0
	}
	e, ok := err.(*transportError)
	if !ok {
		t.Fatal(err)
	}
	return e.code
}

// TestSequence checks that every answer moves the sequence on, that an old
// sequence is refused, and that Connect with old cookies ends the old context.
func TestSequence(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	empty, _ := rop.NewBatch(0).Encode()
	before := c.cookies["MapiSequence"]
	if _, err := c.execute(empty); err != nil {
		t.Fatal(err)
	}
	now := c.cookies["MapiSequence"]
	if now == before {
		t.Error("the sequence cookie did not change")
	}
	c.cookies["MapiSequence"] = before
	_, err := c.execute(empty)
	if got := responseCode(t, err); got != frame.CodeInvalidSequence {
		t.Errorf("a repeated request: response code %v", got)
	}
	c.cookies["MapiSequence"] = now
	if _, err := c.execute(empty); err != nil {
		t.Errorf("the context is lost after a request out of sequence: %v", err)
	}

	old := map[string]string{}
	for k, v := range c.cookies {
		old[k] = v
	}
	c.connect()
	c.cookies = old
	_, err = c.execute(empty)
	if got := responseCode(t, err); got != frame.CodeContextNotFound {
		t.Errorf("the old context after a new Connect: response code %v", got)
	}
}

// TestOneAtATime sends a second Execute while the first one runs.
func TestOneAtATime(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	empty, _ := rop.NewBatch(0).Encode()
	fault := s.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.GetStoreState), Delay: 2 * time.Second})
	second := *c
	second.cookies = map[string]string{}
	for k, v := range c.cookies {
		second.cookies[k] = v
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := rop.NewBatch(0)
		rop.Add(b, b.Use(c.logon), &rop.GetStoreStateRequest{})
		if err := c.try(b); err != nil {
			t.Error(err)
		}
	}()
	for fault.Fired() == 0 {
		time.Sleep(time.Millisecond)
	}
	_, err := second.execute(empty)
	if got := responseCode(t, err); got != frame.CodeInvalidSequence {
		t.Errorf("a second Execute: response code %v, want %v", got, frame.CodeInvalidSequence)
	}
	<-done
}

// TestPing checks that PING has no bodies and keeps the session.
func TestPing(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	if a := c.must(frame.Ping, nil, nil); len(a.body) != 0 {
		t.Errorf("PING answered with %d bytes", len(a.body))
	}
	a, err := c.do(c.request(frame.Ping, []byte{0, 0, 0, 0}))
	if err != nil || a.code != frame.CodeInvalidRequestBody {
		t.Errorf("PING with a body: %v, %v", a, err)
	}
	c.cookies = map[string]string{}
	if a, err := c.send(frame.Ping, nil, nil); err != nil || a.code != frame.CodeMissingCookie {
		t.Errorf("PING without cookies: %v, %v", a, err)
	}
}

// TestExpiry lets a session idle too long.
func TestExpiry(t *testing.T) {
	now := time.Now()
	clock := make(chan time.Time, 1)
	clock <- now
	s := server(t, mapitest.Options{Now: func() time.Time {
		v := <-clock
		clock <- v
		return v
	}})
	advance := func(d time.Duration) { clock <- (<-clock).Add(d) }
	c := open(t, s, "anna")
	empty, _ := rop.NewBatch(0).Encode()
	for range 3 {
		advance(10 * time.Minute)
		if _, err := c.send(frame.Ping, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.execute(empty); err != nil {
		t.Errorf("PING did not keep the session: %v", err)
	}
	advance(16 * time.Minute)
	_, err := c.execute(empty)
	if got := responseCode(t, err); got != frame.CodeContextNotFound {
		t.Errorf("after 16 idle minutes: response code %v", got)
	}
}

// TestExpireSessions ends the sessions of one mailbox.
func TestExpireSessions(t *testing.T) {
	s := server(t)
	anna, otto := open(t, s, "anna"), open(t, s, "otto")
	s.ExpireSessions("anna@example.test")
	empty, _ := rop.NewBatch(0).Encode()
	_, err := anna.execute(empty)
	if got := responseCode(t, err); got != frame.CodeContextNotFound {
		t.Errorf("anna: response code %v", got)
	}
	if _, err := otto.execute(empty); err != nil {
		t.Errorf("otto: %v", err)
	}
}

// TestSessionLimit opens more sessions than a user may have.
func TestSessionLimit(t *testing.T) {
	s := server(t, mapitest.Options{Limits: mapitest.Limits{Sessions: 2}})
	for i := range 3 {
		c := dial(t, s, "anna", "anna")
		var resp frame.ConnectResponse
		c.must(frame.Connect, c.connectRequest(), &resp)
		if refused := mapi.ErrorCode(resp.ErrorCode) == mapi.ErrTooManySessions; refused != (i == 2) {
			t.Errorf("session %d: error 0x%X", i+1, resp.ErrorCode)
		}
	}
}

// TestDisconnect ends a session.
func TestDisconnect(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	var resp frame.DisconnectResponse
	c.must(frame.Disconnect, &frame.DisconnectRequest{}, &resp)
	a, err := c.send(frame.Disconnect, &frame.DisconnectRequest{}, nil)
	if err != nil || a.code != frame.CodeContextNotFound {
		t.Errorf("a second Disconnect: %+v, %v", a, err)
	}
}
