package rop

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// maxHandles is how many entries of the handle table an index can name.
const maxHandles = 255

// Errors of building a batch.
var (
	// ErrBatchFull says that a request did not fit and the batch cannot be sent.
	// Ask [Batch.Fits] before adding.
	ErrBatchFull = errors.New("the batch is full")
	// ErrForeignSlot says that a slot belongs to another batch, or to none.
	ErrForeignSlot = errors.New("the slot belongs to another batch")
)

// A Slot is the place of a server object in a batch: of one that exists, or of
// one that an earlier request of the same batch creates.
type Slot struct {
	batch *Batch
	index uint8
}

// A Batch is the requests of one Execute. The server runs them in order and
// each fails or succeeds by itself. A Batch is used once and is not safe for
// concurrent use.
type Batch struct {
	logon   uint8
	c       *wire.Codec // the requests, after the two bytes of RopSize
	handles []uint32    // of the request until Decode, then of the answer
	calls   []*call
	err     error

	// Notifications are what the server reported along the way.
	Notifications []NotifyResponse
	// Pending holds the sessions that have notifications waiting.
	Pending []PendingResponse
}

// NewBatch starts a batch on the logon that was opened as logonID.
func NewBatch(logonID uint8) *Batch {
	return &Batch{logon: logonID, c: wire.NewEncoder(make([]byte, 2, 512))}
}

// Use gives a slot to an object that the server knows by its handle.
func (b *Batch) Use(handle uint32) Slot {
	for i, h := range b.handles {
		if h == handle && h != NoHandle {
			return Slot{b, uint8(i)}
		}
	}
	return b.slot(handle)
}

func (b *Batch) slot(handle uint32) Slot {
	if len(b.handles) >= maxHandles {
		b.fail(ErrBatchFull)
		return Slot{b, 0}
	}
	b.handles = append(b.handles, handle)
	return Slot{b, uint8(len(b.handles) - 1)}
}

// Add puts a request on the object in s into the batch. For a Logon, which
// works on nothing, s may be the zero Slot.
func Add[R Response](b *Batch, s Slot, q RequestOf[R]) *Call[R] {
	return newCall[R](b.add(s, Slot{}, q, func() Response { return q.NewResponse() }))
}

// AddTo puts a request that names two objects into the batch: from one to the
// other, such as MoveCopyMessages, or on one for the other, such as
// SaveChangesAttachment, whose dest is the message: gromox 3.10 insists on it.
func AddTo[R Response](b *Batch, source, dest Slot, q RequestOf[R]) *Call[R] {
	return newCall[R](b.add(source, dest, q, func() Response { return q.NewResponse() }))
}

// Release puts a request to drop the object into the batch. There is no answer
// to it. Release what lies within an object before the object itself.
// [MS-OXCROPS] 2.2.15.3
func (b *Batch) Release(s Slot) { b.add(s, Slot{}, &ReleaseRequest{}, nil) }

// Size is the size of the payload in bytes, so far.
func (b *Batch) Size() int { return len(b.c.Bytes()) + 4*len(b.handles) }

// Len is the number of requests so far.
func (b *Batch) Len() int { return len(b.calls) }

// Fits tells whether q could still be added.
func (b *Batch) Fits(q Request) bool {
	n, err := SizeOf(q)
	return err == nil && b.err == nil && len(b.handles) < maxHandles && b.Size()+n <= MaxPayload
}

// SizeOf is how many bytes q takes in a payload, at most: its header and two
// handles included.
func SizeOf(q Request) (int, error) {
	body, err := wire.Marshal(q)
	return 4 + len(body) + 2*4, err
}

// Err is the first error of building the batch, which Encode will give.
func (b *Batch) Err() error { return b.err }

// Each tells of every request but Release, once the batch has been answered, and the error of its Call.
func (b *Batch) Each(tell func(id ID, err error)) {
	for _, c := range b.calls {
		if c.header.id != Release {
			tell(c.header.id, c.err)
		}
	}
}

func (b *Batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Batch) add(in, dest Slot, q Request, newResponse func() Response) *call {
	id := q.ROP()
	call := &call{batch: b, header: requestHeader{id: id, logon: b.logon}, request: q, newResponse: newResponse}
	call.err = ErrNotSent
	b.calls = append(b.calls, call)
	b.place(call, in, dest)
	if b.err != nil {
		return call
	}
	layoutFlags8(b.c, &call.header.id)
	call.header.layout(b.c)
	q.Layout(b.c)
	if err := b.c.Err(); err != nil {
		b.fail(fmt.Errorf("%v request: %w", id, err))
	} else if b.Size() > MaxPayload {
		b.fail(ErrBatchFull)
	}
	return call
}

// place gives the call its handle indices.
func (b *Batch) place(call *call, in, dest Slot) {
	h := &call.header
	s := operations[h.id].shape
	two := s == fromTo || dest.batch != nil && (s == saves || s == savesEchoing)
	if s != logsOn && in.batch != b || two && dest.batch != b || !two && dest.batch != nil {
		b.fail(fmt.Errorf("%v: %w", h.id, ErrForeignSlot))
		return
	}
	h.in = in.index
	switch s {
	case creates, logsOn:
		call.out = b.slot(NoHandle)
		h.second = call.out.index
	case fromTo:
		h.second = dest.index
	case saves, savesEchoing:
		if h.second = in.index; two {
			h.second = dest.index
		}
	}
}

// Encode gives the payload.
func (b *Batch) Encode() ([]byte, error) {
	if b.err != nil {
		return nil, b.err
	}
	return sealPayload(b.c.Bytes(), b.handles), nil
}

// sealPayload fills in RopSize, the first two bytes of rops, and appends the
// handle table. [MS-OXCROPS] 2.2.1
func sealPayload(rops []byte, handles []uint32) []byte {
	out := append(make([]byte, 0, len(rops)+4*len(handles)), rops...)
	binary.LittleEndian.PutUint16(out, uint16(len(rops)))
	for _, h := range handles {
		out = binary.LittleEndian.AppendUint32(out, h)
	}
	return out
}
