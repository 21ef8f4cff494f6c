package mapihttp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A session is what the contexts of both endpoints have in common: identity,
// cookies, and one request at a time. [MS-OXCMAPIHTTP] 3.1.1
type session struct {
	client  *Client
	host    string
	id      string // "{GUID}", the same for all requests of the context
	info    string // X-ClientInfo
	counter atomic.Uint32
	cookies *cookies

	// turn holds one token: who has it may send.
	turn chan struct{}

	mu      sync.Mutex
	lost    error // why the context no longer exists
	expires time.Time
	server  string
}

func (c *Client) newSession(old *session) *session {
	s := &session{client: c, host: c.url.Host, id: guidString(c.config.NewID()), cookies: &cookies{}, turn: make(chan struct{}, 1)}
	s.info = c.id + ":" + strconv.FormatUint(c.contexts.Add(1), 10)
	if old != nil {
		// The server destroys the old context and ignores its sequence. [MS-OXCMAPIHTTP] 3.1.7
		s.cookies = copyOf(old.cookies)
	}
	s.turn <- struct{}{}
	return s
}

// Expires is when the server forgets the context unless something is sent
// before; the zero time if it did not say. [MS-OXCMAPIHTTP] 2.2.3.3.10
func (s *session) Expires() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expires
}

// ServerApplication is how the server names itself, such as Exchange/15.20.1.2.
func (s *session) ServerApplication() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server
}

// Lost tells why the context no longer exists; nil while it does.
func (s *session) Lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost
}

func (s *session) lose(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil {
		s.lost = err
	}
}

// exclusive waits for the turn. [MS-OXCMAPIHTTP] 3.1.5.6: one request at a time.
func (s *session) exclusive(ctx context.Context, op string) error {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return &SendError{Op: op, Host: s.host, Err: context.Cause(ctx)}
	}
	if err := s.Lost(); err != nil {
		s.turn <- struct{}{}
		return &ContextLostError{Op: op, Host: s.host, Err: err}
	}
	return nil
}

func (s *session) release() { s.turn <- struct{}{} }

// call sends one request of the session and decodes its answer. The errors are
// those of a request whose context does not matter; see settle.
func (s *session) call(ctx context.Context, t frame.RequestType, timeout time.Duration, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no complete answer within %v", timeout))
	defer cancel()
	id := s.id + ":" + strconv.FormatUint(uint64(s.counter.Add(1)), 10)
	r := &Request{Method: http.MethodPost, URL: s.client.url, Body: body, Header: s.header(t, id)}
	cookie, sent := s.cookies.header()
	if cookie != "" {
		r.Header["Cookie"] = []string{cookie}
	}
	x := &Exchange{Type: string(t), URL: s.client.url.String(), Start: time.Now(), RequestHeader: r.Header}
	if s.client.config.ObserveBodies {
		x.Request = body
	}
	payload, err := s.exchange(ctx, r, id, sent, x)
	if observe := s.client.config.Observe; observe != nil {
		x.Duration, x.Err = time.Since(x.Start), err
		observe(*x)
	}
	return payload, err
}

// header gives the headers of a request. [MS-OXCMAPIHTTP] 2.2.3.3
func (s *session) header(t frame.RequestType, id string) http.Header {
	// The names are spelled as in the specification, not canonicalized.
	return http.Header{
		"Content-Type":                {frame.ContentType},
		frame.HeaderRequestType:       {string(t)},
		frame.HeaderRequestID:         {id},
		frame.HeaderClientInfo:        {s.info},
		frame.HeaderClientApplication: {s.client.config.ClientApplication},
	}
}

