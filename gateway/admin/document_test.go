package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// A book compares answers with the document.
type book struct {
	*testing.T
	doc    *openapi3.T
	router routers.Router
	seen   map[string]bool // "GET /mails 200"
}

func openBook(t *testing.T) *book {
	doc, err := openapi3.NewLoader().LoadFromData(api.Document)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"message/rfc822", "text/event-stream", "application/yaml", "application/x-tar"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	return &book{t, doc, router, map[string]bool{}}
}

// hold checks that an answer is one that the document allows.
func (b *book) hold(a ask, w *httptest.ResponseRecorder) {
	b.Helper()
	if a.method == "" {
		a.method = "GET"
	}
	req, err := http.NewRequest(a.method, a.path, strings.NewReader(a.body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if strings.Contains(a.path, "/archive") {
		req.Header.Set("Content-Type", "application/x-tar")
	}
	route, params, err := b.router.FindRoute(req)
	if err != nil {
		b.Errorf("%s %s is not in the document: %v", a.method, a.path, err)
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	if w.Code < 300 {
		if err := openapi3filter.ValidateRequest(b.Context(), in); err != nil {
			b.Errorf("%s %s was taken, but the document does not allow it: %v", a.method, a.path, err)
		}
	}
	err = openapi3filter.ValidateResponse(b.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: w.Code, Header: w.Result().Header, Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())), Options: in.Options,
	})
	if err != nil {
		b.Errorf("%s %s answers %d, which the document does not allow: %v\n%s", a.method, a.path, w.Code, err, w.Body)
	}
	b.seen[a.method+" "+route.Path+" "+http.StatusText(w.Code)] = true
}

