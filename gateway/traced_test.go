package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mapigate/mapigate/gateway"
)

// Mail that never is in the queue has its trace, too: of the mail, and of the attempt for which the client waits. Traces can be switched
// on while the gateway runs.
func TestSynchronousMailIsTraced(t *testing.T) {
	var mu sync.Mutex
	names, traces := []string{}, map[string]bool{}
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var req collector.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(body, &req) != nil {
			t.Errorf("the collector got %q, %v", body, err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range req.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					names = append(names, span.Name)
					traces[string(span.TraceId)] = true
				}
			}
		}
	}))
	defer sink.Close()
	w := newReloadWorld(t)
	w.start(w.calm(), gateway.Options{})
	// Without grace the watch of the same mailbox may take the mail between its saving and its submission.
	w.apply(w.with("grace: 0s", "grace: 5s", "listeners:\n", "tracing: {endpoint: \""+sink.URL+"\"}\nlisteners:\n"+
		`  - {name: now, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8], synchronous: true}`+"\n"))
	if err := w.send(w.dial("now"), "At once", "alice@example.test"); err != nil {
		t.Fatal(err)
	}
	w.stop()
	mu.Lock()
	defer mu.Unlock()
	for _, name := range []string{"mail", "deliver"} {
		if !slices.Contains(names, name) {
			t.Errorf("no span %q in %q", name, names)
		}
	}
	if len(traces) != 1 {
		t.Errorf("%d traces of one mail", len(traces))
	}
}
