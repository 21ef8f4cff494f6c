package mapitest_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

func chunkedRefused(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p.Without(mapitest.QuirkLengthRequired)})
	return status(t, s, func(r *http.Request) { r.ContentLength = -1 }).status == http.StatusBadRequest
}

func lengthRequired(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	return status(t, s, func(r *http.Request) { r.ContentLength = -1; r.Header.Del("Authorization") }).status == http.StatusLengthRequired
}

func ntlmAsNegotiate(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p, Auth: []mapitest.AuthScheme{mapitest.AuthNTLM}})
	c := dial(t, s, "anna", "anna")
	_, offers := leg(t, c, "")
	return slices.Contains(offers, "Negotiate") && ntlmSignIn(t, c, "Negotiate", "anna", "secret") != http.StatusUnauthorized
}

func mailboxIDIgnored(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	wrong := status(t, s, func(r *http.Request) { r.URL.RawQuery = "MailboxId=whatever" })
	without := status(t, s, func(r *http.Request) { r.URL.RawQuery = "" })
	return wrong.status == http.StatusOK && without.status == http.StatusNotFound
}

func sidCookies(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	return c.cookies["sid"] != "" && c.cookies["sequence"] != "" && len(c.cookies) == 2
}

func ownResponseCodes(t *testing.T, p *mapitest.Profile) bool {
	s, c := on(t, p)
	missing := status(t, s, func(r *http.Request) { r.Header.Del(frame.HeaderClientInfo) })
	spare := status(t, s, func(r *http.Request) { r.Header.Del(frame.HeaderClientApplication) })
	for name := range c.cookies {
		if strings.EqualFold(name, "sequence") || name == "MapiSequence" {
			c.cookies[name] = strings.Repeat("A", 26)
		}
	}
	stale, err := c.do(c.request(frame.Execute, emptyExecute(t)))
	if err != nil {
		t.Fatal(err)
	}
	return missing.code == 3 && spare.code == 0 && stale.code == 7
}

func rotatesOnRefusal(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	if a, err := c.do(c.request(frame.RequestType("Dance"), nil)); err != nil || a.code == 0 {
		t.Fatalf("an unknown type: %+v, %v", a, err)
	}
	_, err := c.execute([]byte{2, 0})
	return err != nil
}

func emptyExecute(t *testing.T) []byte {
	buffer, err := frame.AppendPayload(nil, []byte{2, 0}, frame.Last)
	if err != nil {
		t.Fatal(err)
	}
	return marshal(t, &frame.ExecuteRequest{RopBuffer: buffer, MaxRopOut: frame.MaxRopBuffer})
}

// raw is the body of a NotificationWait's answer as it comes over the wire.
func raw(t *testing.T, p *mapitest.Profile, limits mapitest.Limits) string {
	s, c := on(t, p, mapitest.Options{Limits: limits})
	create(c, c.logon, &rop.RegisterNotificationRequest{FolderID: c.folders[rop.FolderInbox], Types: rop.NotifyNewMail})
	resp, err := c.http.Do(c.request(frame.NotificationWait, marshal(t, &frame.NotificationWaitRequest{})))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	end := sync.OnceFunc(func() { _, _ = s.Mailbox("anna").Deliver(&mapi.Message{}) })
	if limits.Pending == 0 {
		time.AfterFunc(100*time.Millisecond, end)
	}
	var body strings.Builder
	for buf := make([]byte, 1024); ; {
		n, err := resp.Body.Read(buf)
		if body.Write(buf[:n]); strings.Contains(body.String(), "PENDING") {
			end()
		}
		if err == io.EOF {
			return body.String()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func barePending(t *testing.T, p *mapitest.Profile) bool {
	body := raw(t, p, mapitest.Limits{Pending: 20 * time.Millisecond})
	if !strings.Contains(body, "PENDING") {
		t.Fatalf("no sign of life in %q", body)
	}
	return !strings.Contains(body, "PENDING\r\n")
}

func processingAgain(t *testing.T, p *mapitest.Profile) bool {
	return strings.Count(raw(t, p, mapitest.Limits{}), "PROCESSING\r\n") == 2
}

func endlessWait(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p, mapitest.Options{Limits: mapitest.Limits{Wait: 20 * time.Millisecond}})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	resp, err := c.http.Do(c.request(frame.NotificationWait, marshal(t, &frame.NotificationWaitRequest{})).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	// Where the server sees first that nobody waits any more, the answer comes whole.
	if _, err := io.ReadAll(resp.Body); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return ctx.Err() != nil
}

func slowPending(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	return status(t, s, func(*http.Request) {}).header.Get(frame.HeaderPendingPeriod) == "30000"
}

func shortBeforeLogon(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	before := status(t, s, func(*http.Request) {}).header.Get(frame.HeaderExpirationInfo)
	c := open(t, s, "anna")
	a, err := c.do(c.request(frame.Execute, emptyExecute(t)))
	if err != nil {
		t.Fatal(err)
	}
	if after := a.header.Get(frame.HeaderExpirationInfo); after != "900000" {
		t.Errorf("after the logon: %q", after)
	}
	return before == "300000"
}

func backEndHeaders(t *testing.T, p *mapitest.Profile) bool {
	s := server(t, mapitest.Options{Profile: p})
	h := status(t, s, func(*http.Request) {}).header
	return h.Get("X-FEServer") != "" && h.Get("X-BEServer") != "" && h.Get("request-id") != ""
}

// neverCompressed looks at the first payload of an answer.
func neverCompressed(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	c.flags = 0
	resp, err := c.execute([]byte{2, 0})
	if err != nil || len(resp.RopBuffer) < frame.HeaderSize {
		t.Fatalf("%v, %d bytes", err, len(resp.RopBuffer))
	}
	flags := frame.PayloadFlags(resp.RopBuffer[2])
	return flags&(frame.Compressed|frame.XorMagic) == 0
}
