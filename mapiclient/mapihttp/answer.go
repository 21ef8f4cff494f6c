package mapihttp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
)

// maxPreamble is room for meta-tags and late headers before the payload.
const maxPreamble = 1 << 20

// maxChain is more than an Execute can be answered with: 97 payloads of 32 KiB. Address books may say more.
// [MS-OXCRPC] 3.1.4.2.1.2.2
const maxChain = 4 << 20

// maxSnippet is how much of a failed answer's body an error quotes.
const maxSnippet = 300

// newHTTPError describes an answer other than 200 and reads a little of its body.
func newHTTPError(op, host string, resp *http.Response) *HTTPError {
	return &HTTPError{
		Op: op, Host: host, Status: resp.StatusCode,
		RetryAfter:   retryAfter(resp.Header, time.Now()),
		Location:     clip(resp.Header.Get("Location")),
		ResponseCode: clip(resp.Header.Get(frame.HeaderResponseCode)),
		diagnostics:  newDiagnostics(resp.Header, resp.Body),
	}
}

func newDiagnostics(h http.Header, body io.Reader) diagnostics {
	d := diagnostics{Server: clip(h.Get(frame.HeaderServerApplication)), Diagnostics: map[string]string{}}
	if d.Server == "" {
		d.Server = clip(h.Get("Server"))
	}
	for _, name := range diagnosticHeaders {
		if v := h.Get(name); v != "" {
			d.Diagnostics[name] = clip(v)
		}
	}
	b := make([]byte, 8*maxSnippet)
	n, _ := io.ReadFull(body, b)
	d.Snippet = withoutMarkup(string(b[:n]))
	return d
}

// retryAfter reads Retry-After in either form. RFC 9110 10.2.3
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil && n > 0 {
		return time.Duration(min(n, 86400)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return min(t.Sub(now), 24*time.Hour)
	}
	return 0
}

func clip(s string) string {
	if len(s) > maxSnippet {
		return s[:maxSnippet] + "…"
	}
	return s
}

// withoutMarkup gives the text of a web page on one line, for an error.
func withoutMarkup(s string) string {
	var b strings.Builder
	tag := false
	for _, r := range s {
		switch {
		case r == '<':
			tag = true
			b.WriteByte(' ')
		case r == '>' && tag:
			tag = false
		case tag:
		case r < ' ' || r == 0x7F || r == 0xFFFD:
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return clip(withoutCredentials(strings.Join(strings.Fields(b.String()), " ")))
}

var errNotMAPI = errors.New("it has no X-ResponseCode, so no MAPI server wrote it")

// accept looks at the HTTP header of an answer. [MS-OXCMAPIHTTP] 2.2.2.2
func (s *session) accept(op string, id string, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return newHTTPError(op, s.host, resp)
	}
	code, err := responseCode(resp.Header.Get(frame.HeaderResponseCode))
	if err != nil {
		return s.answerError(op, err, resp)
	}
	if code != frame.CodeSuccess {
		return &ResponseCodeError{Op: op, Host: s.host, Code: code, diagnostics: newDiagnostics(resp.Header, resp.Body)}
	}
	if echo := resp.Header.Get(frame.HeaderRequestID); echo != "" && !strings.EqualFold(echo, id) {
		return s.answerError(op, fmt.Errorf("it answers the request %q, ours was %q", clip(echo), id), resp)
	}
	return nil
}

func responseCode(v string) (frame.ResponseCode, error) {
	if v == "" {
		return 0, errNotMAPI
	}
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("X-ResponseCode is %q", clip(v))
	}
	return frame.ResponseCode(n), nil
}

func (s *session) answerError(op string, err error, resp *http.Response) *AnswerError {
	return &AnswerError{Op: op, Host: s.host, Err: err, diagnostics: newDiagnostics(resp.Header, resp.Body)}
}

// readAnswer reads the body of an accepted answer and gives its payload.
func (s *session) readAnswer(op string, resp *http.Response) ([]byte, error) {
	limit := s.client.config.MaxAnswer
	if op == string(frame.Execute) || op == string(frame.Connect) {
		limit = min(limit, maxChain)
	}
	limited := &io.LimitedReader{R: resp.Body, N: int64(limit) + maxPreamble}
	br := bufio.NewReader(limited)
	late, err := frame.ReadPreamble(br, nil)
	if err != nil {
		return nil, s.bodyError(op, err)
	}
	if v := late.Get(frame.HeaderResponseCode); v != "" {
		// It overrides the one in the HTTP header. [MS-OXCMAPIHTTP] 2.2.7
		code, err := responseCode(v)
		if err != nil {
			return nil, s.answerError(op, err, resp)
		}
		if code != frame.CodeSuccess {
			return nil, &ResponseCodeError{Op: op, Host: s.host, Code: code, Late: true,
				diagnostics: newDiagnostics(resp.Header, br)}
		}
	}
	var buf bytes.Buffer
	if n := resp.ContentLength; n > 0 {
		buf.Grow(int(min(n, 1<<20)) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(io.LimitReader(br, int64(limit)+1)); err != nil {
		return nil, s.bodyError(op, err)
	}
	if buf.Len() > limit {
		return nil, s.bodyError(op, fmt.Errorf("%w: more than %d bytes", frame.ErrTooLarge, limit))
	}
	return buf.Bytes(), nil
}

// bodyError tells a malformed body from one that did not come.
func (s *session) bodyError(op string, err error) error {
	if errors.Is(err, frame.ErrPreamble) || errors.Is(err, frame.ErrTooLarge) {
		return &AnswerError{Op: op, Host: s.host, Err: err}
	}
	return fmt.Errorf("reading the answer: %w", err)
}
