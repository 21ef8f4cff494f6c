package exchange

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

func refusal(code mapi.ErrorCode) error {
	return fmt.Errorf("wrapped: %w", &mapi.Error{Op: "RopSubmitMessage", Code: code})
}

func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		name    string
		op      Operation
		err     error
		verdict mail.Verdict
		status  string
		alarm   bool
	}{
		{"our own DN is unknown", OpLogon, refusal(mapi.ErrUnknownUser), mail.Retry, "4.3.0", true},
		{"we may not log on", OpLogon, refusal(mapi.ErrLoginPerm), mail.Retry, "4.3.0", true},
		{"the server is busy at logon", OpLogon, refusal(mapi.ErrServerBusy), mail.Retry, "4.3.0", false},
		{"nobody answers", OpLogon, fmt.Errorf("logon: %w", &net.OpError{Op: "dial", Err: errors.New("connection refused")}), mail.Retry, "4.4.1", false},
		{"service unavailable", OpLogon, &mapihttp.HTTPError{Status: 503}, mail.Retry, "4.4.1", false},
		{"something else at logon", OpLogon, errors.New("odd"), mail.Retry, "4.3.0", false},
		{"forbidden", OpLogon, &mapihttp.HTTPError{Status: 403}, mail.Retry, "4.3.0", true},
		{"a recipient is unknown", OpSubmit, refusal(mapi.ErrInvalidRecips), mail.Failed, "5.1.3", false},
		{"send as denied", OpSubmitAs, refusal(mapi.ErrSendAsDenied), mail.Failed, "5.7.60", false},
		{"no right in another's name", OpSubmitAs, refusal(mapi.ErrAccessDenied), mail.Failed, "5.7.60", false},
		{"a property may not be set", OpSubmitAs, &mapiclient.SubmitError{Err: &mapiclient.ProblemsError{Op: "SetProperties",
			Problems: []mapiclient.Problem{{Prop: mapi.PidTagMessageFlags.Of(0), Code: mapi.ErrAccessDenied}}}}, mail.Retry, "4.3.5", true},
		{"no right in our own name", OpSubmit, refusal(mapi.ErrAccessDenied), mail.Retry, "4.3.5", true},
		{"our mailbox is full", OpSubmit, refusal(mapi.ErrQuotaExceeded), mail.Retry, "4.2.2", true},
		{"the recipient's mailbox is full", OpDeposit, refusal(mapi.ErrQuotaExceeded), mail.Retry, "4.2.2", false},
		{"the recipient's mailbox is disabled", OpDeposit, refusal(mapi.ErrMailboxDisabled), mail.Failed, "5.2.1", false},
		{"too large", OpSubmit, refusal(mapi.ErrMaxSubmissionExceeded), mail.Failed, "5.3.4", false},
		{"never heard of", OpSubmit, refusal(0x8123_4567), mail.Retry, "4.3.0", false},
		{"no code at all", OpSubmit, errors.New("odd"), mail.Retry, "4.3.0", false},
		{"the answer was lost", OpSubmit, &mapihttp.UnknownOutcomeError{Err: errors.New("EOF")}, mail.Unknown, "4.4.2", false},
		{"sent to some", OpSubmit, &mapiclient.SubmitError{Unknown: true, Err: refusal(mapi.WarnCancelMessage)}, mail.Unknown, "4.4.2", true},
		{"no service yet", OpSubmit, &mapiclient.SubmitError{Err: refusal(mapi.WarnNoService)}, mail.Retry, "4.4.1", false},
		{"sent but not filed", OpSubmit, &mapiclient.SubmitError{Sent: true, ID: 1, Err: refusal(mapi.WarnWithErrors)}, mail.Delivered, "2.0.0", true},
		{"a torso was sent", OpSubmit, &mapiclient.SubmitError{Sent: true, Err: refusal(mapi.ErrTooBig)}, mail.Retry, "4.3.0", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := Judge(tc.op, "server", tc.err)
			if o.Verdict != tc.verdict || o.Status() != tc.status || o.Alarm != tc.alarm {
				t.Errorf("%v %s alarm %v, want %v %s alarm %v", o.Verdict, o.Status(), o.Alarm, tc.verdict, tc.status, tc.alarm)
			}
		})
	}
	if o := Judge(OpLogon, "server", &mapihttp.HTTPError{Status: 503, RetryAfter: time.Minute}); o.RetryAfter != time.Minute {
		t.Errorf("Retry-After of a minute became %v", o.RetryAfter)
	}
}

// At the logon nothing that a server says may bounce a mail.
func TestNoLogonFailureBounces(t *testing.T) {
	for code := range verdicts {
		if o := Judge(OpLogon, "server", refusal(code)); o.Verdict != mail.Retry {
			t.Errorf("%v at the logon gives %v", code, o.Verdict)
		}
	}
}
