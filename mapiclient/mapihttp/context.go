package mapihttp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A Context is a session context on the mailbox endpoint: the server's memory
// of logons and open handles. It is safe for concurrent use; requests wait for
// one another. Once lost it stays lost: connect again.
type Context struct {
	*session
	info    ContextInfo
	userDN  string
	options ConnectOptions
}

// ContextInfo is what the server tells at Connect.
type ContextInfo struct {
	// PollsMax is how often to poll for events at most.
	PollsMax time.Duration
	// RetryCount and RetryDelay are how a client should go on when the server is busy.
	RetryCount int
	RetryDelay time.Duration
	// DNPrefix is the DN that compressed X500 addresses leave out.
	DNPrefix string
	// DisplayName is the user's name.
	DisplayName string
}

// ConnectOptions refine a Connect. The zero value works.
type ConnectOptions struct {
	// Admin asks for administrator rights.
	Admin bool
	// PublicFolders says that the context is also for public folders.
	PublicFolders bool
	// CodePage is that of 8-bit strings; 0 is 1252.
	CodePage uint32
	// LCID is the locale for sorting and strings; 0 is US English.
	LCID uint32
	// Replaces is a lost context that the server may forget now.
	Replaces *Context
}

// Defaults of ConnectOptions.
const (
	defaultCodePage = 1252
	defaultLCID     = 0x409
)

// Connect opens a context for the mailbox whose owner has this legacy DN.
// A refusal is a *mapi.Error. [MS-OXCMAPIHTTP] 2.2.4.1
func (c *Client) Connect(ctx context.Context, userDN string, o ConnectOptions) (*Context, error) {
	var old *session
	if o.Replaces != nil {
		old = o.Replaces.session
	}
	setDefault(&o.CodePage, defaultCodePage)
	setDefault(&o.LCID, defaultLCID)
	req := frame.ConnectRequest{UserDN: userDN, CodePage: o.CodePage, LcidSort: o.LCID, LcidString: o.LCID}
	if o.Admin {
		req.Flags |= frame.ConnectAdmin
	}
	if !o.PublicFolders {
		req.Flags |= frame.ConnectNoPublicFolders
	}
	body, err := wire.Marshal(&req)
	if err != nil {
		return nil, fmt.Errorf("Connect: %w", err)
	}
	o.Replaces = nil
	x := &Context{session: c.newSession(old), userDN: userDN, options: o}
	payload, err := x.call(ctx, frame.Connect, c.config.RequestTimeout, body)
	if err != nil {
		return nil, x.refused(frame.Connect, err)
	}
	var resp frame.ConnectResponse
	if err := x.decode(frame.Connect, payload, &resp, &resp.StatusCode, &resp.ErrorCode); err != nil {
		return nil, err
	}
	x.info = newContextInfo(&resp)
	return x, nil
}

func newContextInfo(r *frame.ConnectResponse) ContextInfo {
	return ContextInfo{
		PollsMax:    time.Duration(r.PollsMax) * time.Millisecond,
		RetryCount:  int(min(r.RetryCount, 1000)),
		RetryDelay:  time.Duration(r.RetryDelay) * time.Millisecond,
		DNPrefix:    r.DNPrefix,
		DisplayName: r.DisplayName,
	}
}

// refused gives the error of a request that opens a context: nothing is lost
// by it, so that an answer that did not come is an ordinary failure.
func (s *session) refused(op frame.RequestType, err error) error {
	if errors.Is(err, errNotSent) {
		return &SendError{Op: string(op), Host: s.host, Err: withoutMark(err)}
	}
	return fmt.Errorf("%s to %s: %w", op, s.host, err)
}

// Info gives what the server told at Connect.
func (x *Context) Info() ContextInfo { return x.info }

// ExecuteOptions refine an Execute. The zero value works.
type ExecuteOptions struct {
	// MaxOut is the most bytes of answer the client takes; 0 is as many as are
	// allowed. Whatever it says, one payload of the answer has at most 32 KiB.
	MaxOut int
	// Chain allows several payloads in the answer, for a last ROP that reads.
	Chain bool
}

