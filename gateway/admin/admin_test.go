package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// a view is a server on a queue with one mail in it that has been tried once.
type view struct {
	*Server
	checks []Check
	id     mail.ID
	q      *sqlite.Queue
}

func newView(t *testing.T) *view {
	q, err := sqlite.Open(t.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	e := queue.Entry{
		Mail: mail.Mail{Envelope: mail.Envelope{From: "a@here.test", Recipients: []mail.Recipient{{Address: "bob@there.test"}}},
			Source: mail.Source{Kind: "smtp", Name: "apps"}, Subject: "<script>alert(1)</script>", MessageID: "<1@here.test>"},
		Body: strings.NewReader("x"), Legs: []queue.Leg{{Courier: "internet", Route: "internet", Destination: "there.test"}},
	}
	r, err := q.Put(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	b, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: "internet", Worker: "w", Max: 1, Duration: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Report(t.Context(), b.Groups[0], []mail.Outcome{{Code: 451, Detail: "4.1", Text: "no host answered", Remote: "mx.there.test"}}); err != nil {
		t.Fatal(err)
	}
	v := &view{id: r.ID, q: q}
	v.Server, err = New(Options{
		Version: "v1", Queue: q, Checks: func(context.Context) []Check { return v.checks },
		Down: func() map[string][]courier.Down {
			return map[string][]courier.Down{"internet": {{Destination: "there.test", Last: mail.Outcome{Text: "no host answered"}}}}
		},
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("metrics here")) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *view) get(path string, header ...string) (int, string) {
	r := httptest.NewRequest("GET", path, nil)
	if len(header) == 2 {
		r.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	v.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestReady(t *testing.T) {
	v := newView(t)
	v.checks = []Check{{Name: "listener apps", OK: true, Accept: true, Text: ":25"}, {Name: "exchange main", OK: true}}
	if code, body := v.get("/readyz"); code != 200 || body != "ok   queue\nok   listener apps: :25\nok   exchange main\n" {
		t.Errorf("%d %q", code, body)
	}
	v.checks[1] = Check{Name: "exchange main", Text: "does not answer"}
	if code, body := v.get("/readyz"); code != 503 || !strings.Contains(body, "FAIL exchange main: does not answer\n") {
		t.Errorf("%d %q", code, body)
	}
	if code, body := v.get("/readyz/accept"); code != 200 || strings.Contains(body, "exchange") {
		t.Errorf("mail can be taken in: %d %q", code, body)
	}
	v.checks[0].OK = false
	if code, _ := v.get("/readyz/accept"); code != 503 {
		t.Errorf("without a listener: %d", code)
	}
	code, body := v.get("/readyz", "Accept", "application/json")
	var answer struct {
		Ready  bool
		Checks []Check
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || code != 503 || answer.Ready || len(answer.Checks) != 3 {
		t.Errorf("%d %s %v", code, body, err)
	}
}

func TestHealth(t *testing.T) {
	v := newView(t)
	if code, body := v.get("/healthz"); code != 200 || body != "ok\n" {
		t.Errorf("%d %q", code, body)
	}
	v.q.Close()
	if code, _ := v.get("/healthz"); code != 503 {
		t.Errorf("without a queue: %d", code)
	}
	if code, body := v.get("/readyz"); code != 503 || !strings.Contains(body, "FAIL queue") {
		t.Errorf("without a queue: %d %q", code, body)
	}
	if code, _ := v.get("/"); code != 503 {
		t.Errorf("page without a queue: %d", code)
	}
}

func TestAPI(t *testing.T) {
	v := newView(t)
	_, body := v.get("/api/v1/status")
	for _, want := range []string{`"version": "v1"`, `"courier": "internet"`, `"state": "waiting"`, `"destination": "there.test"`} {
		if !strings.Contains(body, want) {
			t.Errorf("status lacks %s:\n%s", want, body)
		}
	}
	_, body = v.get("/api/v1/mails?limit=5&sender=@here.test&state=waiting")
	if !strings.Contains(body, string(v.id)) || !strings.Contains(body, `"text": "no host answered"`) {
		t.Errorf("mails: %s", body)
	}
	if _, body = v.get("/api/v1/mails?sender=@far.test"); strings.Contains(body, string(v.id)) {
		t.Errorf("mails of another sender: %s", body)
	}
	if _, body = v.get("/api/v1/mails/" + string(v.id)); !strings.Contains(body, `"kind": "tried"`) || !strings.Contains(body, `"recipient": "bob@there.test"`) {
		t.Errorf("mail: %s", body)
	}
	for path, want := range map[string]int{
		"/api/v1/mails/06aaaaaaaaaaaaaaaaaa": 404, "/mails/..%2f..%2fetc": 404, "/api/v1/mails?limit=x": 400, "/api/v1/mails?state=x": 400,
		"/nothing": 404, "/metrics": 200,
	} {
		if code, _ := v.get(path); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
	w := httptest.NewRecorder()
	v.ServeHTTP(w, httptest.NewRequest("POST", "/api/v1/mails", nil))
	if w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestPages(t *testing.T) {
	v := newView(t)
	for _, path := range []string{"/", "/mails/" + string(v.id)} {
		code, body := v.get(path)
		if code != 200 || !strings.Contains(body, string(v.id)) || !strings.Contains(body, "bob@there.test") || !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
			t.Errorf("%s: %d\n%s", path, code, body)
		}
		if strings.Contains(body, "<script>") || !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s: a subject became markup", path)
		}
	}
}

func TestServe(t *testing.T) {
	v := newView(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- v.Serve(ctx, l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/healthz")
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	cancel()
	if err := <-done; err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
