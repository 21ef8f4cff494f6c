package exchange

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/verdict"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

func refusal(code mapi.ErrorCode) error {
	return fmt.Errorf("wrapped: %w", &mapi.Error{Op: "RopSubmitMessage", Code: code})
}

func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		name   string
		op     verdict.Operation
		err    error
		want   mail.Verdict
		status string
		alarm  bool
	}{
		{"our own DN is unknown", verdict.Logon, refusal(mapi.ErrUnknownUser), mail.Retry, "4.3.0", true},
		{"we may not log on", verdict.Logon, refusal(mapi.ErrLoginPerm), mail.Retry, "4.3.5", true},
		{"the server is busy at logon", verdict.Logon, refusal(mapi.ErrServerBusy), mail.Retry, "4.3.2", false},
		{"nobody answers", verdict.Logon, fmt.Errorf("logon: %w", &net.OpError{Op: "dial", Err: errors.New("connection refused")}), mail.Retry, "4.4.1", false},
		{"service unavailable", verdict.Logon, &mapihttp.HTTPError{Status: 503}, mail.Retry, "4.4.1", false},
		{"something else at logon", verdict.Logon, errors.New("odd"), mail.Retry, "4.3.0", false},
		{"forbidden", verdict.Logon, &mapihttp.HTTPError{Status: 403}, mail.Retry, "4.3.5", true},
		{"a recipient is unknown", verdict.Submit, refusal(mapi.ErrInvalidRecips), mail.Failed, "5.1.3", false},
		{"send as denied", verdict.SubmitAs, refusal(mapi.ErrSendAsDenied), mail.Failed, "5.7.60", false},
		{"no right in another's name", verdict.SubmitAs, refusal(mapi.ErrAccessDenied), mail.Failed, "5.7.60", false},
		{"a property may not be set", verdict.SubmitAs, &mapiclient.SubmitError{Err: &mapiclient.ProblemsError{Op: "SetProperties",
			Problems: []mapiclient.Problem{{Prop: mapi.PidTagMessageFlags.Of(0), Code: mapi.ErrAccessDenied}}}}, mail.Retry, "4.3.5", true},
		{"no right in our own name", verdict.Submit, refusal(mapi.ErrAccessDenied), mail.Retry, "4.3.5", true},
		{"our mailbox is full", verdict.Submit, refusal(mapi.ErrQuotaExceeded), mail.Retry, "4.2.2", true},
		{"the recipient's mailbox is full", verdict.Deposit, refusal(mapi.ErrQuotaExceeded), mail.Retry, "4.2.2", false},
		{"the recipient's mailbox is disabled", verdict.Deposit, refusal(mapi.ErrMailboxDisabled), mail.Failed, "5.2.1", false},
		{"too large", verdict.Submit, refusal(mapi.ErrMaxSubmissionExceeded), mail.Failed, "5.3.4", false},
		{"never heard of", verdict.Submit, refusal(0x8123_4567), mail.Retry, "4.3.0", false},
		{"no code at all", verdict.Submit, errors.New("odd"), mail.Retry, "4.3.0", false},
		{"the answer was lost", verdict.Submit, &mapihttp.UnknownOutcomeError{Err: errors.New("EOF")}, mail.Unknown, "4.4.2", false},
		{"sent to some", verdict.Submit, &mapiclient.SubmitError{Unknown: true, Err: refusal(mapi.WarnCancelMessage)}, mail.Unknown, "4.4.2", true},
		{"no service yet", verdict.Submit, &mapiclient.SubmitError{Err: refusal(mapi.WarnNoService)}, mail.Retry, "4.4.1", false},
		{"sent but not filed", verdict.Submit, &mapiclient.SubmitError{Sent: true, ID: 1, Err: refusal(mapi.WarnWithErrors)}, mail.Delivered, "2.0.0", true},
		{"sent to nobody knows whom", verdict.Submit, &mapiclient.SubmitError{Unknown: true, Err: refusal(0x0004_0999)}, mail.Unknown, "4.4.2", true},
		{"a warning where a message was deposited", verdict.Deposit, refusal(mapi.WarnWithErrors), mail.Retry, "4.3.0", true},
		{"the session was lost before", verdict.Submit, &mapihttp.ContextLostError{Err: io.EOF}, mail.Retry, "4.3.0", false},
		{"not sent whole", verdict.Submit, &mapihttp.SendError{Err: errors.New("odd")}, mail.Retry, "4.3.0", false},
		{"not sent, for nobody answers", verdict.Submit, &mapihttp.SendError{Err: syscall.ECONNREFUSED}, mail.Retry, "4.4.1", false},
		{"the answer to the logon was lost", verdict.Logon, &mapihttp.UnknownOutcomeError{Err: io.EOF}, mail.Retry, "4.4.1", false},
		{"a wrong password", verdict.Logon, &auth.RejectedError{}, mail.Retry, "4.7.0", true},
		{"no token", verdict.Logon, &auth.TokenError{Status: 400}, mail.Retry, "4.7.0", true},
		{"a certificate of nobody's", verdict.Logon, fmt.Errorf("x: %w", x509.UnknownAuthorityError{}), mail.Retry, "4.7.5", true},
		{"a certificate of another", verdict.Logon, &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}}}, mail.Retry, "4.7.5", true},
		{"no TLS", verdict.Logon, tls.RecordHeaderError{}, mail.Retry, "4.7.5", false},
		{"no such server", verdict.Logon, &net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, mail.Retry, "4.4.4", true},
		{"no DNS", verdict.Logon, &net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}, mail.Retry, "4.4.3", false},
		{"the server wants a pause", verdict.Submit, &rop.BackoffError{}, mail.Retry, "4.3.2", false},
		{"the endpoint goes down", verdict.Logon, &mapihttp.ResponseCodeError{Code: 18}, mail.Retry, "4.3.2", false},
		{"no privilege", verdict.Logon, &mapihttp.ResponseCodeError{Code: 11}, mail.Retry, "4.3.5", true},
		{"a web page", verdict.Logon, &mapihttp.AnswerError{Err: errors.New("<html>")}, mail.Retry, "4.3.0", true},
		{"a torso was sent", verdict.Submit, &mapiclient.SubmitError{Sent: true, Err: refusal(mapi.ErrTooBig)}, mail.Retry, "4.3.0", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := Judge(tc.op, "server", tc.err)
			if o.Verdict != tc.want || o.Status() != tc.status || o.Alarm != tc.alarm {
				t.Errorf("%v %s alarm %v, want %v %s alarm %v", o.Verdict, o.Status(), o.Alarm, tc.want, tc.status, tc.alarm)
			}
		})
	}
	if o := Judge(verdict.Logon, "server", &mapihttp.HTTPError{Status: 503, RetryAfter: time.Minute}); o.RetryAfter != time.Minute {
		t.Errorf("Retry-After of a minute became %v", o.RetryAfter)
	}
}

