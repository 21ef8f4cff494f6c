package exchange

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/verdict"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Judge gives the outcome of an operation that failed. server names who said
// so, for people.
func Judge(op verdict.Operation, server string, err error) mail.Outcome {
	// That a property may not be set says nothing about rights in anybody's name.
	var problems *mapiclient.ProblemsError
	if op == verdict.SubmitAs && errors.As(err, &problems) {
		op = verdict.Submit
	}
	o := verdict.Of(op, cause(err)).Outcome(err.Error(), server)
	o.Findable = o.Verdict == mail.Unknown // in the mailbox, by the mail's id
	if o.Findable || concernsMailbox(err) {
		o.Reach = mail.NothingSaid
	}
	o.RetryAfter = max(o.RetryAfter, retryAfter(err))
	return o
}

// fault is the outcome of a cause that no server has part in.
func fault(op verdict.Operation, c verdict.Cause, text string) mail.Outcome {
	o := verdict.Of(op, c).Outcome(text, "")
	o.Reach = mail.NothingSaid
	return o
}

// longestUntried is how long a pause may be that costs a mail no attempt: behind a longer one its sender must hear that it is late.
const longestUntried = 5 * time.Minute

// resting judges why a mailbox was not opened, for mail of which nothing was done yet: while the mailbox is left alone nobody was asked.
func resting(server string, err error) mail.Outcome {
	o := Judge(verdict.Logon, server, err)
	var paused *mapiclient.PausedError
	o.Untried = errors.As(err, &paused) && paused.Mailbox && o.Verdict == mail.Retry && o.RetryAfter <= longestUntried
	return o
}

// concernsMailbox tells a server that wants one mailbox to be left alone from one that wants to be left alone itself.
func concernsMailbox(err error) bool {
	var paused *mapiclient.PausedError
	var backoff *rop.BackoffError
	if errors.As(err, &paused) {
		return paused.Mailbox
	}
	return errors.As(err, &backoff)
}

// cause finds what an error of the client comes from.
func cause(err error) verdict.Cause {
	for _, find := range []func(error) (verdict.Cause, bool){submitCause, answerCause, networkCause} {
		if c, ok := find(err); ok {
			return c
		}
	}
	var paused *mapiclient.PausedError
	var missing *autodiscover.NotFoundError
	var unsent *mapihttp.SendError
	var malformed *mapihttp.AnswerError
	switch {
	case errors.As(err, &malformed):
		return verdict.Malformed
	case errors.As(err, &paused):
		return verdict.LeftAlone
	case errors.As(err, &missing):
		return verdict.NotFound
	case errors.As(err, &unsent):
		return verdict.NotSent
	}
	return verdict.Unclassified
}

// submitCause is about what became of a request that changes something.
func submitCause(err error) (verdict.Cause, bool) {
	var unknown *mapihttp.UnknownOutcomeError
	var lost *mapihttp.ContextLostError
	var submit *mapiclient.SubmitError
	var unsent *mapiclient.UnsentError
	switch {
	case errors.As(err, &unsent):
		return verdict.SessionLost, true
	case errors.As(err, &unknown):
		return verdict.AnswerLost, true
	case errors.As(err, &submit) && submit.Sent && submit.ID == 0:
		return verdict.Torso, true
	case errors.As(err, &lost):
		return verdict.SessionLost, true
	}
	return verdict.Cause{}, false
}

// beforehand marks the loss of a session as one that came before anything was sent.
func beforehand(err error) error {
	if c, ok := submitCause(err); ok && (c == verdict.AnswerLost || c == verdict.SessionLost) {
		return &mapiclient.UnsentError{Err: err}
	}
	return err
}

// answerCause is what a server has answered.
func answerCause(err error) (verdict.Cause, bool) {
	var rejected *auth.RejectedError
	var token *auth.TokenError
	var status *mapihttp.HTTPError
	var mark *mapihttp.ResponseCodeError
	var backoff *rop.BackoffError
	var code mapi.ErrorCode
	switch {
	case errors.As(err, &mark):
		return verdict.Mark(uint32(mark.Code)), true
	case errors.As(err, &rejected):
		return verdict.Rejected, true
	case errors.As(err, &token):
		return verdict.NoToken, true
	case errors.As(err, &status):
		return verdict.HTTP(status.Status), true
	case errors.As(err, &backoff):
		return verdict.BackOff, true
	case errors.As(err, &code):
		return verdict.MAPI(code), true
	}
	return verdict.Cause{}, false
}

// networkCause is why a server was not reached.
func networkCause(err error) (verdict.Cause, bool) {
	var certificate *tls.CertificateVerificationError
	var unknownAuthority x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	var alert tls.AlertError
	var noTLS tls.RecordHeaderError
	var name *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &certificate), errors.As(err, &unknownAuthority), errors.As(err, &wrongName), errors.As(err, &invalid):
		return verdict.Certificate, true
	case errors.As(err, &alert), errors.As(err, &noTLS):
		return verdict.Handshake, true
	case errors.As(err, &name) && name.IsNotFound:
		return verdict.NameUnknown, true
	case errors.As(err, &name):
		return verdict.NameTemporary, true
	case errors.Is(err, syscall.ECONNREFUSED):
		return verdict.Refused, true
	case errors.As(err, &network) && network.Timeout():
		return verdict.TimedOut, true
	case errors.As(err, &network), errors.Is(err, syscall.ECONNRESET):
		return verdict.Broken, true
	}
	return verdict.Cause{}, false
}

// retryAfter is how long the server is to be left alone.
func retryAfter(err error) time.Duration {
	var paused *mapiclient.PausedError
	if errors.As(err, &paused) {
		return max(time.Until(paused.Until), 0)
	}
	return mapiclient.RetryAfter(err)
}
