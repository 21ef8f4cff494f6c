package gateway_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// get asks the operator's view.
func (w *world) get(path string) (int, string) {
	w.Helper()
	resp, err := http.Get("http://" + w.gateway.Admin().String() + path)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// until asks until the answer is the one that is wanted.
func (w *world) until(path string, code int, text string) {
	w.Helper()
	var got int
	var body string
	for range 300 {
		if got, body = w.get(path); got == code && strings.Contains(body, text) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.Errorf("%s: %d\n%s\nwant %d with %q", path, got, body, code, text)
}

func TestOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.until("/healthz", 200, "ok")
	w.until("/readyz", 200, "ok   watch robot@example.test")
	if err := w.send("robot@example.test", []string{"alice@example.test"}, "From: robot@example.test\nSubject: Seen\n\nx\n"); err != nil {
		t.Fatal(err)
	}
	w.inbox("alice", "Seen")
	w.until("/metrics", 200, "\nmapigate_mails_accepted_total{listener=\"apps\"} 1\n")
	w.until("/metrics", 200, "\nmapigate_delivery_attempts_total{courier=\"exchange/main\",verdict=\"delivered\"} 1\n")
	w.until("/metrics", 200, "\nmapigate_outbox_watched{group=\"main/outbox\"} 1\n")
	w.until("/", 200, "<title>Mapigate</title>")
	w.until("/api/v1/mails?all=1", 200, "alice@example.test")

	w.exchange.Faults().Add(mapitest.Fault{At: mapitest.AnyRequest(), HTTPStatus: 503, Times: -1})
	if err := w.send("robot@example.test", []string{"alice@example.test"}, "From: robot@example.test\nSubject: Later\n\nx\n"); err != nil {
		t.Fatal(err)
	}
	w.until("/readyz", 503, "FAIL exchange main")
	w.until("/readyz/accept", 200, "ok   listener apps")
	w.until("/metrics", 200, "\nmapigate_destinations_down{courier=\"exchange/main\"} 1\n")
}
