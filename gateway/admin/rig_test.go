package admin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

const (
	operatorToken = "operator-0123456789-abcdef"
	readToken     = "read-only-0123456789-abcdef"
)

// A rig is a server on a real queue.
type rig struct {
	*testing.T
	*admin.Server
	q       *sqlite.Queue
	checks  []api.Check
	mu      sync.Mutex
	flushed []string
}

func newRig(t *testing.T, change func(*admin.Options)) *rig {
	t.Helper()
	q, err := sqlite.Open(t.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	r := &rig{T: t, q: q}
	o := admin.Options{
		API: api.Options{
			Version: "v1", Queue: q, Checks: func(context.Context) []api.Check { return r.checks },
			Down: func() []api.Down {
				return []api.Down{{Courier: "internet", Destination: "away.test", Since: time.Now(), Until: time.Now(), Text: "dial tcp: i/o timeout"}}
			},
			Watches: func() []api.Watch {
				return []api.Watch{{Mailbox: "robot@here.test", Exchange: "main", Mode: "folder", Folder: "Internet Outbox", State: "failing", Text: "access denied"}}
			},
			Config:   func() []api.Setting { return []api.Setting{{Path: "hostname", Value: "gw.test", Given: true}} },
			Couriers: func() []string { return []string{"internet", "exchange/main"} },
			Flush: func(_ context.Context, courier, destination string) (int, error) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.flushed = append(r.flushed, courier+" "+destination)
				return 3, nil
			},
			Reload: func() (api.Reloaded, error) {
				return api.Reloaded{Begun: []string{"listener apps"}, Ended: []string{}, Kept: 7, Fixed: []string{"data"}}, nil
			},
		},
		Access: access.Options{Tokens: []access.Token{
			{Name: "ops", Secret: operatorToken, Role: access.Operator}, {Name: "viewer", Secret: readToken, Role: access.ReadOnly},
		}},
		Metrics:     http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "metrics here") }),
		OpenMetrics: true,
	}
	if change != nil {
		change(&o)
	}
	if r.Server, err = admin.New(o); err != nil {
		t.Fatal(err)
	}
	return r
}

// put puts a mail into the queue; "failed" in the local part of a recipient makes it fail, "away" puts it off.
func (r *rig) put(from, subject string, to ...string) mail.ID {
	r.Helper()
	e := queue.Entry{Mail: mail.Mail{Envelope: mail.Envelope{From: from}, Source: mail.Source{Kind: "smtp", Name: "apps", Client: "10.0.0.1"},
		Subject: subject, MessageID: fmt.Sprintf("<%d@here.test>", time.Now().UnixNano())}, Body: strings.NewReader("Subject: x\r\n\r\nthe content\r\n")}
	for _, address := range to {
		_, domain, _ := strings.Cut(address, "@")
		e.Mail.Envelope.Recipients = append(e.Mail.Envelope.Recipients, mail.Recipient{Address: address})
		e.Legs = append(e.Legs, queue.Leg{Courier: "internet", Route: "internet", Destination: domain})
	}
	receipt, err := r.q.Put(r.Context(), e)
	if err != nil {
		r.Fatal(err)
	}
	batch, err := r.q.Lease(r.Context(), queue.LeaseRequest{Courier: "internet", Worker: "w", Max: 100, Duration: time.Minute})
	if err != nil {
		r.Fatal(err)
	}
	for _, g := range batch.Groups {
		var outcomes []mail.Outcome
		for _, item := range g.Items {
			o := mail.Outcome{Code: 451, Detail: "4.1", Text: "dial tcp: i/o timeout", RetryAfter: time.Hour}
			if strings.HasPrefix(item.Address, "failed") {
				o = mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "1.1", Text: "no such user", Remote: "mx.there.test"}
			}
			outcomes = append(outcomes, o)
		}
		if _, err := r.q.Report(r.Context(), g, outcomes); err != nil {
			r.Fatal(err)
		}
	}
	return receipt.ID
}

// An ask is a request.
type ask struct {
	method, path, body, token string
	header                    map[string]string
	remote                    string
}

func (r *rig) ask(a ask) *httptest.ResponseRecorder {
	r.Helper()
	req := httptest.NewRequest(a.method, a.path, strings.NewReader(a.body))
	if a.method == "" {
		req.Method = "GET"
	}
	req.Host = "127.0.0.1:9125"
	req.RemoteAddr = "127.0.0.1:1"
	if a.remote != "" {
		req.RemoteAddr = a.remote
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	for k, v := range a.header {
		if req.Header.Set(k, v); k == "Host" {
			req.Host = v
		}
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

// serve serves on an address; the URL is without a slash.
func (r *rig) serve() string {
	r.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	r.run(func(ctx context.Context) error { return r.Serve(ctx, l, nil) })
	return "http://" + l.Addr().String()
}

func (r *rig) run(serve func(context.Context) error) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx) }()
	r.Cleanup(func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, http.ErrServerClosed) {
			r.Error(err)
		}
	})
}

func mustURL(t *testing.T, s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
