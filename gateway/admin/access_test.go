package admin_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/queue"

	"context"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// A proxy is believed from its network alone, and never under a name that somebody pointed here.
func TestProxy(t *testing.T) {
	r := newRig(t, func(o *admin.Options) { o.Access.Proxy = proxyOf("reader") })
	for _, c := range []struct {
		user, groups, remote, host string
		code                       int
	}{
		{"boss", "", "", "", 200}, {"BOSS", "", "", "", 200}, {"x", "staff,admins", "", "", 200}, {"reader", "", "", "", 200},
		{"admins", "", "", "", 403}, {"stranger", "", "", "", 403}, {"", "admins", "", "", 401}, {"boss", "", "10.0.0.1:5", "", 401},
		{"boss", "", "", "evil.test", 421}, {"boss", "", "", "localhost:9125", 200}, {"boss", "", "", "[::1]:9125", 200},
		{strings.Repeat("x", 300), "admins", "", "", 401},
	} {
		h := map[string]string{"X-Forwarded-User": c.user, "X-Forwarded-Groups": c.groups}
		if c.host != "" {
			h["Host"] = c.host
		}
		if w := r.ask(ask{path: api.Prefix + "/status", header: h, remote: c.remote}); w.Code != c.code {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
}

// A browser's own authority changes nothing unless our page asks.
func TestForeignPages(t *testing.T) {
	r := newRig(t, func(o *admin.Options) { o.Access.Anonymous = access.Operator; o.Access.Tokens = nil })
	id := r.put("a@here.test", "One", "away@away.test")
	base := r.serve()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	resp, err := browser.Get(base + api.Prefix + "/session")
	if err != nil {
		t.Fatal(err)
	}
	var s access.State
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil || s.CSRF == "" || s.Role != "operator" {
		t.Fatalf("%+v %v", s, err)
	}
	cookie := resp.Header.Get("Set-Cookie")
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") {
		t.Errorf("cookie %s", cookie)
	}
	hold := func(header map[string]string, client *http.Client) int {
		req, _ := http.NewRequest("POST", base+api.Prefix+"/mails/"+string(id)+"/hold", nil)
		for k, v := range header {
			req.Header.Set(k, v)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for name, h := range map[string]map[string]string{
		"no token": {}, "wrong token": {"X-CSRF-Token": "x"}, "cross site": {"X-CSRF-Token": s.CSRF, "Sec-Fetch-Site": "cross-site"},
		"same site": {"X-CSRF-Token": s.CSRF, "Sec-Fetch-Site": "same-site"}, "old browser": {"X-CSRF-Token": s.CSRF, "Origin": "http://evil.test"},
	} {
		if code := hold(h, browser); code != 403 {
			t.Errorf("%s: %d", name, code)
		}
	}
	if code := hold(map[string]string{"X-CSRF-Token": s.CSRF}, &http.Client{}); code != 403 {
		t.Errorf("without the cookie: %d", code)
	}
	if code := hold(map[string]string{"X-CSRF-Token": s.CSRF, "Sec-Fetch-Site": "same-origin"}, browser); code != 200 {
		t.Errorf("our own page: %d", code)
	}
	if w := r.ask(ask{path: api.Prefix + "/status", header: map[string]string{"Host": "rebound.test"}}); w.Code != 421 {
		t.Errorf("a name that is not ours: %d", w.Code)
	}
}

// A session begins with a token and ends when asked to, or after its time.
func TestSession(t *testing.T) {
	now := time.Now()
	r := newRig(t, func(o *admin.Options) { o.Access.Clock = func() time.Time { return now } })
	base := r.serve()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	do := func(method, path, csrf string, body any) (int, access.State) {
		b, _ := json.Marshal(body)
		req, _ := http.NewRequest(method, base+api.Prefix+path, bytes.NewReader(b))
		req.Header.Set("X-CSRF-Token", csrf)
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var s access.State
		json.NewDecoder(resp.Body).Decode(&s)
		return resp.StatusCode, s
	}
	_, s := do("GET", "/session", "", nil)
	if s.Role != "nothing" || strings.Join(s.Logins, " ") != "token" {
		t.Fatalf("%+v", s)
	}
	if code, _ := do("POST", "/session", s.CSRF, map[string]string{"token": "wrong"}); code != 401 {
		t.Errorf("wrong token: %d", code)
	}
	before := jar.Cookies(mustURL(t, base))[0].Value
	code, in := do("POST", "/session", s.CSRF, map[string]string{"token": readToken})
	if code != 200 || in.Role != "read-only" || in.Name != "viewer" {
		t.Fatalf("%d %+v", code, in)
	}
	if jar.Cookies(mustURL(t, base))[0].Value == before {
		t.Error("the session kept the name that it had before the login")
	}
	if code, _ := do("GET", "/status", "", nil); code != 200 {
		t.Errorf("signed in: %d", code)
	}
	now = now.Add(13 * time.Hour)
	if code, _ := do("GET", "/status", "", nil); code != 401 {
		t.Errorf("after half a day: %d", code)
	}
	now = now.Add(-13 * time.Hour)
	if code, _ := do("DELETE", "/session", in.CSRF, nil); code != 204 {
		t.Errorf("signing out: %d", code)
	}
	if code, _ := do("GET", "/status", "", nil); code != 401 {
		t.Errorf("signed out: %d", code)
	}
}

// Whoever can open the socket is an operator, without any of a browser's tokens, and the story says who.
func TestSocket(t *testing.T) {
	r := newRig(t, nil)
	id := r.put("a@here.test", "One", "away@away.test")
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Skipf("no Unix sockets here: %v", err)
	}
	r.run(func(ctx context.Context) error { return r.ServeSocket(ctx, l) })
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	resp, err := client.Post("http://mapigate"+api.Prefix+"/mails/"+string(id)+"/hold", "application/json", strings.NewReader(`{"reason":"because"}`))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	events, err := r.q.Events(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	last := events[len(events)-1]
	if last.Kind != queue.EventOperator || !strings.Contains(last.Text, "by ") || !strings.Contains(last.Text, ": because") {
		t.Errorf("the story says %+v", last)
	}
}

// Headers that keep foreign content out of the page are on everything.
func TestHeaders(t *testing.T) {
	r := newRig(t, nil)
	for _, path := range []string{"/", api.Prefix + "/session", "/nothing"} {
		h := r.ask(ask{path: path}).Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// Health is open, its reasons are not.
func TestReady(t *testing.T) {
	r := newRig(t, nil)
	r.checks = []api.Check{{Name: "listener apps", OK: true, Accept: true, Text: ":25"}, {Name: "exchange main", Text: "the secret reason"}}
	if w := r.ask(ask{path: "/readyz"}); w.Code != 503 || w.Body.String() != "ok   queue\nok   listener apps\nFAIL exchange main\n" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := r.ask(ask{path: "/readyz", token: readToken}); !strings.Contains(w.Body.String(), "FAIL exchange main: the secret reason\n") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if w := r.ask(ask{path: "/readyz/accept"}); w.Code != 200 || strings.Contains(w.Body.String(), "exchange") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	closed := newRig(t, func(o *admin.Options) { o.OpenMetrics = false })
	for path, want := range map[string]int{"/readyz": 401, "/metrics": 401, "/healthz": 200} {
		if w := closed.ask(ask{path: path}); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if w := closed.ask(ask{path: "/metrics", token: readToken}); w.Code != 200 {
		t.Errorf("metrics with a token: %d", w.Code)
	}
	r.q.Close()
	for path, want := range map[string]int{"/readyz": 503, "/readyz/accept": 503, "/healthz": 200} { // restarting would not bring it back
		if w := r.ask(ask{path: path}); w.Code != want {
			t.Errorf("%s without a queue: %d, want %d", path, w.Code, want)
		}
	}
}
