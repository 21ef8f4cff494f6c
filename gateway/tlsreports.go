package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

const (
	// tlsReportsFile keeps what is not reported yet, in the data folder.
	tlsReportsFile = "tls-sessions.json"
	// tlsReportsKept is how often it is written: so much of what was counted a crash may cost.
	tlsReportsKept = 5 * time.Minute
	// tlsReportsSpread is within what time after midnight (UTC) reports leave, by chance. RFC 8460 4.1 asks for up to four hours
	tlsReportsSpread = 4 * time.Hour
	// tlsReportPost limits one report by HTTPS.
	tlsReportPost = 30 * time.Second
)

// tlsReports tells domains once a day how TLS with their hosts has worked. RFC 8460
type tlsReports struct {
	ledger             *tlspolicy.Ledger
	file               string
	from, organization string
	hostname           string
	queue              queue.Putter
	ways               *ways
	lookupTXT          lookupTXT
	client             *http.Client
	now                func() time.Time
	log                *slog.Logger
}

// load takes up what was counted before a restart.
func (r *tlsReports) load() {
	saved, err := os.ReadFile(r.file)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err == nil {
		err = r.ledger.Load(saved)
	}
	if err != nil {
		r.log.Warn("sessions that TLS reports would tell of are lost", "file", r.file, "error", err)
	}
}

func (r *tlsReports) save() {
	saved, err := r.ledger.Save()
	if err == nil {
		err = os.WriteFile(r.file+".new", saved, 0o600)
	}
	if err == nil {
		err = os.Rename(r.file+".new", r.file)
	}
	if err != nil {
		r.log.Error("cannot keep what TLS reports will tell of", "error", err)
	}
}

// run sends what is due until ctx ends.
func (r *tlsReports) run(ctx context.Context) error {
	r.load()
	defer r.save()
	spread := rand.N(tlsReportsSpread)
	tick := time.NewTicker(tlsReportsKept)
	defer tick.Stop()
	for {
		if r.now().UTC().Truncate(24 * time.Hour).Add(spread).Before(r.now()) {
			r.sendDue(ctx)
		}
		r.save()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sendDue sends the reports of the days that are over. What cannot be sent is not tried again: a report by mail has a queue for
// that.
func (r *tlsReports) sendDue(ctx context.Context) {
	for _, report := range r.ledger.Due(r.organization, r.from) {
		texts, err := r.lookupTXT(ctx, "_smtp._tls."+report.Domain+".")
		if err != nil {
			continue // nearly all domains want none
		}
		for _, uri := range tlspolicy.ReportTo(texts) {
			if err := r.send(ctx, &report, uri); err != nil {
				r.log.Warn("TLS report not sent", "domain", report.Domain, "to", uri, "error", err)
				continue
			}
			r.log.Info("TLS report sent", "domain", report.Domain, "to", uri)
		}
	}
}

func (r *tlsReports) send(ctx context.Context, report *tlspolicy.Report, uri string) error {
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	if to, ok := strings.CutPrefix(uri, "mailto:"); ok {
		to, _, _ = strings.Cut(to, "?")
		if to, err = url.PathUnescape(to); err != nil {
			return err
		}
		return r.mail(ctx, report, to, packed.Bytes())
	}
	return r.post(ctx, uri, packed.Bytes())
}

// post sends a report by HTTPS. RFC 8460 5.4
func (r *tlsReports) post(ctx context.Context, uri string, packed []byte) error {
	ctx, cancel := context.WithTimeout(ctx, tlsReportPost)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, uri, bytes.NewReader(packed))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/tlsrpt+gzip")
	response, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("answer %s", response.Status)
	}
	return nil
}

// mail puts a report into the queue. RFC 8460 5.3
func (r *tlsReports) mail(ctx context.Context, report *tlspolicy.Report, to string, packed []byte) error {
	if err := smtpside.CheckMailbox(to); err != nil {
		return fmt.Errorf("address %q: %w", to, err)
	}
	now := r.now()
	m := mail.Mail{
		ID: mail.NewID(now), Received: now, Source: mail.Source{Kind: "gateway", Name: "gateway"},
		Envelope: mail.Envelope{From: r.from, Recipients: []mail.Recipient{{Address: to, Notify: mail.NotifyNever}}},
	}
	m.MessageID = fmt.Sprintf("<%s@%s>", m.ID, r.hostname)
	m.Subject = fmt.Sprintf("Report Domain: %s Submitter: %s Report-ID: <%s>", report.Domain, r.hostname, report.ID)
	legs, err := r.ways.legs(ctx, &m)
	if err != nil {
		return err
	}
	_, err = r.queue.Put(ctx, queue.Entry{Mail: m, Body: bytes.NewReader(r.compose(report, &m, to, packed)), Legs: legs})
	return err
}

// compose writes the mail of a report. RFC 8460 5.3
func (r *tlsReports) compose(report *tlspolicy.Report, m *mail.Mail, to string, packed []byte) []byte {
	var b bytes.Buffer
	boundary := "=_" + string(m.ID)
	fmt.Fprintf(&b, "From: <%s>\r\nTo: <%s>\r\nDate: %s\r\nSubject: Report Domain: %s\r\n Submitter: %s\r\n Report-ID: <%s>\r\n",
		r.from, to, m.Received.Format(time.RFC1123Z), report.Domain, r.hostname, report.ID)
	fmt.Fprintf(&b, "TLS-Report-Domain: %s\r\nTLS-Report-Submitter: %s\r\nMessage-ID: %s\r\nAuto-Submitted: auto-generated\r\n",
		report.Domain, r.hostname, m.MessageID)
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=\"tlsrpt\";\r\n\tboundary=\"%s\"\r\n\r\n", boundary)
	fmt.Fprintf(&b, "--%s\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThis is an aggregate TLS report from %s.\r\n", boundary, r.hostname)
	name := fmt.Sprintf("%s!%s!%d!%d!001.json.gz", r.hostname, report.Domain, report.Range.Start.Unix(), report.Range.End.Unix())
	fmt.Fprintf(&b, "--%s\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n"+
		"Content-Disposition: attachment;\r\n\tfilename=\"%s\"\r\n\r\n", boundary, name)
	for text := base64.StdEncoding.EncodeToString(packed); text != ""; {
		n := min(76, len(text))
		b.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.Bytes()
}

// addTLSReports sends reports if the configuration says from whom; nil if not.
func (g *generation) addTLSReports() (*tlsReports, error) {
	n := &g.config.Internet
	if n.TLSReports.From == "" {
		return nil, nil
	}
	return made(g, tlsReportsPart, []any{n.TLSReports, n.Resolvers, n.DNSSEC, g.config.Hostname}, nil, g.newTLSReports)
}

func (g *generation) newTLSReports(p *part) (*tlsReports, error) {
	c := &g.config.Internet.TLSReports
	_, _, text, err := lookups(g.config, g.log)
	if err != nil {
		return nil, err
	}
	r := &tlsReports{
		ledger: tlspolicy.NewLedger(g.clock), file: filepath.Join(g.config.Data, tlsReportsFile), from: c.From, organization: c.Organization,
		hostname: g.config.Hostname, queue: g.queue, ways: g.ways, lookupTXT: text, client: &http.Client{}, now: g.clock, log: g.log,
	}
	if r.organization == "" {
		r.organization = r.from[strings.LastIndexByte(r.from, '@')+1:]
	}
	p.task(task{name: tlsReportsPart, stage: stageKeeping, run: r.run})
	return r, nil
}
