package rop

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Causes of an [Error].
var (
	// ErrUnknown says that there is no such operation.
	ErrUnknown = errors.New("unknown operation")
	// ErrUnexpected says that a response answers none of the requests in turn.
	ErrUnexpected = errors.New("unexpected response")
)

// An Error is a payload that cannot be understood.
type Error struct {
	// ROP is the operation where it happened, and Offset the position of its
	// first byte in the payload.
	ROP    ID
	Offset int
	// Err is the cause.
	Err error
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%v at offset %d: %v", e.ROP, e.Offset, e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Decode takes the answer to the batch: one payload, or several when the
// server chained more responses of the last request. An error means that the
// answer makes no sense; what was understood before it stands in the calls.
func (b *Batch) Decode(payloads ...[]byte) error {
	sent := len(b.handles)
	for _, call := range b.calls {
		if call.err == ErrNotSent && call.newResponse != nil {
			call.fail(ErrNoAnswer)
		}
	}
	d := decoder{batch: b, todo: b.calls}
	for i, p := range payloads {
		if err := d.payload(p, i > 0, sent); err != nil {
			return err
		}
	}
	return d.finish()
}

// decoder is the state of decoding an answer.
type decoder struct {
	batch *Batch
	todo  []*call // requests without an answer
	last  *call   // answered last
	why   error   // why the rest has no answer
}

// finish settles the calls that got no answer.
func (d *decoder) finish() error {
	for _, call := range d.todo {
		switch {
		case call.newResponse == nil && d.why == nil:
			call.fail(nil)
		case d.why == nil:
			return fmt.Errorf("%v: %w", call.header.id, ErrNoAnswer)
		default:
			call.fail(d.why)
		}
	}
	return nil
}

// payload decodes one payload. Its handle table may be shorter than that of
// the request. [MS-OXCROPS] 3.2.5.2
func (d *decoder) payload(p []byte, chained bool, sent int) error {
	c := wire.NewDecoder(p)
	var err error
	layoutRopsSize(c, func() {
		for c.Len() > 0 && err == nil {
			err = d.response(c, chained)
		}
	})
	var handles []uint32
	wire.List(c, &handles, c.Len()/4, wire.Uint32s)
	c.End()
	if err == nil {
		err = c.Err()
	}
	if err != nil {
		return err
	}
	if len(handles) > sent {
		return fmt.Errorf("the answer has %d handles for %d of the request", len(handles), sent)
	}
	if !chained {
		d.batch.handles = handles
	}
	return nil
}

// layoutRopsSize codes RopSize, which counts itself, and what it bounds.
func layoutRopsSize(c *wire.Codec, f func()) {
	var size uint16
	c.Uint16(&size)
	if c.Err() == nil && size < 2 {
		c.Failf("RopSize is %d, which is less than its own size", size)
	}
	c.Window(int(size)-2, f)
}

func (d *decoder) response(c *wire.Codec, chained bool) error {
	at := c.Offset()
	var id ID
	layoutFlags8(c, &id)
	err := d.dispatch(c, id, chained)
	if err == nil {
		err = c.Err()
	}
	if err != nil {
		return &Error{ROP: id, Offset: at, Err: err}
	}
	return nil
}

func (d *decoder) dispatch(c *wire.Codec, id ID, chained bool) error {
	b := d.batch
	switch id {
	case Notify:
		var n NotifyResponse
		n.Layout(c)
		b.Notifications = append(b.Notifications, n)
	case Pending:
		var p PendingResponse
		p.Layout(c)
		b.Pending = append(b.Pending, p)
	case Backoff:
		e := new(BackoffError)
		e.Layout(c)
		d.why = e
	case BufferTooSmall:
		e := new(BufferTooSmallError)
		e.Layout(c)
		d.why = e
	default:
		return d.answer(c, id, chained)
	}
	return nil
}

// answer decodes the response to the next request.
func (d *decoder) answer(c *wire.Codec, id ID, chained bool) error {
	if chained {
		return d.continuation(c, id)
	}
	for len(d.todo) > 0 && d.todo[0].newResponse == nil {
		d.todo[0].fail(nil)
		d.todo = d.todo[1:]
	}
	if operations[id].newResponse == nil {
		return ErrUnknown
	}
	if len(d.todo) == 0 || d.why != nil {
		return fmt.Errorf("%w: every request has had its answer", ErrUnexpected)
	}
	call := d.todo[0]
	if id == Progress && call.header.id != Progress {
		return d.unfinished(c, call)
	}
	if err := call.expects(id); err != nil {
		return err
	}
	call.response = call.newResponse()
	call.decode(c, call.response)
	if c.Err() == nil {
		d.last, d.todo = call, d.todo[1:]
	}
	return nil
}

// unfinished notes the progress that stands in place of call's response.
func (d *decoder) unfinished(c *wire.Codec, call *call) error {
	e := new(UnfinishedError)
	var index uint8
	c.Uint8(&index)
	layoutResponse(c, &call.code, call.header.in, &e.ProgressResponse)
	call.fail(e)
	d.last, d.todo = call, d.todo[1:]
	return nil
}

// continuation decodes a further response to the last request.
func (d *decoder) continuation(c *wire.Codec, id ID) error {
	if operations[id].newResponse == nil {
		return ErrUnknown
	}
	if d.last == nil || len(d.todo) > 0 {
		return fmt.Errorf("%w: the request to continue is not known", ErrUnexpected)
	}
	if err := d.last.expects(id); err != nil {
		return err
	}
	r := d.last.newResponse()
	d.last.decode(c, r)
	d.last.more = append(d.last.more, r)
	return nil
}

func (c *call) expects(id ID) error {
	if want := c.header.id; id != want {
		return fmt.Errorf("%w: %v is to be answered next", ErrUnexpected, want)
	}
	return nil
}

// decode reads a response after its id.
func (c *call) decode(codec *wire.Codec, r Response) {
	codec.Const(c.header.answered(), "handle index")
	var code mapi.ErrorCode
	layoutResponse(codec, &code, c.header.in, r)
	c.code = code
	c.err = refusal(c.header.id, code)
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

// fullOnWarning tells whether the response to an operation has all its fields
// when the return value is a warning.
func fullOnWarning(id ID) bool { return id == GetPropertiesSpecific || id == GetPropertiesAll }
