// Package browser looks at the page in a real browser. It needs node, npm and Chromium, and says so where one is missing:
// make test-web.
package browser

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/access"
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/admin/live"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// wanted is the variable that asks for this test: it takes a minute, and a browser.
const wanted = "MAPIGATE_TEST_WEB"

func TestPage(t *testing.T) {
	if os.Getenv(wanted) == "" {
		t.Skipf("skipped: it starts a browser; make test-web asks for it (%s=1)", wanted)
	}
	node, chromium := need(t, "node"), browserOf(t)
	modules(t)
	out := os.Getenv("OUT")
	if out == "" {
		out = t.TempDir()
	}
	const token = "a token for the browser's test"
	url := serve(t, token)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "browser.mjs", url, chromium, out, token)
	said, err := cmd.CombinedOutput()
	t.Logf("%s", said)
	if err != nil {
		t.Errorf("the browser's test: %v", err)
	}
}

// need finds a program, or skips.
func need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("skipped: none of %s is installed", strings.Join(names, ", "))
	return ""
}

func browserOf(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	return need(t, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
}

// modules installs what package-lock.json names, unless it is there.
func modules(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("node_modules", "playwright-core")); err == nil {
		return
	}
	npm := need(t, "npm")
	if said, err := exec.CommandContext(t.Context(), npm, "ci", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
		t.Skipf("skipped: npm ci fails, perhaps there is no network: %v\n%s", err, said)
	}
}