// Every operation of the document is asked so that it gives every answer that the document names, and nothing else is there.
func TestDocument(t *testing.T) {
	b := openBook(t)
	r := newRig(t, nil)
	waiting := r.put("a@here.test", "<script>alert(1)</script>", "away@away.test", "failed@there.test")
	failed := r.put("b@here.test", "Two", "failed@there.test")
	gone := "06aaaaaaaaaaaaaaaaaa"
	long := `{"reason":"` + strings.Repeat("x", 600) + `"}`
	const v1 = api.Prefix
	op := func(method, path, body string) ask {
		return ask{method: method, path: v1 + path, body: body, token: operatorToken}
	}
	ro := func(method, path, body string) ask {
		return ask{method: method, path: v1 + path, body: body, token: readToken}
	}
	no := func(method, path, body string) ask { return ask{method: method, path: v1 + path, body: body} }
	for _, s := range []struct {
		ask
		code int
	}{
		{no("GET", "/openapi.yaml", ""), 200},
		{no("GET", "/session", ""), 200}, {op("GET", "/session", ""), 200},
		{no("POST", "/session", `{"token":"x"}`), 403}, {op("POST", "/session", `{"token":"`+readToken+`"}`), 200},
		{op("POST", "/session", `{"token":"x"}`), 401}, {op("POST", "/session", `{"key":"x"}`), 400},
		{no("DELETE", "/session", ""), 403}, {op("DELETE", "/session", ""), 204},
		{no("GET", "/status", ""), 401}, {ro("GET", "/status", ""), 200}, {ask{path: v1 + "/status", token: "x"}, 401},
		{ro("GET", "/health", ""), 200}, {no("GET", "/health", ""), 401},
		{ro("GET", "/problems", ""), 200}, {no("GET", "/problems", ""), 401},
		{ro("GET", "/destinations", ""), 200}, {no("GET", "/destinations", ""), 401},
		{ro("GET", "/watches", ""), 200}, {no("GET", "/watches", ""), 401},
		{ro("GET", "/config", ""), 200}, {no("GET", "/config", ""), 401},
		{ro("GET", "/figures", ""), 200}, {no("GET", "/figures", ""), 401}, {no("GET", "/live", ""), 401},
		{ro("GET", "/mails?limit=1&state=waiting&state=failed&sender=@here.test&recipient=@away.test&before=2100-01-01T00:00:00Z&since=2000-01-01T00:00:00Z", ""), 200},
		{ro("GET", "/mails?all=1&courier=internet&destination=there.test", ""), 200}, {no("GET", "/mails", ""), 401},
		{ro("GET", "/mails?limit=x", ""), 400}, {ro("GET", "/mails?state=odd", ""), 400}, {ro("GET", "/mails?before=soon", ""), 400},
		{ro("GET", "/mails/"+string(waiting), ""), 200}, {no("GET", "/mails/"+gone, ""), 401}, {ro("GET", "/mails/"+gone, ""), 404},
		{op("GET", "/mails/"+string(waiting)+"/content", ""), 200}, {ro("GET", "/mails/"+string(waiting)+"/content", ""), 403},
		{no("GET", "/mails/"+gone+"/content", ""), 401}, {op("GET", "/mails/"+gone+"/content", ""), 404},
		{ro("GET", "/trace?q=a@here.test&limit=5", ""), 200}, {ro("GET", "/trace?q=nothing", ""), 200}, {ro("GET", "/trace", ""), 400}, {no("GET", "/trace?q=x", ""), 401},
		{op("POST", "/mails/"+string(waiting)+"/hold", `{"reason":"wait a moment"}`), 200}, {op("POST", "/mails/"+string(waiting)+"/release", ""), 200},
		{op("POST", "/mails/"+string(waiting)+"/retry", "{}"), 200}, {op("POST", "/mails/"+string(failed)+"/release", ""), 409},
		{op("POST", "/mails/"+gone+"/drop", ""), 404}, {op("POST", "/mails/"+gone+"/drop", long), 400}, {op("POST", "/mails/"+gone+"/drop", "["), 400},
		{ro("POST", "/mails/"+string(waiting)+"/drop", ""), 403}, {no("POST", "/mails/"+string(waiting)+"/drop", ""), 403}, {ask{method: "POST", path: v1 + "/mails/" + gone + "/drop", token: "x"}, 401},
		{op("POST", "/actions", `{"action":"hold","filter":{"destination":"away.test","since":"2000-01-01T00:00:00Z"}}`), 200},
		{op("POST", "/actions", `{"action":"hold","filter":{"recipient":"@away.test"},"count":0}`), 409},
		{op("POST", "/actions", `{"action":"hold","filter":{"recipient":"@away.test"},"count":1,"reason":"all of them"}`), 200},
		{op("POST", "/actions", `{"action":"drop","filter":{"ids":["`+gone+`","`+string(waiting)+`"]},"count":2}`), 200},
		{op("POST", "/actions", `{"action":"drop","filter":{"ids":["`+gone+`"]},"count":0}`), 400}, {op("POST", "/actions", `{"action":"eat"}`), 400},
		{op("POST", "/actions", `{"action":"drop","filter":{"states":["delivered"]}}`), 400}, {op("POST", "/actions", `{"action":"drop","filter":{"all":true}}`), 400},
		{ro("POST", "/actions", `{"action":"drop"}`), 403}, {ask{method: "POST", path: v1 + "/actions", token: "x"}, 401},
		{op("POST", "/flush", `{"destination":"away.test"}`), 200}, {op("POST", "/flush", `{"destination":"away.test","courier":"internet"}`), 200},
		{op("POST", "/flush", `{}`), 400}, {op("POST", "/flush", `{"destination":"x","courier":"y"}`), 400}, {ro("POST", "/flush", "{}"), 403}, {ask{method: "POST", path: v1 + "/flush", token: "x"}, 401},
		{op("POST", "/reload", "{}"), 200}, {op("POST", "/reload", `{"x":1}`), 400}, {ro("POST", "/reload", "{}"), 403}, {ask{method: "POST", path: v1 + "/reload", token: "x"}, 401},
	} {
		w := r.ask(s.ask)
		if w.Code != s.code {
			t.Errorf("%s %s: %d, want %d: %s", s.method, s.path, w.Code, s.code, w.Body)
		}
		b.hold(s.ask, w)
	}
	b.holdArchive(r)
	b.holdOthers(r)
	b.complete()
}

