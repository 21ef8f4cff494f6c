package mapihttp

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// What a server says about a failure besides its body.
type diagnostics struct {
	// Server is the Server or X-ServerApplication header.
	Server string
	// Diagnostics are headers that help an administrator: X-DiagInfo,
	// X-FEServer, X-BEServer, request-id and the like.
	Diagnostics map[string]string
	// Snippet is the beginning of the body, without markup.
	Snippet string
}

func (d *diagnostics) describe(b *strings.Builder) {
	if d.Server != "" {
		fmt.Fprintf(b, ", server %q", d.Server)
	}
	for _, name := range diagnosticHeaders {
		if v := d.Diagnostics[name]; v != "" {
			fmt.Fprintf(b, ", %s %q", name, v)
		}
	}
	if d.Snippet != "" {
		fmt.Fprintf(b, ": %q", d.Snippet)
	}
}

// diagnosticHeaders are kept from failed answers, in the order they are told.
var diagnosticHeaders = [...]string{
	"X-DiagInfo", "X-FEServer", "X-BEServer", "X-CalculatedBETarget", "X-FailureContext", "request-id", "Via",
}

// A SendError says that a request did not reach the server whole: nothing was
// executed and the context still stands.
type SendError struct {
	Op   string
	Host string
	Err  error
}

// Error implements error.
func (e *SendError) Error() string {
	return fmt.Sprintf("%s to %s could not be sent: %v", e.Op, e.Host, e.Err)
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }

// An UnknownOutcomeError says that a request was sent and its answer is lost:
// it may have been executed or not. The context is lost too. Look before
// asking for the same again. [MS-OXCMAPIHTTP] 3.1.7
type UnknownOutcomeError struct {
	Op   string
	Host string
	Err  error
}

// Error implements error.
func (e *UnknownOutcomeError) Error() string {
	return fmt.Sprintf("%s was sent to %s but its outcome is unknown: %v", e.Op, e.Host, e.Err)
}

// Unwrap gives the cause.
func (e *UnknownOutcomeError) Unwrap() error { return e.Err }

// A ContextLostError says that the session context no longer exists and that
// this request was not executed. Connect again; all handles are gone.
type ContextLostError struct {
	Op   string
	Host string
	// Err is why it was lost.
	Err error
}

// Error implements error.
func (e *ContextLostError) Error() string {
	return fmt.Sprintf("%s to %s: the session context is lost, connect again: %v", e.Op, e.Host, e.Err)
}

// Unwrap gives the cause.
func (e *ContextLostError) Unwrap() error { return e.Err }

// ErrClosed is the cause of a ContextLostError after Disconnect or Close.
var ErrClosed = errors.New("it was closed")

// An HTTPError is an answer with a status other than 200.
type HTTPError struct {
	Op     string
	Host   string
	Status int
	// RetryAfter is how long the server asks to wait; 0 says nothing.
	RetryAfter time.Duration
	// Location is where a redirect points; it is never followed.
	Location string
	// ResponseCode is the X-ResponseCode as sent, mostly empty.
	ResponseCode string
	diagnostics
}

// Error implements error.
func (e *HTTPError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s answered HTTP %d", e.Op, e.Host, e.Status)
	if e.Location != "" {
		fmt.Fprintf(&b, " pointing to %q", e.Location)
	}
	if e.ResponseCode != "" {
		fmt.Fprintf(&b, ", X-ResponseCode %s", e.ResponseCode)
	}
	if r := httpRemedy(e.Status); r != "" {
		fmt.Fprintf(&b, " (%s)", r)
	}
	e.describe(&b)
	return b.String()
}

// Moved tells whether the endpoint is not there any more: discover it again.
func (e *HTTPError) Moved() bool {
	return e.Status == http.StatusNotFound || e.Status == http.StatusGone || e.Status/100 == 3
}

func httpRemedy(status int) string {
	switch {
	case status == 400:
		return "is the MailboxId missing from the endpoint's URL?"
	case status == 401:
		return "the sign-in is not accepted"
	case status == 403:
		return "the account may not use MAPI over HTTP"
	case status == 404 || status/100 == 3:
		return "the endpoint has moved: discover it again"
	case status == 407:
		return "a proxy wants a sign-in"
	case status == 411:
		return "something on the way dropped the Content-Length"
	case status == 503 || status == 429:
		return "the server is busy or down: try later"
	}
	return ""
}

// A ResponseCodeError is an answer whose X-ResponseCode is not 0. Servers
// number them differently, so the number is a diagnostic. [MS-OXCMAPIHTTP] 2.2.3.3.3
type ResponseCodeError struct {
	Op   string
	Host string
	Code frame.ResponseCode
	// Late says that the code came behind DONE instead of in the HTTP header.
	Late bool
	diagnostics
}

// Error implements error.
func (e *ResponseCodeError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s answered X-ResponseCode %v", e.Op, e.Host, e.Code)
	e.describe(&b)
	return b.String()
}

// A StatusError is an answer whose body says, by its StatusCode, that the
// request was not processed. The context still stands.
type StatusError struct {
	Op   string
	Host string
	Code mapi.ErrorCode
}

// Error implements error.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s: %s did not process the request: status %v", e.Op, e.Host, e.Code)
}

// Unwrap gives the code, for errors.Is.
func (e *StatusError) Unwrap() error { return e.Code }

// An AnswerError is an answer that is not what the protocol has: a web page
// of some proxy, half a body, bytes that make no sense.
type AnswerError struct {
	Op   string
	Host string
	Err  error
	diagnostics
}

// Error implements error.
func (e *AnswerError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the answer of %s is malformed: %v", e.Op, e.Host, e.Err)
	e.describe(&b)
	return b.String()
}

// Unwrap gives the cause.
func (e *AnswerError) Unwrap() error { return e.Err }
