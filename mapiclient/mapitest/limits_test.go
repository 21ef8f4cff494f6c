package mapitest_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// TestSendQuota lets a mailbox grow beyond what it may send with, and then
// beyond what it may have.
func TestSendQuota(t *testing.T) {
	s := server(t, mapitest.Options{Limits: mapitest.Limits{SendBytes: 30 << 10, MailboxBytes: 60 << 10}})
	c := open(t, s, "anna")
	row := c.get(c.logon, mapi.PidTagProhibitSendQuota.Tag(), mapi.PidTagProhibitReceiveQuota.Tag())
	if mapi.PidTagProhibitSendQuota.Get(row) != 30 || mapi.PidTagProhibitReceiveQuota.Get(row) != 60 {
		t.Errorf("the quotas are told as %v", row)
	}
	if _, err := submit(c, rop.FolderOutbox); err != nil {
		t.Errorf("within both quotas: %v", err)
	}
	c.save(c.newMessage(rop.FolderInbox, mapi.PidTagBody.Of(strings.Repeat("x", 15000))))
	_, err := submit(c, rop.FolderOutbox)
	wantCode(t, "submitting beyond the quota for sending", err, mapi.ErrQuotaExceeded)
	h := c.newMessage(rop.FolderInbox, mapi.PidTagBody.Of(strings.Repeat("x", 15000)))
	_, err = one(c, h, &rop.SaveChangesMessageRequest{})
	wantCode(t, "saving beyond the quota", err, mapi.ErrQuotaExceeded)
	if _, code := s.Mailbox("anna").Deliver(&mapi.Message{Props: mapi.Props{mapi.PidTagBody.Of(strings.Repeat("x", 15000))}}); code == nil {
		t.Error("a full mailbox got mail")
	}
}

// TestFullMailboxBounces sends to a mailbox that is full.
func TestFullMailboxBounces(t *testing.T) {
	s := server(t, mapitest.Options{Limits: mapitest.Limits{MailboxBytes: 40 << 10}})
	body := &mapi.Message{Props: mapi.Props{mapi.PidTagBody.Of(strings.Repeat("x", 20000))}}
	if _, err := s.Mailbox("otto").Deposit(mapitest.Inbox, body); err != nil {
		t.Fatal(err)
	}
	if _, err := submit(open(t, s, "anna"), rop.FolderOutbox); err != nil {
		t.Fatal(err)
	}
	report, err := s.Mailbox("anna").WaitFor(within(t), mapitest.Inbox, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text := mapi.PidTagReportText.Get(report.Props); !strings.Contains(text, "552 5.2.2") {
		t.Errorf("the report says %q", text)
	}
}

// TestBudget asks more than the budget has and looks at each way to say no.
func TestBudget(t *testing.T) {
	for _, answer := range mapitest.ThrottleAnswers() {
		t.Run(string(answer), func(t *testing.T) {
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			s := server(t, mapitest.Options{Now: func() time.Time { return now },
				Limits: mapitest.Limits{Budget: mapitest.Budget{Requests: 4, Per: 8 * time.Second, Answer: answer}}})
			c := open(t, s, "anna")
			otto := open(t, s, "otto")
			for range 5 {
				if _, err := c.send(frame.Ping, nil, nil); err != nil {
					t.Fatal(err)
				}
			}
			var said error
			for range 6 {
				if said == nil {
					said = exhausted(c)
				}
			}
			if want := wantedRefusal(answer); said == nil || said.Error() != want {
				t.Errorf("beyond the budget: %v, want %s", said, want)
			}
			if err := exhausted(otto); err != nil {
				t.Errorf("another user: %v", err)
			}
			now = now.Add(2 * time.Second)
			if err := exhausted(c); err != nil {
				t.Errorf("after the wait: %v", err)
			}
		})
	}
}

func wantedRefusal(a mapitest.ThrottleAnswer) string {
	return map[mapitest.ThrottleAnswer]string{
		mapitest.ThrottleBackoff: "backoff of 2s", mapitest.ThrottleUnavailable: "HTTP 503, Retry-After 2", mapitest.ThrottleTooMany: "HTTP 429, Retry-After 2",
		mapitest.ThrottleServerBusy: "Execute: status 0x0, error 0x480", mapitest.ThrottleBusy: "Execute: status 0x6BB, error 0x0",
	}[a]
}

// exhausted runs an Execute and says how it was refused, if it was.
func exhausted(c *client) error {
	b := rop.NewBatch(0)
	call := rop.Add(b, b.Use(c.logon), &rop.GetStoreStateRequest{})
	payload, err := b.Encode()
	if err != nil {
		c.t.Fatal(err)
	}
	buffer, err := frame.AppendPayload(nil, payload, frame.Last)
	if err != nil {
		c.t.Fatal(err)
	}
	var resp frame.ExecuteResponse
	a, err := c.send(frame.Execute, &frame.ExecuteRequest{Flags: c.flags, RopBuffer: buffer, MaxRopOut: c.maxOut}, &resp)
	if err != nil {
		c.t.Fatal(err)
	}
	if a.status != http.StatusOK {
		return fmt.Errorf("HTTP %d, Retry-After %s", a.status, a.header.Get("Retry-After"))
	}
	if resp.StatusCode != 0 || resp.ErrorCode != 0 {
		return &executed{resp.StatusCode, resp.ErrorCode}
	}
	payloads, err := frame.Payloads(resp.RopBuffer, 1<<20)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := b.Decode(payloads...); err != nil {
		c.t.Fatal(err)
	}
	var back *rop.BackoffError
	if _, err := call.Result(); errors.As(err, &back) {
		return errors.New("backoff of " + back.Wait().String())
	} else if err != nil {
		c.t.Fatal(err)
	}
	return nil
}
