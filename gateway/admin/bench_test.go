package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// tooLong is what no request may take, on the average.
const tooLong = 100 * time.Millisecond

// BenchmarkFullQueue asks everything that the page asks while 100,000 mails for 251 destinations wait.
func BenchmarkFullQueue(b *testing.B) {
	const mails = 100_000 // half of them for one destination that is dead
	q, err := sqlite.Open(b.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close()
	last := stuff(b, q, mails)
	s, err := admin.New(admin.Options{API: api.Options{Queue: q}, Access: access.Options{Anonymous: access.Operator}})
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{
		"/status", "/figures", "/problems", "/destinations", "/mails?limit=50", "/mails?limit=50&all=1", "/mails?limit=50&state=held", "/mails?limit=50&sender=@from7.test",
		"/mails?limit=50&destination=domain77.test", "/mails?limit=50&destination=dead.test", "/mails?limit=50&recipient=user99999@domain499.test", "/mails?limit=50&recipient=nobody@nowhere.test",
		"/mails/" + string(last), "/trace?q=" + string(last), "/trace?q=%3C5@here.test%3E", "/trace?q=user5@domain5.test", "/trace?q=nobody@nowhere.test", "/watches", "/config",
	} {
		b.Run(strings.ReplaceAll(path, "/", "|"), func(b *testing.B) {
			var most time.Duration
			for b.Loop() {
				began := time.Now()
				w, r := httptest.NewRecorder(), httptest.NewRequest("GET", api.Prefix+path, nil)
				r.Host = "localhost"
				if s.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
				most = max(most, time.Since(began))
			}
			b.ReportMetric(float64(most.Microseconds())/1000, "max-ms")
			if mean := b.Elapsed() / time.Duration(b.N); mean > tooLong {
				b.Errorf("%s takes %v", path, mean)
			}
		})
	}
}

// stuff fills the queue and gives the id of a mail.
func stuff(b *testing.B, q *sqlite.Queue, n int) (last mail.ID) {
	all, ctx := errgroup.WithContext(context.Background())
	all.SetLimit(256)
	for i := range n {
		all.Go(func() error {
			e := queue.Entry{
				Mail: mail.Mail{
					Envelope: mail.Envelope{From: fmt.Sprintf("app@from%d.test", i%20), Recipients: []mail.Recipient{{Address: fmt.Sprintf("user%d@domain%d.test", i, i%500)}}},
					Source:   mail.Source{Kind: "smtp", Name: "apps"}, Subject: "Invoice", MessageID: fmt.Sprintf("<%d@here.test>", i),
				},
				Body: strings.NewReader("x"), Legs: []queue.Leg{{Courier: "internet", Route: "internet", Destination: fmt.Sprintf("domain%d.test", i%500)}},
			}
			if i%2 == 0 {
				e.Legs[0].Destination = "dead.test"
			}
			r, err := q.Put(ctx, e)
			if i == n-1 {
				last = r.ID
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
	return last
}
