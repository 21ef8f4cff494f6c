package exchange

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// An Operation is what was being done when a server refused: the same code
// means different things at different operations.
type Operation int

// Operations.
const (
	// OpLogon is everything until a mailbox is open. Whatever fails there is
	// about our account, never about the mail.
	OpLogon Operation = iota
	// OpSubmit is writing and submitting a message in our own name.
	OpSubmit
	// OpSubmitAs is the same in the name of somebody else.
	OpSubmitAs
	// OpDeposit is writing into the mailbox of the recipient.
	OpDeposit
)

// String names the operation as metrics and logs do.
func (op Operation) String() string {
	return [...]string{"logon", "submit", "submit-as", "deposit"}[op]
}

// A reply is an outcome without its particulars.
type reply struct {
	code   int
	detail string
	alarm  bool
}

// verdicts is the one table from what a server says to what becomes of the
// mail, for the operations behind the logon. [MS-OXCDATA] 2.4; what a code
// means for a mail is the gateway's judgement. The class of the reply is the
// verdict: 4yz is kept, 5yz goes back to the sender.
var verdicts = map[mapi.ErrorCode]reply{
	mapi.ErrUnknownUser:           {550, "1.1", false},
	mapi.ErrInvalidRecips:         {550, "1.3", false},
	mapi.ErrNoRecipients:          {554, "5.1", false},
	mapi.ErrAmbiguousRecip:        {550, "1.4", false},
	mapi.ErrTooManyRecips:         {452, "5.3", true},
	mapi.ErrSendAsDenied:          {550, "7.60", false},
	mapi.ErrRuleSendAsDenied:      {550, "7.60", false},
	mapi.ErrMaxSubmissionExceeded: {552, "3.4", false},
	mapi.ErrMessageTooBig:         {552, "3.4", false},
	mapi.ErrMaxAttachmentExceeded: {552, "3.4", false},
	mapi.ErrVirusDetected:         {554, "7.1", false},
	mapi.ErrVirusMessageDeleted:   {554, "7.1", false},
	mapi.ErrVirusScanInProgress:   {451, "7.1", false},
	mapi.ErrMsgCycle:              {554, "4.6", false},
	mapi.ErrCorruptData:           {554, "6.0", false},
	mapi.ErrFmtError:              {554, "6.0", false},

	mapi.ErrQuotaExceeded:         {452, "2.2", true},
	mapi.ErrShutoffQuotaExceeded:  {452, "2.2", true},
	mapi.ErrMailboxInTransit:      {451, "2.1", false},
	mapi.ErrWrongServer:           {451, "2.1", false},
	mapi.ErrMailboxQuarantined:    {451, "2.1", true},
	mapi.ErrServerPaused:          {451, "3.2", false},
	mapi.ErrExiting:               {451, "3.2", false},
	mapi.ErrMountInProgress:       {451, "3.2", false},
	mapi.ErrDismountInProgress:    {451, "3.2", false},
	mapi.ErrServerBusy:            {451, "3.2", false},
	mapi.ErrBusy:                  {451, "3.2", false},
	mapi.ErrRpcServerTooBusy:      {451, "3.2", false},
	mapi.ErrConnectionsOverBudget: {451, "3.2", false},
	mapi.ErrMaxPoolExceeded:       {451, "3.2", false},
	mapi.ErrTimeout:               {451, "4.2", false},
	mapi.ErrNetwork:               {451, "4.2", false},
	mapi.ErrOutOfMemory:           {452, "3.1", false},
	mapi.ErrInsufficientResrc:     {452, "3.1", false},
	mapi.ErrMaxObjectsExceeded:    {452, "3.1", false},
	mapi.ErrTooManySessions:       {452, "3.1", false},
	mapi.ErrObjectModified:        {451, "3.0", false},
	mapi.ErrSyncConflict:          {451, "3.0", false},
	mapi.ErrLockTimedOut:          {451, "3.0", false},
	mapi.ErrObjectLocked:          {451, "3.0", false},
	mapi.WarnNoService:            {451, "4.1", false},

	mapi.ErrAccessDenied:        {451, "3.5", true},
	mapi.ErrLoginPerm:           {451, "3.5", true},
	mapi.ErrNotAuthorized:       {451, "3.5", true},
	mapi.ErrLoginFailure:        {451, "3.0", true},
	mapi.ErrMailboxDisabled:     {451, "3.5", true},
	mapi.ErrAccountDisabled:     {451, "3.5", true},
	mapi.ErrProtocolDisabled:    {451, "3.5", true},
	mapi.ErrClientVerDisallowed: {451, "3.5", true},
	mapi.ErrRpcFormat:           {451, "3.0", true},
	mapi.ErrInvalidParameter:    {451, "3.0", true},
	mapi.ErrNullObject:          {451, "3.0", true},
}

