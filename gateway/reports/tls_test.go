package reports

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// A shelf keeps what is put into the queue.
type shelf struct {
	entries []queue.Entry
	bodies  [][]byte
}

func (s *shelf) Put(_ context.Context, e queue.Entry) (queue.Receipt, error) {
	body, err := io.ReadAll(e.Body)
	s.entries, s.bodies = append(s.entries, e), append(s.bodies, body)
	return queue.Receipt{ID: e.Mail.ID}, err
}

// byDomain sends mail to the domain of its recipient.
func byDomain(_ context.Context, m *mail.Mail) ([]queue.Leg, error) {
	_, domain, _ := strings.Cut(m.Envelope.Recipients[0].Address, "@")
	return []queue.Leg{{Courier: "internet", Destination: domain}}, nil
}

// A domain is told by mail and by HTTPS, as it asks; one that asks for nothing is not. RFC 8460 5.3, 5.4
func TestTLSReports(t *testing.T) {
	var posted []byte
	web := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") == "application/tlsrpt+gzip" {
			posted, _ = io.ReadAll(r.Body)
		}
	}))
	defer web.Close()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	kept := &shelf{}
	r := &TLS{
		Ledger: tlspolicy.NewLedger(clock), File: filepath.Join(t.TempDir(), "sessions"), From: "tls@here.example", Organization: "Here",
		Hostname: "gw.here.example", Queue: kept, Legs: byDomain,
		LookupTXT: func(_ context.Context, name string) ([]string, error) {
			if name != "_smtp._tls.x.example." {
				return nil, nil
			}
			return []string{"v=TLSRPTv1; rua=mailto:tls@x.example," + web.URL}, nil
		},
		Client: web.Client(), Now: clock, Log: slog.New(slog.DiscardHandler),
	}
	r.Ledger.Count(tlspolicy.Session{Domain: "x.example", Policy: "sts", Host: "mx.x.example", IP: "192.0.2.1", Result: "certificate-expired"})
	r.Ledger.Count(tlspolicy.Session{Domain: "y.example", Policy: tlspolicy.NoPolicy})
	r.save()
	r.Ledger = tlspolicy.NewLedger(clock) // a restart
	r.load()
	now = now.Add(24 * time.Hour)
	r.sendDue(t.Context())
	if len(kept.entries) != 1 || kept.entries[0].Legs[0].Destination != "x.example" || kept.entries[0].Mail.Envelope.From != "tls@here.example" {
		t.Fatalf("put %+v", kept.entries)
	}
	if !slices.Equal(posted, attachment(t, kept.bodies[0])) {
		t.Error("the report by mail is not the one by HTTPS")
	}
	z, err := gzip.NewReader(bytes.NewReader(posted))
	if err != nil {
		t.Fatal(err)
	}
	var report map[string]any
	if err := json.NewDecoder(z).Decode(&report); err != nil || report["report-id"] != "2026-11-22-x.example" || report["organization-name"] != "Here" {
		t.Errorf("report %v, %v", report, err)
	}
}

// attachment reads a report's mail as its receiver would.
func attachment(t *testing.T, raw []byte) []byte {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["report-type"] != "tlsrpt" || m.Header.Get("TLS-Report-Domain") != "x.example" {
		t.Fatalf("header %v, %v", m.Header, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if p.Header.Get("Content-Type") != "application/tlsrpt+gzip" {
			continue
		}
		data, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
}

// Where a report goes is what the domain's record says and nothing else: a host in it that sends us on, to an address behind our firewall
// perhaps, is not followed.
func TestTLSReportsFollowNoRedirect(t *testing.T) {
	reached := 0
	behind := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer behind.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		web := httptest.NewTLSServer(http.RedirectHandler(behind.URL, status))
		defer web.Close()
		r := &TLS{Client: web.Client()}
		if err := r.post(t.Context(), web.URL, []byte("report")); err == nil || !strings.Contains(err.Error(), http.StatusText(status)) {
			t.Errorf("%d: %v", status, err)
		}
	}
	if reached > 0 {
		t.Errorf("%d reports went where the host of a domain sent them", reached)
	}
}
