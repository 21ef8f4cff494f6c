package tracing

import (
	"compress/gzip"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A sink takes what a collector would.
type sink struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*otlp.Span
}

func newSink(t *testing.T) *sink {
	s := &sink{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			in = z
		}
		b, err := io.ReadAll(in)
		var req collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(b, &req)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, rs := range req.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				s.spans = append(s.spans, ss.Spans...)
			}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func tracer(t *testing.T, s *sink, percent int) *Tracer {
	tr, err := New(t.Context(), Options{Endpoint: s.URL, Percent: percent, Hostname: "gw.test", Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// All that happens to a mail is one trace, also what another process does days later.
func TestOneTrace(t *testing.T) {
	s := newSink(t)
	now := time.Now()
	m := &mail.Mail{ID: mail.NewID(now), Received: now.Add(-time.Minute), Source: mail.Source{Kind: "outbox", Name: "robot@here.test"}}
	try := courier.Try{Courier: "internet", Route: "internet", Mail: m, Item: &queue.Item{Attempt: 1}, Outcome: mail.Outcome{Text: "later"}, Began: now, Took: time.Second}
	first := tracer(t, s, 100)
	first.Tried(try)
	if err := first.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	second := tracer(t, s, 100)
	try.Item, try.Outcome, try.Began = &queue.Item{Attempt: 2}, mail.Outcome{Verdict: mail.Delivered, Remote: "mx.there.test"}, now.Add(48*time.Hour)
	second.Tried(try)
	second.Tried(courier.Try{})
	if err := second.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	names := map[string]int{}
	var root []byte
	for _, span := range s.spans {
		names[span.Name]++
		if got := hex.EncodeToString(span.TraceId); got != m.ID.TraceID() {
			t.Errorf("%s is of trace %s, want %s", span.Name, got, m.ID.TraceID())
		}
		if span.Name == "mail" {
			root = span.SpanId
			if len(span.ParentSpanId) != 0 || time.Unix(0, int64(span.StartTimeUnixNano)).Sub(m.Received).Abs() > time.Millisecond {
				t.Errorf("the first span is %v", span)
			}
		}
	}
	if names["mail"] != 1 || names["queue"] != 1 || names["deliver"] != 2 || len(names) != 3 {
		t.Fatalf("spans %v", names)
	}
	for _, span := range s.spans {
		if span.Name != "mail" && hex.EncodeToString(span.ParentSpanId) != hex.EncodeToString(root) {
			t.Errorf("%s is not below the first span", span.Name)
		}
	}
}

func TestSampling(t *testing.T) {
	s := newSink(t)
	tr := tracer(t, s, 0)
	tr.Tried(courier.Try{Mail: &mail.Mail{ID: mail.NewID(time.Now())}, Item: &queue.Item{Attempt: 1}, Began: time.Now()})
	if err := tr.Close(context.Background()); err != nil || len(s.spans) != 0 {
		t.Errorf("%d spans of 0 %%, %v", len(s.spans), err)
	}
}

func TestBadEndpoint(t *testing.T) {
	for _, e := range []string{"", "127.0.0.1:4318", "::"} {
		if _, err := New(t.Context(), Options{Endpoint: e}); err == nil {
			t.Errorf("%q is taken", e)
		}
	}
}