// holdOthers asks for answers that need another server than the usual.
func (b *book) holdOthers(r *rig) {
	r.checks = []api.Check{{Name: "exchange main", Text: "401 unauthorized"}}
	ill := ask{path: api.Prefix + "/health", token: readToken}
	b.hold(ill, r.ask(ill))
	weak := ask{path: api.Prefix + "/status"}
	proxied := newRig(b.T, func(o *admin.Options) { o.Access.Proxy = proxyOf("*") })
	weak.header = map[string]string{"X-Forwarded-User": "eve"}
	b.hold(weak, proxied.ask(ask{path: weak.path, header: map[string]string{"X-Forwarded-User": "eve", "Host": "rebound.test"}}))
	nobody := newRig(b.T, func(o *admin.Options) { o.Access.Proxy = proxyOf("alice") })
	b.hold(weak, nobody.ask(weak))
	for _, reload := range []func() (api.Reloaded, error){nil, func() (api.Reloaded, error) {
		return api.Reloaded{}, errors.New("mapigate.yaml:3: hostname: is needed")
	}} {
		a := ask{method: "POST", path: api.Prefix + "/reload", token: operatorToken}
		b.hold(a, newRig(b.T, func(o *admin.Options) { o.API.Reload = reload }).ask(a))
	}
	follow := ask{path: api.Prefix + "/live", token: readToken}
	b.hold(follow, r.follow(follow))
	broken := newRig(b.T, func(o *admin.Options) { o.API.Queue.(*sqlite.Queue).Close() })
	for _, path := range []string{"/mails", "/problems", "/destinations"} {
		a := ask{path: api.Prefix + path, token: readToken}
		w := broken.ask(a)
		for range 100 { // until the list of destinations is known not to be had
			if path != "/destinations" || w.Code != http.StatusOK {
				break
			}
			time.Sleep(50 * time.Millisecond)
			w = broken.ask(a)
		}
		b.hold(a, w)
	}
}

// holdArchive carries the queue into itself, which changes nothing.
func (b *book) holdArchive(r *rig) {
	path := api.Prefix + "/archive"
	for _, a := range []ask{
		{path: path, token: readToken}, {path: path}, {path: path + "?limit=x", token: operatorToken},
		{method: "POST", path: path, token: readToken}, {method: "POST", path: path, token: "x"}, {method: "POST", path: path, body: "no tar", token: operatorToken},
	} {
		b.hold(a, r.ask(a))
	}
	get := ask{path: path + "?all=1", token: operatorToken}
	w := r.ask(get)
	b.hold(get, w)
	put := ask{method: "POST", path: path + "?hold=1", body: w.Body.String(), token: operatorToken}
	again := r.ask(put)
	if b.hold(put, again); !strings.Contains(again.Body.String(), `"repeated": 2`) || !strings.Contains(again.Body.String(), `"stored": 0`) {
		b.Errorf("the queue taken in again: %s", again.Body)
	}
}

func proxyOf(readers string) access.Proxy {
	return access.Proxy{Networks: loopback, UserHeader: "X-Forwarded-User", GroupsHeader: "X-Forwarded-Groups",
		Rights: access.Rights{Operators: []string{"boss", "@admins"}, ReadOnly: []string{readers}}}
}

// follow listens for a while.
func (r *rig) follow(a ask) *httptest.ResponseRecorder {
	req := httptest.NewRequest("GET", a.path, nil)
	req.Header.Set("Authorization", "Bearer "+a.token)
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req.WithContext(ctx))
	return w
}

// complete tells what the document names and no answer was.
func (b *book) complete() {
	for path, item := range b.doc.Paths.Map() {
		for method, op := range item.Operations() {
			for code := range op.Responses.Map() {
				key := method + " " + path + " " + http.StatusText(atoi(code))
				// Too many pages need a hundred open ones; a full disk behind /problems shows as its own check.
				if !b.seen[key] && code != "429" && key != "GET /problems Service Unavailable" {
					b.Errorf("%s %s: the document names %s, but nothing here gives it", method, path, code)
				}
			}
		}
	}
}

func atoi(s string) int {
	n := 0
	json.Unmarshal([]byte(s), &n)
	return n
}

// What is not in the document is not there.
func TestUnknown(t *testing.T) {
	r := newRig(t, nil)
	for path, code := range map[string]int{"/api/v1/nothing": 404, "/api/v2/mails": 404, "/nothing": 404, "/api/v1/mails/x/eat": 404, "/": 200, "/metrics": 200, "/healthz": 200} {
		a := ask{path: path, token: operatorToken}
		if strings.HasSuffix(path, "eat") {
			a.method = "POST"
		}
		if w := r.ask(a); w.Code != code {
			t.Errorf("%s: %d, want %d", path, w.Code, code)
		}
	}
}
