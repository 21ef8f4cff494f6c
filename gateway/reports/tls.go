package reports

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
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

const (
	// TLSFile keeps what is not reported yet, in the data folder.
	TLSFile = "tls-sessions.json"
	// tlsKept is how often it is written: so much of what was counted a crash may cost.
	tlsKept = 5 * time.Minute
	// tlsSpread is within what time after midnight (UTC) reports leave, by chance. RFC 8460 4.1 asks for up to four hours
	tlsSpread = 4 * time.Hour
	// tlsPost limits one report by HTTPS.
	tlsPost = 30 * time.Second
)

// TLS tells domains once a day how TLS with their hosts has worked. RFC 8460
type TLS struct {
	Ledger             *tlspolicy.Ledger
	File               string
	From, Organization string
	Hostname           string
	Queue              queue.Putter
	Legs               func(context.Context, *mail.Mail) ([]queue.Leg, error)
	LookupTXT          func(ctx context.Context, name string) ([]string, error)
	Client             *http.Client
	Now                func() time.Time
	Log                *slog.Logger
}

// load takes up what was counted before a restart.
func (r *TLS) load() {
	saved, err := os.ReadFile(r.File)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err == nil {
		err = r.Ledger.Load(saved)
	}
	if err != nil {
		r.Log.Warn("sessions that TLS reports would tell of are lost", "file", r.File, "error", err)
	}
}

func (r *TLS) save() {
	saved, err := r.Ledger.Save()
	if err == nil {
		err = os.WriteFile(r.File+".new", saved, 0o600)
	}
	if err == nil {
		err = os.Rename(r.File+".new", r.File)
	}
	if err != nil {
		r.Log.Error("cannot keep what TLS reports will tell of", "error", err)
	}
}

// Run sends what is due until ctx ends.
func (r *TLS) Run(ctx context.Context) error {
	r.load()
	defer r.save()
	spread := rand.N(tlsSpread)
	tick := time.NewTicker(tlsKept)
	defer tick.Stop()
	for {
		if r.Now().UTC().Truncate(24 * time.Hour).Add(spread).Before(r.Now()) {
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
func (r *TLS) sendDue(ctx context.Context) {
	for _, report := range r.Ledger.Due(r.Organization, r.From) {
		texts, err := r.LookupTXT(ctx, "_smtp._tls."+report.Domain+".")
		if err != nil {
			continue // nearly all domains want none
		}
		for _, uri := range tlspolicy.ReportTo(texts) {
			if err := r.send(ctx, &report, uri); err != nil {
				r.Log.Warn("TLS report not sent", "domain", report.Domain, "to", uri, "error", err)
				continue
			}
			r.Log.Info("TLS report sent", "domain", report.Domain, "to", uri)
		}
	}
}

func (r *TLS) send(ctx context.Context, report *tlspolicy.Report, uri string) error {
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

// post sends a report by HTTPS. RFC 8460 5.4. Redirects are not followed: the host is one that a foreign domain names, and must not lead us
// to addresses that only we reach.
func (r *TLS) post(ctx context.Context, uri string, packed []byte) error {
	ctx, cancel := context.WithTimeout(ctx, tlsPost)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, uri, bytes.NewReader(packed))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/tlsrpt+gzip")
	client := *r.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
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
func (r *TLS) mail(ctx context.Context, report *tlspolicy.Report, to string, packed []byte) error {
	if err := smtpside.CheckMailbox(to); err != nil {
		return fmt.Errorf("address %q: %w", to, err)
	}
	now := r.Now()
	m := mail.Mail{
		ID: mail.NewID(now), Received: now, Source: mail.Source{Kind: "gateway", Name: "gateway"},
		Envelope: mail.Envelope{From: r.From, Recipients: []mail.Recipient{{Address: to, Notify: mail.NotifyNever}}},
	}
	m.MessageID = fmt.Sprintf("<%s@%s>", m.ID, r.Hostname)
	m.Subject = fmt.Sprintf("Report Domain: %s Submitter: %s Report-ID: <%s>", report.Domain, r.Hostname, report.ID)
	legs, err := r.Legs(ctx, &m)
	if err != nil {
		return err
	}
	_, err = r.Queue.Put(ctx, queue.Entry{Mail: m, Body: bytes.NewReader(r.compose(report, &m, to, packed)), Legs: legs})
	return err
}

// compose writes the mail of a report. RFC 8460 5.3
func (r *TLS) compose(report *tlspolicy.Report, m *mail.Mail, to string, packed []byte) []byte {
	var b bytes.Buffer
	boundary := "=_" + string(m.ID)
	fmt.Fprintf(&b, "From: <%s>\r\nTo: <%s>\r\nDate: %s\r\nSubject: Report Domain: %s\r\n Submitter: %s\r\n Report-ID: <%s>\r\n",
		r.From, to, m.Received.Format(time.RFC1123Z), report.Domain, r.Hostname, report.ID)
	fmt.Fprintf(&b, "TLS-Report-Domain: %s\r\nTLS-Report-Submitter: %s\r\nMessage-ID: %s\r\nAuto-Submitted: auto-generated\r\n",
		report.Domain, r.Hostname, m.MessageID)
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=\"tlsrpt\";\r\n\tboundary=\"%s\"\r\n\r\n", boundary)
	fmt.Fprintf(&b, "--%s\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThis is an aggregate TLS report from %s.\r\n", boundary, r.Hostname)
	name := fmt.Sprintf("%s!%s!%d!%d!001.json.gz", r.Hostname, report.Domain, report.Range.Start.Unix(), report.Range.End.Unix())
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