// serve serves the page with something to see.
func serve(t *testing.T, token string) string {
	t.Helper()
	q, err := sqlite.Open(t.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	fill(t, q)
	now := time.Now()
	clock := func() time.Time { return now.Add(-time.Hour) }
	recorder := live.New(func() time.Time { return clock() })
	hour(recorder, &clock, now)
	clock = time.Now
	server, err := admin.New(admin.Options{
		API: api.Options{
			Version: "test", Queue: q, Live: recorder, Checks: checks, Down: down, Watches: watches, Config: settings(t),
			Couriers: func() []string { return []string{"internet", "exchange/main"} },
			Flush:    func(ctx context.Context, c, d string) (int, error) { return q.Hasten(ctx, c, d) },
		},
		Access: access.Options{Tokens: []access.Token{{Name: "night-shift", Secret: token, Role: access.Operator}}}, OpenMetrics: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.HandleFunc("/test/deliver", func(http.ResponseWriter, *http.Request) {
		for range 40 {
			recorder.Delivered(live.ToExchange, 200*time.Millisecond)
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: mux}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return "http://" + l.Addr().String()
}

// hour fills the figures of an hour: a working day's rise and fall, and a quiet spell.
func hour(r *live.Recorder, clock *func() time.Time, end time.Time) {
	for i := range live.Points {
		at := end.Add(time.Duration(i-live.Points) * live.Step)
		*clock = func() time.Time { return at }
		into, out := 6+(i*7919)%5+i/90, 3+(i*104729)%4
		if i > 300 && i < 340 {
			into = 0
		}
		for n := range into {
			r.Accepted()
			r.Delivered(live.ToExchange, time.Duration(120+(i*31+n*17)%160)*time.Millisecond)
		}
		for n := range out {
			r.Claimed()
			r.Delivered(live.ToSMTP, time.Duration(500+(i*13+n*97)%900)*time.Millisecond)
		}
		if i%9 == 0 {
			r.Retried()
		}
		if i%97 == 0 {
			r.Failed()
		}
	}
}

// A sample is a mail of the queue.
type sample struct {
	from, subject string
	to            []string
	outcome       mail.Outcome
	source        mail.Source
	courier       string
}

var (
	timeout = mail.Outcome{Code: 451, Detail: "4.1", Text: "dial tcp 192.0.2.25:25: i/o timeout", Remote: "mx1.partner.example", RetryAfter: 20 * time.Minute}
	grey    = mail.Outcome{Code: 451, Detail: "7.1", Text: "Greylisted, please try again later", Remote: "mx.customer.example", RetryAfter: 5 * time.Minute}
	unknown = mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "1.1", Text: "5.1.1 <jon@customer.example>: no such user", Remote: "mx.customer.example", Relayed: true}
	done    = mail.Outcome{Verdict: mail.Delivered, Code: 250, Detail: "0.0", Text: "2.0.0 Ok: queued as 4WkPq21XyZ", Remote: "mx2.customer.example", RemoteID: "4WkPq21XyZ", Relayed: true}
	boxed   = mail.Outcome{Verdict: mail.Delivered, Code: 250, Detail: "0.0", Text: "submitted through gateway@example.org", Remote: "gateway@example.org"}
	smtp    = mail.Source{Kind: "smtp", Name: "apps", Client: "10.1.4.17:40122", User: "erp"}
	box     = mail.Source{Kind: "outbox", Name: "robot@example.org"}
)

func samples() []sample {
	list := []sample{
		{"erp@example.org", "Invoice 2026-1174", []string{"accounts@customer.example"}, done, smtp, "internet"},
		{"erp@example.org", "Quotation for 400 valves, second try", []string{"purchasing@partner.example", "jon@customer.example"}, timeout, smtp, "internet"},
		{"scanner-3@example.org", "Scan from the third floor", []string{"anna@example.org"}, boxed, mail.Source{Kind: "smtp", Name: "printers", Client: "10.1.9.3:51000"}, "exchange/main"},
		{"robot@example.org", "Umsätze März", []string{"partner@partner.example"}, timeout, box, "internet"},
		{"robot@example.org", "Delivery note 88213", []string{"jon@customer.example"}, unknown, box, "internet"},
		{"erp@example.org", "Order confirmation 5521", []string{"buyer@customer.example"}, grey, smtp, "internet"},
		{"monitoring@example.org", "<img src=x onerror='window.stolen=1'> disk 91% full on db-2", []string{"oncall@example.org"}, boxed, smtp, "exchange/main"},
		{"", "Undelivered: Delivery note 88213", []string{"robot@example.org"}, boxed, mail.Source{Kind: "gateway", Name: "gateway"}, "exchange/main"},
	}
	for i := range 24 {
		list = append(list, sample{"bulk@example.org", fmt.Sprintf("Price list, edition %d", i+1), []string{fmt.Sprintf("reader%d@partner.example", i)}, timeout, smtp, "internet"})
	}
	return list
}

// fill puts the samples into the queue and tries each once.
func fill(t *testing.T, q *sqlite.Queue) {
	t.Helper()
	for i, s := range samples() {
		e := queue.Entry{
			Mail: mail.Mail{Envelope: mail.Envelope{From: s.from}, Source: s.source, Subject: s.subject, MessageID: fmt.Sprintf("<%d.4f2a@example.org>", 1000+i)},
			Body: strings.NewReader("Subject: " + s.subject + "\r\n\r\n" + strings.Repeat("x", 400+i*137) + "\r\n"),
		}
		for _, address := range s.to {
			_, domain, _ := strings.Cut(address, "@")
			e.Mail.Envelope.Recipients = append(e.Mail.Envelope.Recipients, mail.Recipient{Address: address})
			e.Legs = append(e.Legs, queue.Leg{Courier: s.courier, Route: s.courier, Destination: domain})
		}
		if _, err := q.Put(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		batch, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: s.courier, Worker: "gateway-1", Max: 10, Duration: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range batch.Groups {
			outcomes := make([]mail.Outcome, len(g.Items))
			for n, item := range g.Items {
				if outcomes[n] = s.outcome; strings.HasPrefix(item.Address, "jon@") {
					outcomes[n] = unknown
				}
			}
			if _, err := q.Report(t.Context(), g, outcomes); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func checks(context.Context) []api.Check {
	return []api.Check{
		{Name: "listener apps", OK: true, Accept: true, Text: "0.0.0.0:25"}, {Name: "exchange main", OK: true},
		{Name: "watch sales@example.org", Text: "logon: ecLoginPerm (0x000003F2)"}, {Name: "watch robot@example.org", OK: true},
	}
}

func down() []api.Down {
	now := time.Now()
	return []api.Down{{Courier: "internet", Destination: "partner.example", Since: now.Add(-42 * time.Minute), Until: now.Add(6 * time.Minute), Text: timeout.Text}}
}

func watches() []api.Watch {
	return []api.Watch{
		{Mailbox: "robot@example.org", Exchange: "main", Mode: "outbox", State: "watching"},
		{Mailbox: "sales@example.org", Exchange: "main", Mode: "folder", Folder: "Internet Outbox", State: "failing", Text: "logon: ecLoginPerm (0x000003F2)"},
		{Mailbox: "service@example.org", Exchange: "main", Mode: "folder", Folder: "Internet Outbox", State: "elsewhere", Text: "another gateway watches it"},
	}
}

// settings are those of a configuration as many have it.
func settings(t *testing.T) func() []api.Setting {
	t.Helper()
	c, err := config.Parse(filepath.Join(t.TempDir(), "mapigate.yaml"), []byte(`
hostname: gateway.example.org
listeners:
  - {name: apps, address: ":25", mode: plain, networks: [10.1.0.0/16]}
exchange:
  - {name: main, autodiscover: gateway@example.org, user: 'EXAMPLE\gateway', password: very-secret, mailbox: gateway@example.org}
outbox:
  - {mailboxes: [robot@example.org], mode: outbox, dedicated: true, acknowledge_bypassed_checks: true}
  - {mailboxes: [sales@example.org, service@example.org], acknowledge_bypassed_checks: true}
retry: {first: 2m, warn: 1h}
`))
	if err != nil {
		t.Fatal(err)
	}
	var list []api.Setting
	for _, s := range c.Summary() {
		list = append(list, api.Setting(s))
	}
	return func() []api.Setting { return list }
}