// A server that wants one mailbox to be left alone takes mail for all others.
func TestReach(t *testing.T) {
	for name, tc := range map[string]struct {
		op   verdict.Operation
		err  error
		want mail.Reach
	}{
		"the mailbox is left alone": {verdict.Logon, &mapiclient.PausedError{Mailbox: true, Err: refusal(mapi.ErrServerBusy)}, mail.NothingSaid},
		"the server is left alone":  {verdict.Logon, &mapiclient.PausedError{Err: &rop.BackoffError{}}, mail.NoAnswer},
		"a pause in a session":      {verdict.Submit, &rop.BackoffError{}, mail.NothingSaid},
		"nobody listens":            {verdict.Logon, &mapihttp.SendError{Err: syscall.ECONNREFUSED}, mail.NoAnswer},
		"the web server is away":    {verdict.Logon, &mapihttp.HTTPError{Status: 503}, mail.NoAnswer},
		"the answer was lost":       {verdict.Submit, &mapihttp.UnknownOutcomeError{Err: io.EOF}, mail.NothingSaid},
		"a full mailbox":            {verdict.Deposit, refusal(mapi.ErrQuotaExceeded), mail.Answered},
	} {
		if o := Judge(tc.op, "server", tc.err); o.Reach != tc.want || tc.want == mail.NothingSaid && o.Verdict == mail.Failed {
			t.Errorf("%s: reach %d, want %d: %+v", name, o.Reach, tc.want, o)
		}
	}
}
