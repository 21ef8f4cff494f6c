package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/smtpside"
)

func newMetrics() *Metrics {
	return New("v1", Names{Listeners: []string{"apps"}, Couriers: []string{"internet"}, Exchanges: []string{"main"},
		Routes: []string{"internet"}, Groups: []string{"main/folder"}, Errors: []string{"ecAccessDenied"}})
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != 200 {
		t.Fatal(w.Code, err)
	}
	return string(body)
}

func want(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, "{")
			var near []string
			for _, l := range strings.Split(text, "\n") {
				if strings.HasPrefix(l, name) {
					near = append(near, l)
				}
			}
			t.Errorf("no line %q; there are\n%s", line, strings.Join(near, "\n"))
		}
	}
}

// What has not happened yet stands there with zero.
func TestAllAtZero(t *testing.T) {
	m := newMetrics()
	m.Queue(func(context.Context) (queue.Stats, error) { return queue.Stats{Free: 5}, nil }, time.Now)
	text := scrape(t, m)
	want(t, text,
		`mapigate_smtp_sessions{listener="apps"} 0`, `mapigate_smtp_sessions_refused_total{listener="apps",why="smuggling"} 0`,
		`mapigate_smtp_commands_total{class="5",listener="apps",verb="RCPT"} 0`, `mapigate_mails_accepted_total{listener="apps"} 0`,
		`mapigate_smtp_refusals_total{listener="apps",why="full"} 0`, `mapigate_delivery_attempts_total{courier="internet",verdict="failed"} 0`,
		`mapigate_delivery_alarms_total{courier="internet"} 0`, `mapigate_destinations_down{courier="internet"} 0`,
		`mapigate_possible_duplicates_total 0`, `mapigate_reports_total{kind="delay"} 0`, `mapigate_outbox_watched{group="main/folder"} 0`, `mapigate_outbox_mailboxes{group="main/folder"} 0`,
		`mapigate_outbox_messages_total{group="main/folder",step="claimed"} 0`, `mapigate_mapi_requests_total{exchange="main",result="error",type="Execute"} 0`,
		`mapigate_recipients_tried_total{result="unknown",route="internet",source="outbox"} 0`, `mapigate_delivered_bytes_total{route="internet",source="smtp"} 0`,
		`mapigate_queue_wait_seconds_count{courier="internet"} 0`, `mapigate_time_to_delivery_seconds_count{courier="internet"} 0`,
		`mapigate_mapping_losses_total{direction="to_mime"} 0`, `mapigate_outbox_lag_seconds_count{group="main/folder"} 0`,
		`mapigate_mapi_rops_total{exchange="main",result="error",rop="RopSubmitMessage"} 0`, `mapigate_mapi_rop_errors_total{error="ecAccessDenied",exchange="main"} 0`,
		`mapigate_mapi_signin_refusals_total{exchange="main"} 0`, `mapigate_smtp_tls_sessions_total{listener="apps",version="TLS 1.0"} 0`,
		`mapigate_smtp_out_tls_total{version="none"} 0`, `mapigate_smtp_out_tls_failures_total{policy="tlsa",result="validation-failure"} 0`,
		`mapigate_queue_recipients{courier="internet",state="waiting"} 0`, `mapigate_queue_oldest_seconds{courier="internet"} 0`,
		`mapigate_queue_disk_free_bytes 5`, `mapigate_queue_up 1`, `mapigate_delivery_seconds_count{courier="internet"} 0`,
	)
	problems, err := testutil.GatherAndLint(m.Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if !strings.HasPrefix(p.Metric, "go_") && !strings.HasPrefix(p.Metric, "process_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	var _ []promlint.Problem = problems
}

func TestCounts(t *testing.T) {
	m := newMetrics()
	o := m.SMTP("apps")
	o.SessionOpened(nil)
	o.SessionOpened(nil)
	o.SessionClosed(nil, time.Second)
	o.SessionRefused(nil, "smuggling")
	o.SessionRefused(nil, "something of a peer's choosing")
	o.Command("DATA", smtpside.OK(""), time.Second)
	o.Command("XYZZY", smtpside.UnknownCommand(""), 0)
	o.Command("NOOP", smtpside.Status{}, 0)
	m.Accepted("apps", 1000, 3)
	m.Refused("apps", "relay")
	m.Tried(courier.Try{Courier: "internet", Outcome: mail.Outcome{Verdict: mail.Delivered}, Took: time.Second})
	m.Tried(courier.Try{Courier: "internet", Outcome: mail.Outcome{Verdict: mail.Retry, Alarm: true}, Took: time.Second})
	m.Destination("internet", "a.test", true)
	m.Destination("internet", "b.test", true)
	m.Destination("internet", "a.test", false)
	m.Duplicate()
	m.Reported(queue.Failure)
	for range 3 {
		m.Mailboxes("main/folder", 1)
		m.Watching("main/folder", true)
	}
	m.Watching("main/folder", false)
	m.Did("main/folder", "settled")
	m.MAPI("main")(mapihttp.Exchange{Type: "Execute", Duration: time.Second})
	m.MAPI("main")(mapihttp.Exchange{Type: "Nonsense", Err: errors.New("x")})
	want(t, scrape(t, m),
		`mapigate_smtp_sessions{listener="apps"} 1`, `mapigate_smtp_sessions_total{listener="apps"} 2`,
		`mapigate_smtp_sessions_refused_total{listener="apps",why="smuggling"} 1`, `mapigate_smtp_sessions_refused_total{listener="apps",why="other"} 1`,
		`mapigate_smtp_commands_total{class="2",listener="apps",verb="DATA"} 1`, `mapigate_smtp_commands_total{class="5",listener="apps",verb="other"} 1`,
		`mapigate_smtp_commands_total{class="5",listener="apps",verb="NOOP"} 1`, `mapigate_smtp_data_seconds_count{listener="apps"} 1`,
		`mapigate_mails_accepted_total{listener="apps"} 1`, `mapigate_mails_accepted_bytes_total{listener="apps"} 1000`,
		`mapigate_recipients_accepted_total{listener="apps"} 3`, `mapigate_smtp_refusals_total{listener="apps",why="relay"} 1`,
		`mapigate_delivery_attempts_total{courier="internet",verdict="delivered"} 1`, `mapigate_delivery_alarms_total{courier="internet"} 1`,
		`mapigate_destinations_down{courier="internet"} 1`, `mapigate_possible_duplicates_total 1`, `mapigate_reports_total{kind="failure"} 1`,
		`mapigate_outbox_mailboxes{group="main/folder"} 3`, `mapigate_outbox_watched{group="main/folder"} 2`, `mapigate_outbox_messages_total{group="main/folder",step="settled"} 1`,
		`mapigate_mapi_requests_total{exchange="main",result="ok",type="Execute"} 1`, `mapigate_mapi_requests_total{exchange="main",result="error",type="other"} 1`,
		`mapigate_mapi_request_seconds_count{exchange="main",type="Execute"} 1`,
	)
}

func TestQueue(t *testing.T) {
	now := time.Now()
	stats := queue.Stats{
		Depths: []queue.Depth{{Courier: "internet", State: queue.Waiting, Count: 7}, {Courier: "exchange/gone", State: queue.Held, Count: 2}},
		Oldest: map[string]time.Time{"internet": now.Add(-90 * time.Second)}, Free: -1,
	}
	var err error
	m := newMetrics()
	m.Queue(func(context.Context) (queue.Stats, error) { return stats, err }, func() time.Time { return now })
	text := scrape(t, m)
	want(t, text, `mapigate_queue_recipients{courier="internet",state="waiting"} 7`, `mapigate_queue_recipients{courier="exchange/gone",state="held"} 2`,
		`mapigate_queue_oldest_seconds{courier="internet"} 90`)
	if strings.Contains(text, "disk_free") {
		t.Error("a free room that is not known is given")
	}
	err = fmt.Errorf("closed")
	want(t, scrape(t, m), "mapigate_queue_up 0")
}