func (s *session) exchange(ctx context.Context, r *Request, id string, sent []*http.Cookie, x *Exchange) ([]byte, error) {
	resp, err := s.client.lanes.Send(ctx, r)
	if err != nil {
		return nil, err
	}
	x.Status, x.AnswerHeader = resp.StatusCode, resp.Header
	if s.client.config.Observe != nil && s.client.config.ObserveBodies {
		var seen bytes.Buffer
		resp.Body = &teeBody{Reader: io.TeeReader(resp.Body, &seen), Closer: resp.Body}
		defer func() { x.Answer = seen.Bytes() }()
	}
	defer drain(resp.Body)
	if x.Type == string(frame.NotificationWait) {
		err = s.cookies.saveBeside(resp, sent)
	} else {
		err = s.cookies.save(resp)
	}
	if err != nil {
		return nil, s.answerError(x.Type, err, resp)
	}
	if err := s.accept(x.Type, id, resp); err != nil {
		return nil, err
	}
	s.note(resp.Header)
	return s.readAnswer(x.Type, resp)
}

type teeBody struct {
	io.Reader
	io.Closer
}

// note keeps what the headers of an answer tell about the context.
func (s *session) note(h http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ms, err := strconv.ParseUint(h.Get(frame.HeaderExpirationInfo), 10, 32); err == nil && ms > 0 {
		s.expires = time.Now().Add(time.Duration(ms) * time.Millisecond)
	}
	if v := h.Get(frame.HeaderServerApplication); v != "" {
		s.server = clip(v)
	}
}

// settle gives the error of a request in an established context its meaning:
// what was certainly not executed, what may have been, and whether the context
// still stands.
func (s *session) settle(op frame.RequestType, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, errNotSent) {
		return &SendError{Op: string(op), Host: s.host, Err: withoutMark(err)}
	}
	var he *HTTPError
	if errors.As(err, &he) && he.Status < 500 {
		// A redirect or a refusal at the door: nothing was executed.
		return s.atTheDoor(op, he)
	}
	unknown := &UnknownOutcomeError{Op: string(op), Host: s.host, Err: err}
	s.lose(unknown)
	return unknown
}

// atTheDoor gives the error of a request that nobody has executed. Where the
// endpoint has gone the context has gone with it: its user must look for the endpoint again.
func (s *session) atTheDoor(op frame.RequestType, err *HTTPError) error {
	if !err.Moved() {
		return err
	}
	lost := &ContextLostError{Op: string(op), Host: s.host, Err: err}
	s.lose(lost)
	return lost
}

// withoutMark takes errNotSent off, which says what SendError says.
func withoutMark(err error) error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		if list := j.Unwrap(); len(list) == 2 && list[0] == errNotSent {
			return list[1]
		}
	}
	return err
}

// decode reads the body of an answer into v and gives the error it tells of.
func (s *session) decode(op frame.RequestType, payload []byte, v wire.Coder, status, code *uint32) error {
	if err := wire.Unmarshal(payload, v); err != nil {
		return &AnswerError{Op: string(op), Host: s.host, Err: err}
	}
	if *status != 0 && !wholeFailure(payload) {
		return &AnswerError{Op: string(op), Host: s.host, Err: fmt.Errorf("its status is %v, and what follows is no failure's", mapi.ErrorCode(*status))}
	}
	if *status != 0 {
		return &StatusError{Op: string(op), Host: s.host, Code: mapi.ErrorCode(*status)}
	}
	if *code != 0 {
		return &mapi.Error{Op: string(op), Code: mapi.ErrorCode(*code)}
	}
	return nil
}

// wholeFailure tells the body of a failure, which is a promise that nothing was executed, from
// bytes that only begin like one: behind the status stand the size of the auxiliary buffer and that
// buffer; gromox 3.10 says the status twice. [MS-OXCMAPIHTTP] 2.2.4.1.3
func wholeFailure(payload []byte) bool {
	const head = 8 // status and size
	n := len(payload)
	return n == 4 || n == head || n > head && uint64(binary.LittleEndian.Uint32(payload[4:])) == uint64(n-head)
}

// guidString gives the form that headers use.
func guidString(g mapi.GUID) string { return "{" + strings.ToUpper(g.String()) + "}" }

// Abandon makes the context lost because the caller cannot understand an
// answer, and gives the error that says so.
func (s *session) Abandon(op string, err error) error {
	unknown := &UnknownOutcomeError{Op: op, Host: s.host, Err: err}
	s.lose(unknown)
	return unknown
}
