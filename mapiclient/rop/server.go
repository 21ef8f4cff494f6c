package rop

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A Received is one request of a payload, as the server sees it.
type Received struct {
	ID      ID
	LogonID uint8
	// In is the index in the handle table of the object to work on (for fromTo
	// operations the source).
	In uint8
	// Out is the index of the object to create or of the destination, where
	// the operation has one.
	Out uint8
	// Creates tells whether the operation makes an object, whose handle the
	// server puts at Out.
	Creates bool
	Request Request

	header requestHeader
	raw    []byte
}

// DecodeRequests reads the payload of an Execute: its requests and its handle
// table. A payload that cannot be read whole is an error, and the server must
// fail the Execute with ecRpcFormat without running any of it.
// [MS-OXCROPS] 3.2.5.1
func DecodeRequests(payload []byte) ([]Received, []uint32, error) {
	c := wire.NewDecoder(payload)
	var list []Received
	var err error
	layoutRopsList(c, func() {
		for c.Len() > 0 && err == nil {
			var r Received
			at := c.Offset()
			if e := r.decode(c); e != nil {
				err = &Error{ROP: r.ID, Offset: at, Err: e}
				return
			}
			r.raw = append([]byte(nil), payload[at:c.Offset()]...)
			list = append(list, r)
		}
	})
	var handles []uint32
	wire.List(c, &handles, c.Len()/4, wire.Uint32s)
	c.End()
	if err == nil {
		err = c.Err()
	}
	return list, handles, err
}

func (r *Received) decode(c *wire.Codec) error {
	layoutFlags8(c, &r.ID)
	if r.Request = NewRequest(r.ID); r.Request == nil {
		if err := c.Err(); err != nil {
			return err
		}
		return ErrUnknown
	}
	r.header.id = r.ID
	r.header.layout(c)
	r.Request.Layout(c)
	r.LogonID, r.In, r.Out = r.header.logon, r.header.in, r.header.second
	s := operations[r.ID].shape
	r.Creates = s == creates || s == logsOn
	return c.Err()
}

// ErrNoRoom says that a response does not fit into the answer any more.
var ErrNoRoom = errors.New("the answer is full")

// An Answer is the payload that answers a batch. It is not safe for concurrent
// use.
type Answer struct {
	// Handles is the handle table: that of the request, where the server puts
	// the handles of the objects it makes.
	Handles []uint32

	c       *wire.Codec
	limit   int
	reserve int
}

// NewAnswer starts the answer to a request with the given handle table. The
// payload will have at most limit bytes, or MaxPayload if that is less.
func NewAnswer(handles []uint32, limit int) *Answer {
	return &Answer{
		Handles: append([]uint32(nil), handles...),
		c:       wire.NewEncoder(make([]byte, 2, 512)),
		limit:   min(limit, MaxPayload),
	}
}

// Respond appends the response to q. resp may be nil when code is not 0. When
// it does not fit it returns ErrNoRoom and the answer is unchanged: the server
// then calls [Answer.TooSmall] or, should the response alone be too large,
// fails the Execute. Any other error means that resp cannot be written.
func (a *Answer) Respond(q *Received, code mapi.ErrorCode, resp Response) error {
	if resp == nil {
		resp = NewResponse(q.Request)
	}
	if resp == nil {
		return fmt.Errorf("%v has no response", q.ID)
	}
	return a.append(func(c *wire.Codec) {
		id, index := wireID(resp.ROP()), q.header.answered()
		layoutFlags8(c, &id)
		c.Uint8(&index)
		layoutResponse(c, &code, q.In, resp, nil)
	})
}

// Notify appends a notification.
func (a *Answer) Notify(n *NotifyResponse) error { return a.special(n) }

// Pending appends the word that a session has notifications waiting.
func (a *Answer) Pending(p *PendingResponse) error { return a.special(p) }

// Backoff appends the word that this operation and all after it were not run.
func (a *Answer) Backoff(r *BackoffResponse) error { return a.special(r) }

// Reserve keeps n bytes free of what is appended from now on, so that there is
// room for TooSmall when a later response does not fit.
func (a *Answer) Reserve(n int) { a.reserve = n }

// TooSmall appends RopBufferTooSmall with the requests that were not run, also
// into what is reserved. [MS-OXCROPS] 2.2.15.1, 3.2.5.3
func (a *Answer) TooSmall(sizeNeeded uint16, rest []Received) error {
	a.reserve = 0
	r := BufferTooSmallResponse{SizeNeeded: sizeNeeded}
	for i := range rest {
		r.RequestBuffers = append(r.RequestBuffers, rest[i].raw...)
	}
	return a.special(&r)
}

func (a *Answer) special(r Response) error {
	return a.append(func(c *wire.Codec) {
		id := r.ROP()
		layoutFlags8(c, &id)
		r.Layout(c)
	})
}

// Room is how many bytes of responses still fit.
func (a *Answer) Room() int { return a.limit - a.reserve - len(a.c.Bytes()) - 4*len(a.Handles) }

func (a *Answer) append(f func(*wire.Codec)) error {
	c := wire.NewEncoder(a.c.Bytes())
	f(c)
	if err := c.Err(); err != nil {
		return err
	}
	if len(c.Bytes())+4*len(a.Handles)+a.reserve > a.limit {
		return ErrNoRoom
	}
	a.c = c
	return nil
}

// Payload gives the answer's bytes.
func (a *Answer) Payload() []byte { return sealPayload(a.c.Bytes(), a.Handles) }
