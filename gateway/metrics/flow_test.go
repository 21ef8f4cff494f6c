package metrics

import (
	"context"
	"io"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// lived is a gateway's metrics after a little of everything.
func lived() (*Metrics, *mail.Mail) {
	m := newMetrics()
	now := time.Now()
	letter := &mail.Mail{ID: mail.NewID(now), Received: now.Add(-3 * time.Second), Source: mail.Source{Kind: "smtp"}}
	for attempt, o := range []mail.Outcome{{Verdict: mail.Retry}, {Verdict: mail.Delivered}, {Verdict: mail.Failed}} {
		m.Tried(courier.Try{Courier: "internet", Route: "internet", Mail: letter, Item: &queue.Item{Attempt: attempt + 1}, Outcome: o, Began: now, Took: time.Second})
	}
	m.Tried(courier.Try{Courier: "internet", Route: "of an older configuration", Mail: &mail.Mail{}, Item: &queue.Item{Attempt: 1}, Began: now})
	m.ROP("main", "RopSubmitMessage", "ecAccessDenied")
	m.ROP("main", "RopSubmitMessage", "")
	m.ROP("main", "Rop(0xEE)", "a peer's own")
	m.SentOver("TLS 1.3 TLS_AES_128_GCM_SHA256")
	m.SentOver("")
	m.SentOver("something")
	m.TLSFailure("d.test", "mx.d.test", "tlsa", "certificate-expired")
	m.TLSFailure("d.test", "mx.d.test", "x", "y")
	m.TLSSession(tlspolicy.Session{Domain: "d.test", Policy: "sts"})
	m.TLSSession(tlspolicy.Session{Domain: "d.test", Policy: "tlsa", Result: "certificate-expired"}) // which TLSFailure tells of
	m.TLSSession(tlspolicy.Session{Domain: "d.test", Policy: tlspolicy.NoPolicy})
	m.Lost(true, 3)
	m.Lag("main/folder", 2*time.Second)
	m.MAPI("main")(mapihttp.Exchange{Type: "Connect", Status: 401, Err: io.EOF})
	m.SMTP("apps").Command("DATA", smtpside.Status{Code: 250, Detail: "0.0", Text: "queued as " + string(letter.ID)}, time.Second)
	m.SMTP("apps").Command("DATA", smtpside.Status{Code: 451, Detail: "3.0", Text: "try again later"}, time.Second)
	if o, ok := m.SMTP("apps").(smtpside.TLSObserver); ok {
		o.TLSStarted("TLS 1.2")
		o.TLSStarted("SSLv3")
	}
	return m, letter
}

func TestFlow(t *testing.T) {
	m, _ := lived()
	want(t, scrape(t, m),
		`mapigate_recipients_tried_total{result="delivered",route="internet",source="smtp"} 1`, `mapigate_recipients_tried_total{result="retry",route="other",source="other"} 1`,
		`mapigate_queue_wait_seconds_count{courier="internet"} 2`, `mapigate_time_to_delivery_seconds_sum{courier="internet"} 4`,
		`mapigate_mapi_rops_total{exchange="main",result="error",rop="RopSubmitMessage"} 1`, `mapigate_mapi_rops_total{exchange="main",result="error",rop="other"} 1`,
		`mapigate_mapi_rop_errors_total{error="ecAccessDenied",exchange="main"} 1`, `mapigate_mapi_rop_errors_total{error="other",exchange="main"} 1`,
		`mapigate_smtp_out_tls_total{version="TLS 1.3"} 1`, `mapigate_smtp_out_tls_total{version="none"} 1`, `mapigate_smtp_out_tls_total{version="other"} 1`,
		`mapigate_smtp_out_tls_failures_total{policy="tlsa",result="certificate-expired"} 1`, `mapigate_smtp_out_tls_failures_total{policy="other",result="other"} 1`,
		`mapigate_smtp_out_tls_policies_kept_total{policy="sts"} 1`, `mapigate_smtp_out_tls_policies_kept_total{policy="tlsa"} 0`,
		`mapigate_mapping_losses_total{direction="to_mime"} 3`, `mapigate_outbox_lag_seconds_sum{group="main/folder"} 2`, `mapigate_mapi_signin_refusals_total{exchange="main"} 1`,
		`mapigate_smtp_tls_sessions_total{listener="apps",version="TLS 1.2"} 1`, `mapigate_smtp_tls_sessions_total{listener="apps",version="other"} 1`,
	)
}

// Whoever asks for OpenMetrics gets the trace of a mail with the durations.
func TestExemplars(t *testing.T) {
	m, letter := lived()
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	m.Handler().ServeHTTP(w, r)
	msg, trace := `msg="`+string(letter.ID)+`"`, `trace_id="`+letter.ID.TraceID()+`"`
	for _, name := range []string{"delivery_seconds_bucket", "queue_wait_seconds_bucket", "time_to_delivery_seconds_bucket", "smtp_data_seconds_bucket"} {
		found := false
		for line := range strings.Lines(w.Body.String()) {
			found = found || strings.HasPrefix(line, "mapigate_"+name) && strings.Contains(line, msg) && strings.Contains(line, trace)
		}
		if !found {
			t.Errorf("no %s with %s and %s", name, msg, trace)
		}
	}
	if len(letter.ID.TraceID()) != 32 {
		t.Errorf("trace id %q", letter.ID.TraceID())
	}
}

// Histograms are native as well, for those who scrape them so.
func TestNativeHistograms(t *testing.T) {
	m, _ := lived()
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	native := 0
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), namespace) {
			continue
		}
		for _, metric := range f.GetMetric() {
			if h := metric.GetHistogram(); h.GetSampleCount() > 0 {
				if native++; h.Schema == nil || len(h.GetPositiveSpan()) == 0 && h.GetZeroCount() == 0 {
					t.Errorf("%s is not native", f.GetName())
				}
			}
		}
	}
	if native < 4 {
		t.Errorf("%d native histograms", native)
	}
}

// promtool has the last word on names and help texts.
func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("skipped: promtool is not installed (Debian: prometheus)")
	}
	m, _ := lived()
	m.Queue(func(context.Context) (queue.Stats, error) { return queue.Stats{Free: 5}, nil }, time.Now)
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(scrape(t, m))
	if said, err := cmd.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, said)
	}
}