// exceptions are codes that mean something else at one operation.
var exceptions = map[Operation]map[mapi.ErrorCode]reply{
	// Refused in somebody's name is a missing right of that sender's.
	OpSubmitAs: {mapi.ErrAccessDenied: {550, "7.60", false}, mapi.ErrNotAuthorized: {550, "7.60", false}},
	// The mailbox is the recipient's here.
	OpDeposit: {
		mapi.ErrMailboxDisabled: {550, "2.1", false}, mapi.ErrAccountDisabled: {550, "2.1", false},
		mapi.ErrQuotaExceeded: {452, "2.2", false}, mapi.ErrShutoffQuotaExceeded: {452, "2.2", false},
	},
}

// unclassified keeps the mail.
var unclassified = reply{451, "3.0", false}

// Judge gives the outcome of an operation that failed. server names who said
// so, for people.
func Judge(op Operation, server string, err error) mail.Outcome {
	o := mail.Outcome{Verdict: mail.Retry, Text: err.Error(), Remote: server}
	var unknown *mapihttp.UnknownOutcomeError
	var submit *mapiclient.SubmitError
	switch {
	case errors.As(err, &unknown):
		o.Verdict, o.Code, o.Detail, o.RetryAfter = mail.Unknown, 451, "4.2", 5*time.Second
		return o
	case errors.As(err, &submit) && submit.Unknown:
		o.Verdict, o.Code, o.Detail, o.Alarm = mail.Unknown, 451, "4.2", true
		return o
	case errors.As(err, &submit) && submit.Sent && submit.ID != 0:
		o.Verdict, o.Code, o.Detail, o.Alarm = mail.Delivered, 250, "0.0", true
		return o
	}
	r := lookUp(op, err)
	o.Code, o.Detail, o.Alarm = r.code, r.detail, r.alarm
	if r.code >= 500 {
		o.Verdict = mail.Failed
	}
	o.RetryAfter = retryAfter(err)
	return o
}

func lookUp(op Operation, err error) reply {
	var code mapi.ErrorCode
	known := errors.As(err, &code)
	switch {
	case op == OpLogon:
		// A server that cannot be reached is an everyday fault, and no mail need
		// try it for a while; a server that refuses us is the operator's to mend.
		if away(err) {
			return reply{451, "4.1", false}
		}
		return reply{451, "3.0", refusesUs(err)}
	case !known:
		return unclassified
	}
	// That a property may not be set says nothing about rights in anybody's name.
	var problems *mapiclient.ProblemsError
	if r, ok := exceptions[op][code]; ok && !errors.As(err, &problems) {
		return r
	}
	if r, ok := verdicts[code]; ok {
		return r
	}
	return unclassified
}

// away tells a server that nobody reaches now from a fault of one mailbox.
func away(err error) bool {
	var status *mapihttp.HTTPError
	if errors.As(err, &status) {
		return status.Status >= 500
	}
	var network net.Error
	return errors.As(err, &network)
}

// refusesUs tells a refusal of our account from a server that is away or busy.
func refusesUs(err error) bool {
	var rejected *auth.RejectedError
	var status *mapihttp.HTTPError
	var code mapi.ErrorCode
	switch {
	case errors.As(err, &rejected):
		return true
	case errors.As(err, &status):
		return status.Status < 500 && status.Status != 429
	case errors.As(err, &code):
		r, ok := verdicts[code]
		return !ok || r.alarm || r.code >= 500
	}
	return false
}

// retryAfter is how long the server is to be left alone.
func retryAfter(err error) time.Duration {
	var paused *mapiclient.PausedError
	if errors.As(err, &paused) {
		return max(time.Until(paused.Until), 0)
	}
	return mapiclient.RetryAfter(err)
}

// noIdentity is the outcome of a mail that no mailbox may send.
func noIdentity(from string) mail.Outcome {
	return mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "7.60",
		Text: fmt.Sprintf("no mailbox of this gateway may send mail of %q", from)}
}
