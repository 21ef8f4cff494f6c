package rop

import (
	"errors"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
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

// Result gives the response, or why there is none: a *[mapi.Error] when the
// server refused, a *[BackoffError], a *[BufferTooSmallError] or [ErrNoAnswer]
// when it did not execute the request, an *[UnfinishedError] when it still
// does. When it refused, the response is not nil and holds what a failure
// carries, if anything.
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
// request was the last one and chaining was asked for. Result has the error of
// the last of them. [MS-OXCRPC] 3.1.4.2.1.2.2
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

// takes tells whether a response of the given id can answer the call: one that
// takes long may be answered by its progress, and the question for progress by
// the response of what it asked about. [MS-OXCPRPT] 2.2.23
func (c *call) takes(id ID) bool {
	if p, ok := c.request.(*ProgressRequest); ok && p.Of != nil && id == p.Of.ROP() {
		return true
	}
	return id == wireID(c.header.id) || id == c.header.id || id == Progress
}

// decode reads a response after its id.
func (c *call) decode(codec *wire.Codec, id ID, leftOut func(*wire.Codec) bool) {
	c.layoutIndex(codec)
	c.response = c.newResponse()
	r, progress := c.response, new(ProgressResponse)
	switch p, asks := c.request.(*ProgressRequest); {
	case !asks && id == Progress:
		r = progress
	case asks && id != Progress:
		progress.Final = NewResponse(p.Of)
		c.response, r = progress, progress.Final
	}
	c.code = 0
	layoutResponse(codec, &c.code, c.header.in, r, leftOut)
	c.err = refusal(r.ROP(), c.code)
	if r == Response(progress) && c.err == nil {
		c.err = &UnfinishedError{*progress}
	}
}

// layoutIndex reads the handle index of the response, which must be one of the
// request's: the specification is not of one mind which of two it is.
func (c *call) layoutIndex(codec *wire.Codec) {
	want := c.header.answered()
	index := want
	codec.Uint8(&index)
	two := operations[c.header.id].shape != onObject
	if codec.Err() == nil && index != want && !(two && (index == c.header.in || index == c.header.second)) {
		codec.Failf("handle index is %d, the request had %d", index, want)
	}
}

// refusal makes the error of a return value, or nil.
func refusal(id ID, code mapi.ErrorCode) error {
	if code == 0 || code.IsWarning() && !strictOnWarning(id) {
		return nil
	}
	return &mapi.Error{Op: id.String(), Code: code}
}

// strictOnWarning tells whether a warning means that the operation did not do
// what was asked. [MS-OXOMSG] 2.2.3.1, 2.2.3.6
func strictOnWarning(id ID) bool { return id == SubmitMessage || id == TransportSend }
