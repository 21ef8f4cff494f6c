package mapiclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

const (
	// transferStep is how much one RopFastTransferSourceGetBuffer may give, in
	// bytes. It leaves room for the answers before it.
	transferStep = 0x7BC0
	// maxBusy is how often in a row a download waits for a busy server.
	maxBusy = 5
	// maxBackoff bounds how long a busy server may make a download wait.
	maxBackoff = 30 * time.Second
	// maxIdleBuffers is how many empty buffers in a row are put up with.
	maxIdleBuffers = 16
)

// errStalled says that the server has more to send but does not send it.
var errStalled = fmt.Errorf("%v: %d buffers in a row were empty", rop.FastTransferSourceGetBuffer, maxIdleBuffers)

// sendUnicode asks for every string in UTF-16. [MS-OXCFXICS] 3.2.5.8.1.1
const sendUnicode = rop.SendUnicode | rop.SendForceUnicode

// A download reads the stream of a source context, with as many buffers in an
// answer as the server gives. It implements [io.Reader].
type download struct {
	ctx     context.Context
	session *Session
	source  *object // the FastTransfer context
	parts   [][]byte
	done    bool
	busy    int // answers in a row
	idle    int // empty buffers in a row
	backoff time.Duration
	err     error
}

// startDownload sends what p has queued together with the first question for
// the data of source.
func startDownload(p *pipeline, source *object) (*download, error) {
	d := &download{ctx: p.ctx, session: p.session, source: source}
	if err := d.ask(p); err != nil {
		d.err = err
		return d, err
	}
	return d, nil
}

// Read implements [io.Reader]. Requests are made when there is nothing left.
func (d *download) Read(b []byte) (int, error) {
	for len(d.parts) == 0 {
		switch {
		case d.err != nil:
			return 0, d.err
		case d.done:
			return 0, io.EOF
		}
		err := d.wait()
		if err == nil {
			err = d.ask(d.session.pipeline(d.ctx))
		}
		if err != nil {
			d.err = err
		}
	}
	n := copy(b, d.parts[0])
	if d.parts[0] = d.parts[0][n:]; len(d.parts[0]) == 0 {
		d.parts = d.parts[1:]
	}
	return n, nil
}

// ask queues the question for more and sends it.
func (d *download) ask(p *pipeline) error {
	q := &rop.FastTransferSourceGetBufferRequest{BufferSize: rop.ReadMaximum, MaximumBufferSize: transferStep}
	if !p.room(q) {
		return p.err
	}
	call := rop.Add(p.batch, p.slot(d.source), q)
	p.checks = append(p.checks, func() error { return d.take(call) })
	return p.flushChained()
}

// take keeps what the answers have brought. Each has a status of its own.
// [MS-OXCFXICS] 2.2.3.1.1.5.2
func (d *download) take(call *rop.Call[*rop.FastTransferSourceGetBufferResponse]) error {
	first, err := call.Result()
	busy := errors.Is(err, mapi.ErrServerBusy)
	if err != nil && !busy {
		return err
	}
	all := call.More()
	if first != nil {
		all = append([]*rop.FastTransferSourceGetBufferResponse{first}, all...)
	}
	for _, r := range all {
		d.backoff = time.Duration(r.BackoffTime) * time.Millisecond
		d.idle++
		if len(r.TransferBuffer) > 0 {
			d.parts = append(d.parts, r.TransferBuffer)
			d.idle, d.busy = 0, 0
		}
		switch r.TransferStatus {
		case rop.TransferDone:
			d.done = true
			return nil
		case rop.TransferError:
			if !busy {
				return fmt.Errorf("%v: the server broke off the transfer", rop.FastTransferSourceGetBuffer)
			}
		}
	}
	if busy {
		d.busy++
	}
	if d.busy > maxBusy {
		return err
	}
	if d.idle > maxIdleBuffers {
		d.err = errStalled // but what has come is read first
	}
	return nil
}

// wait gives a busy server the time that it asked for.
func (d *download) wait() error {
	if d.busy == 0 {
		return nil
	}
	pause := time.NewTimer(min(max(d.backoff, 100*time.Millisecond), maxBackoff))
	defer pause.Stop()
	select {
	case <-pause.C:
		return nil
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
}

// close lets the server drop the context and what else was opened for it, with
// the next request.
func (d *download) close(others ...*object) {
	d.session.discard(d.source)
	for _, o := range others {
		d.session.discard(o)
	}
}

// An upload writes a stream into a destination context. It implements
// [fasttransfer.Sink].
type upload struct {
	*pipeline
	dest *object
}

// uploadRoom is the least room that a request is filled up with.
const uploadRoom = 2 * fasttransfer.MinRoom

// Room implements [fasttransfer.Sink].
func (u *upload) Room() int {
	// 7 bytes of header, size and index, and a little for a handle.
	if u.left(16) < uploadRoom {
		_ = u.flush()
	}
	return u.left(16)
}

// Put implements [fasttransfer.Sink].
func (u *upload) Put(b []byte) error {
	want := uint16(len(b))
	add(u.pipeline, u.dest, &rop.FastTransferDestinationPutBufferRequest{TransferData: b},
		func(r *rop.FastTransferDestinationPutBufferResponse) error {
			if r.BufferUsedSize != want {
				return fmt.Errorf("%v: the server took %d of %d bytes", rop.FastTransferDestinationPutBuffer, r.BufferUsedSize, want)
			}
			return nil
		})
	return u.err
}