// Execute sends one payload, ROPs and handle table, and gives the payloads of
// the answer: one, or up to 97 with Chain. The payload has at most
// [frame.MaxPayload] bytes. [MS-OXCMAPIHTTP] 2.2.4.2
//
// Errors, by what is known afterwards:
//
//   - *SendError: nothing was executed, the context stands;
//   - *HTTPError, of a status below 500: the same;
//   - *ContextLostError: the context, or as the *HTTPError in it says the whole endpoint, is gone; nothing was executed, connect again;
//   - *UnknownOutcomeError: it may have been executed, connect again;
//   - *StatusError: nothing was executed, the context stands;
//   - *mapi.Error: the server gives up the whole list and the context stands.
//     With ecRpcFormat nothing was executed; with others the first ROPs may
//     have been (gromox 3.10 answers 0x3F0 when an answer grows too large).
func (x *Context) Execute(ctx context.Context, payload []byte, o ExecuteOptions) ([][]byte, error) {
	body, err := executeBody(payload, o)
	if err != nil {
		return nil, fmt.Errorf("Execute: %w", err)
	}
	if err := x.exclusive(ctx, string(frame.Execute)); err != nil {
		return nil, err
	}
	defer x.release()
	answer, err := x.call(ctx, frame.Execute, x.client.config.RequestTimeout, body)
	if err != nil {
		return nil, x.settle(frame.Execute, err)
	}
	var resp frame.ExecuteResponse
	if err := x.decode(frame.Execute, answer, &resp, &resp.StatusCode, &resp.ErrorCode); err != nil {
		return nil, x.settleAnswer(frame.Execute, err)
	}
	payloads, err := frame.Payloads(resp.RopBuffer, x.client.config.MaxAnswer)
	if err != nil {
		return nil, x.settle(frame.Execute, &AnswerError{Op: string(frame.Execute), Host: x.host, Err: err})
	}
	return payloads, nil
}

func executeBody(payload []byte, o ExecuteOptions) ([]byte, error) {
	if len(payload) > frame.MaxPayload {
		return nil, fmt.Errorf("payload of %d bytes: %w: servers take %d", len(payload), frame.ErrTooLarge, frame.MaxPayload)
	}
	out := frame.MaxRopBuffer
	if o.MaxOut != 0 {
		out = min(max(o.MaxOut, frame.MinRopOut), frame.MaxRopBuffer)
	}
	req := frame.ExecuteRequest{Flags: frame.ExecuteNoCompression | frame.ExecuteNoXorMagic, MaxRopOut: uint32(out)}
	if o.Chain {
		req.Flags |= frame.ExecuteChain
	}
	var err error
	if req.RopBuffer, err = frame.AppendPayload(nil, payload, frame.Last); err != nil {
		return nil, err
	}
	return wire.Marshal(&req)
}

// settleAnswer tells a server's definite no, after which the context stands,
// from an answer that cannot be read.
func (s *session) settleAnswer(op frame.RequestType, err error) error {
	var malformed *AnswerError
	if errors.As(err, &malformed) {
		return s.settle(op, err)
	}
	return err
}

// Disconnect ends the context; it is lost afterwards, whatever happens.
// [MS-OXCMAPIHTTP] 2.2.4.3
func (x *Context) Disconnect(ctx context.Context) error {
	if err := x.exclusive(ctx, string(frame.Disconnect)); err != nil {
		return err
	}
	defer x.release()
	defer x.lose(ErrClosed)
	body, err := wire.Marshal(&frame.DisconnectRequest{})
	if err != nil {
		return err
	}
	answer, err := x.call(ctx, frame.Disconnect, x.client.config.RequestTimeout, body)
	if err != nil {
		return x.refused(frame.Disconnect, err)
	}
	var resp frame.DisconnectResponse
	return x.decode(frame.Disconnect, answer, &resp, &resp.StatusCode, &resp.ErrorCode)
}

