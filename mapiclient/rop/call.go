package rop

import (
	"errors"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Errors of a call that was not executed. See also [BackoffError] and
// [BufferTooSmallError].
var (
	// ErrNotSent says that the batch has had no answer yet.
	ErrNotSent = errors.New("the batch has not been answered")
	// ErrNoAnswer says that the server answered, but not to this request.
	ErrNoAnswer = errors.New("the server gave no answer to the request")
)

// A Call is a request in a batch and, once the batch has been answered, its
// response.
type Call[R Response] struct {
	// Out is the slot of the object that the request creates.
	Out Slot

	call *call
}

func newCall[R Response](c *call) *Call[R] { return &Call[R]{Out: c.out, call: c} }

// call is a Call without the type of its response.
type call struct {
	batch       *Batch
	header      requestHeader
	request     Request
	newResponse func() Response // nil: there will be none
	out         Slot

	code     mapi.ErrorCode
	response Response
	more     []Response
	err      error
}

func (c *call) fail(err error) { c.err = err }

// Result gives the response, or why there is none: a *[mapi.Error] when the
// server refused, a *[BackoffError], a *[BufferTooSmallError] or [ErrNoAnswer]
// when it did not execute the request. When it refused, the response is not
// nil and holds what a failure carries, if anything.
//
// A warning is not an error, but for SubmitMessage and TransportSend, where it
// means that the message was not sent or not filed as asked; see [Call.Code].
func (c *Call[R]) Result() (R, error) {
	r, _ := c.call.response.(R)
	return r, c.call.err
}

// Err is the error of Result.
func (c *Call[R]) Err() error { return c.call.err }

// Code is the return value of the answer; 0 also when there is none.
func (c *Call[R]) Code() mapi.ErrorCode { return c.call.code }

// More gives the responses that the server appended to the answer because the
// request was the last one and chaining was asked for.
// [MS-OXCRPC] 3.1.4.2.1.2.2
func (c *Call[R]) More() []R {
	more := make([]R, 0, len(c.call.more))
	for _, r := range c.call.more {
		if r, ok := r.(R); ok {
			more = append(more, r)
		}
	}
	return more
}

// Handle is the server's handle of the created object, or NoHandle.
func (c *Call[R]) Handle() uint32 {
	b := c.call.batch
	if c.call.err != nil || c.Out.batch == nil || int(c.Out.index) >= len(b.handles) {
		return NoHandle
	}
	return b.handles[c.Out.index]
}
