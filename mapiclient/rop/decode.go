package rop

import (
	"errors"
	"fmt"

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
	for _, call := range b.calls {
		call.err = ErrNoAnswer
	}
	d := decoder{batch: b, todo: b.calls}
	for i, p := range payloads {
		if err := d.payload(p, i > 0); err != nil {
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
	rops  []byte  // the payload up to the end of its RopsList
}

// payload decodes one payload. Its handle table may be shorter than that of
// the request. [MS-OXCROPS] 3.2.5.2
func (d *decoder) payload(p []byte, chained bool) error {
	c := wire.NewDecoder(p)
	var err error
	layoutRopsList(c, func() {
		d.rops = p[:c.Offset()+c.Len()]
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
	if err == nil && !chained {
		d.batch.handles = handles
	}
	return err
}

// layoutRopsList reads RopSize, which counts itself, and lets f read the list
// that it bounds. [MS-OXCROPS] 2.2.1
func layoutRopsList(c *wire.Codec, f func()) {
	size := c.Count16(0)
	if c.Err() == nil && size < 2 {
		c.Failf("RopSize is %d, which is less than its own size", size)
	}
	c.Window(size-2, f)
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
		if operations[id].newResponse == nil {
			return ErrUnknown
		}
		if chained {
			return d.continuation(c, id)
		}
		return d.answer(c, id)
	}
	return nil
}

// answer decodes the response to the next request.
func (d *decoder) answer(c *wire.Codec, id ID) error {
	for len(d.todo) > 0 && d.todo[0].newResponse == nil {
		d.todo[0].err = nil
		d.todo = d.todo[1:]
	}
	if len(d.todo) == 0 || d.why != nil {
		return fmt.Errorf("%w: every request has had its answer", ErrUnexpected)
	}
	call := d.todo[0]
	if !call.takes(id) {
		return fmt.Errorf("%w: %v is to be answered next", ErrUnexpected, call.header.id)
	}
	d.last, d.todo = call, d.todo[1:]
	call.decode(c, id, d.bodyLeftOut)
	return nil
}

// continuation decodes a further response to the last request.
// [MS-OXCRPC] 3.1.4.2.1.2.2
func (d *decoder) continuation(c *wire.Codec, id ID) error {
	if d.last == nil || len(d.todo) > 0 || d.last.header.id != id {
		return fmt.Errorf("%w: it continues nothing", ErrUnexpected)
	}
	first := d.last.response
	d.last.decode(c, id, d.bodyLeftOut)
	d.last.more = append(d.last.more, d.last.response)
	d.last.response = first
	return nil
}

// bodyLeftOut tells whether a failure's fields are missing although the
// specification has them, as in answers of gromox to SetReadFlags or
// ReadStream: the list ends here, or the next response begins.
func (d *decoder) bodyLeftOut(c *wire.Codec) bool {
	rest := d.rops[c.Offset():]
	if len(rest) == 0 {
		return true
	}
	for _, next := range d.todo {
		if next.newResponse != nil {
			return len(rest) >= 6 && next.takes(ID(rest[0])) && rest[1] == next.header.answered()
		}
	}
	return ID(rest[0]) == Notify || ID(rest[0]) == Pending
}

// finish settles the calls that got no answer.
func (d *decoder) finish() error {
	var missing error
	for _, call := range d.todo {
		switch {
		case d.why != nil:
			call.err = d.why
		case call.newResponse == nil:
			call.err = nil
		case missing == nil:
			missing = fmt.Errorf("%v: %w", call.header.id, ErrNoAnswer)
		}
	}
	return missing
}