// Release ends the context also where it is lost but may still stand on the
// server, as after a request that was cut off: there it would count among the
// sessions of the account, of which servers allow about 32, until it expires.
// A Connect with its cookies makes the server forget it. [MS-OXCMAPIHTTP] 3.1.7
func (x *Context) Release(ctx context.Context) error {
	lost := x.Lost()
	var gone *ResponseCodeError
	var door *HTTPError
	switch {
	case lost == nil:
		return x.Disconnect(ctx)
	case errors.Is(lost, ErrClosed) || errors.As(lost, &gone) || errors.As(lost, &door) && door.Moved():
		return nil // the server knows, or does not know it any more
	}
	o := x.options
	o.Replaces = x
	again, err := x.client.Connect(ctx, x.userDN, o)
	if err != nil {
		return err
	}
	return again.Disconnect(ctx)
}

// Ping keeps the context from expiring. [MS-OXCMAPIHTTP] 2.2.6
func (s *session) Ping(ctx context.Context) error {
	if err := s.exclusive(ctx, string(frame.Ping)); err != nil {
		return err
	}
	defer s.release()
	_, err := s.call(ctx, frame.Ping, s.client.config.RequestTimeout, nil)
	return s.settleIdle(frame.Ping, err)
}

// settleIdle is settle for requests that change nothing: whether one that
// failed was executed does not matter, but an answer that is lost has taken
// the context's sequence with it.
func (s *session) settleIdle(op frame.RequestType, err error) error {
	var he *HTTPError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNotSent):
		return &SendError{Op: string(op), Host: s.host, Err: withoutMark(err)}
	case errors.As(err, &he) && he.Status < 500:
		return s.atTheDoor(op, he)
	}
	lost := &ContextLostError{Op: string(op), Host: s.host, Err: err}
	s.lose(lost)
	return lost
}

// NotificationWait waits until the server has something to tell, and says
// whether it has: an Execute, with an empty list of ROPs if need be, brings it.
// It may run beside one Execute, on a lane of its own. When nothing came within
// the server's five minutes or the client's WaitTimeout it gives false.
//
// A server has one wait at a time for a context and answers ecRejected to a
// second: poll and ask again after a while. gromox 3.10 takes 3 seconds to
// notice that a wait was given up; when the context was disconnected before
// that, it refuses those of the user's next context for a minute and a half.
// [MS-OXCMAPIHTTP] 2.2.4.4
func (x *Context) NotificationWait(ctx context.Context) (bool, error) {
	if err := x.Lost(); err != nil {
		return false, &ContextLostError{Op: string(frame.NotificationWait), Host: x.host, Err: err}
	}
	body, err := wire.Marshal(&frame.NotificationWaitRequest{})
	if err != nil {
		return false, err
	}
	waitCtx, cancel := context.WithTimeoutCause(ctx, x.client.config.WaitTimeout, errWaited)
	defer cancel()
	answer, err := x.call(waitCtx, frame.NotificationWait, 2*x.client.config.WaitTimeout, body)
	if errors.Is(err, errWaited) {
		return false, nil
	}
	if err != nil {
		return false, x.settleWait(err)
	}
	var resp frame.NotificationWaitResponse
	if err := x.decode(frame.NotificationWait, answer, &resp, &resp.StatusCode, &resp.ErrorCode); err != nil {
		return false, err
	}
	return resp.EventPending&frame.EventPending != 0, nil
}

// settleWait gives the error of a NotificationWait. It is outside the
// sequence, and what stands between often cuts long requests, so that only a
// refusal loses the context.
func (x *Context) settleWait(err error) error {
	var code *ResponseCodeError
	if errors.As(err, &code) || errors.Is(err, errNotSent) {
		return x.settleIdle(frame.NotificationWait, err)
	}
	return fmt.Errorf("%s to %s: %w", frame.NotificationWait, x.host, err)
}

// errWaited is the cause when a NotificationWait reached the client's own limit.
var errWaited = errors.New("nothing to tell")
