package mapitest

import (
	"context"
	"errors"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// maxPayload is the largest payload of a request, in bytes.
const maxPayload = 32 << 10

// execute runs the ROPs of a request.
func (e *emsmdb) execute(ctx context.Context, q *request, body *frame.ExecuteRequest) *frame.ExecuteResponse {
	answer := &frame.ExecuteResponse{StatusCode: q.status(), ErrorCode: uint32(q.failed())}
	if answer.StatusCode != 0 || answer.ErrorCode != 0 {
		return answer
	}
	if n := len(body.Aux); n > frame.MaxAux || n > 0 && n < frame.HeaderSize || body.MaxRopOut < frame.MinRopOut || body.MaxRopOut > frame.MaxRopBuffer {
		answer.StatusCode = uint32(mapi.ErrBadStubData)
		return answer
	}
	payloads, err := frame.Payloads(body.RopBuffer, frame.MaxRopBuffer)
	if err != nil || len(payloads) != 1 || len(payloads[0]) > maxPayload {
		e.malformed(q, err)
		answer.ErrorCode = uint32(mapi.ErrRpcFormat)
		return answer
	}
	x := &execution{emsmdb: e, ctx: ctx, request: q, flags: body.Flags, maxOut: int(body.MaxRopOut)}
	switch code := x.run(payloads[0]); code {
	case 0:
	case mapi.ErrBufferTooSmall:
		answer.StatusCode = uint32(code)
		return answer
	default:
		answer.ErrorCode = uint32(code)
		return answer
	}
	answer.RopBuffer, err = frame.AppendPayloads(nil, x.payloads, x.frameFlags())
	if err != nil {
		q.server.opts.Logger.Error("answer cannot be framed", "error", err)
		answer.StatusCode = uint32(mapi.ErrBadStubData)
	}
	return answer
}

func (e *emsmdb) malformed(q *request, err error) {
	if err == nil {
		err = errors.New("not one payload of at most 32 KiB")
	}
	q.server.opts.Logger.Info("malformed Execute", "user", q.user.Address, "error", err)
}

// An execution is one Execute under way.
type execution struct {
	*emsmdb
	ctx      context.Context
	request  *request
	flags    frame.ExecuteFlags
	maxOut   int
	answer   *rop.Answer
	last     rop.Response // made last
	payloads [][]byte
	// after is the rest of an operation, to be run when no mailbox is locked any
	// more. It gives the return value.
	after func() mapi.ErrorCode
	// broken fails the whole Execute when an operation sets it.
	broken mapi.ErrorCode
}

func (x *execution) frameFlags() frame.PayloadFlags {
	var f frame.PayloadFlags
	if x.request.server.has(QuirkNeverCompressed) {
		return f
	}
	if x.flags&frame.ExecuteNoCompression == 0 {
		f |= frame.Compressed
	}
	if x.flags&frame.ExecuteNoXorMagic == 0 {
		f |= frame.XorMagic
	}
	return f
}

// run executes a payload. A code that is not 0 fails the whole Execute.
func (x *execution) run(payload []byte) mapi.ErrorCode {
	list, handles, err := rop.DecodeRequests(payload)
	if err == nil {
		err = checkIndices(list, len(handles))
	}
	if err != nil {
		x.malformed(x.request, err)
		return mapi.ErrRpcFormat
	}
	x.answer = rop.NewAnswer(handles, x.maxOut-frame.HeaderSize)
	rest := restSizes(list)
	stopped := false
	for i := range list {
		x.keepRoom(rest[i])
		code, stop := x.one(list, i)
		if code != 0 {
			return code
		}
		if stopped = stop; stop {
			break
		}
	}
	if x.request.fault == nil || !x.request.fault.DropAnswer {
		x.notifications()
	}
	x.payloads = append([][]byte{x.answer.Payload()}, x.payloads...)
	if n := len(list); n > 0 && !stopped {
		x.chain(&list[n-1])
	}
	return 0
}

// keepRoom reserves n bytes of the answer, unless that leaves no room to work.
// A request full of writes is such a case, and its responses are shorter than
// what is left to send back shrinks.
func (x *execution) keepRoom(n int) {
	const enough = 1024
	x.answer.Reserve(0)
	if x.answer.Room()-n >= enough {
		x.answer.Reserve(n)
	}
}

// checkIndices checks that every request's handle indices lie in the table.
func checkIndices(list []rop.Received, handles int) error {
	for i := range list {
		if int(list[i].In) >= handles && list[i].ID != rop.Logon || int(list[i].Out) >= handles && list[i].Creates {
			return errors.New("a handle index lies outside the handle table")
		}
	}
	return nil
}

// restSizes tells for each request how much of the answer has to be kept for
// sending back the ones behind it, should there be no room for their responses.
func restSizes(list []rop.Received) []int {
	const head = 3 // of RopBufferTooSmall
	sizes := make([]int, len(list))
	n := 0
	for i := len(list) - 1; i >= 0; i-- {
		if n > 0 {
			sizes[i] = n + head
		}
		size, _ := rop.SizeOf(list[i].Request)
		n += size
	}
	return sizes
}

// one executes a single request. stop says that the ones behind it are not run.
func (x *execution) one(list []rop.Received, i int) (failed mapi.ErrorCode, stop bool) {
	q := &list[i]
	kind := ROP(q.ID)
	x.request.server.counters.add(kind, x.session.mailbox.Address)
	if wait := x.request.backoff; wait > 0 {
		_ = x.answer.Backoff(&rop.BackoffResponse{LogonID: q.LogonID, Duration: uint32(wait / time.Millisecond)})
		return 0, true
	}
	if fault := x.request.server.faults.take(kind, x.session.mailbox.Address); fault != nil {
		if done, code, stop := x.faulty(fault, q); done {
			return code, stop
		}
	}
	if q.ID == rop.Release {
		x.release(q)
		return 0, false
	}
	if x.answer.Room() < bound(q) {
		return x.noRoom(list, i)
	}
	resp, code := x.dispatch(q)
	if x.broken != 0 {
		return x.broken, true
	}
	if code == errNoRoom {
		return x.noRoom(list, i)
	}
	switch err := x.answer.Respond(q, code, resp); {
	case err == nil:
		x.last = resp
		return 0, false
	case errors.Is(err, rop.ErrNoRoom):
		x.undo(q)
		return x.noRoom(list, i)
	default:
		x.request.server.opts.Logger.Error("response cannot be written", "rop", q.ID.String(), "error", err)
		return mapi.ErrBadStubData, true
	}
}

// bound is the most bytes that the response to a request that changes
// something takes: it must not run when its response may not fit. Requests
// that only read may be undone.
func bound(q *rop.Received) int {
	const usual, problem = 64, 10
	switch r := q.Request.(type) {
	case *rop.LogonRequest:
		return 256
	case *rop.SetPropertiesRequest:
		return usual + problem*len(r.Props)
	case *rop.SetPropertiesNoReplicateRequest:
		return usual + problem*len(r.Props)
	case *rop.DeletePropertiesRequest:
		return usual + problem*len(r.Tags)
	case *rop.DeletePropertiesNoReplicateRequest:
		return usual + problem*len(r.Tags)
	case *rop.CopyPropertiesRequest:
		return usual + problem*len(r.Tags)
	case *rop.GetPropertyIDsFromNamesRequest:
		return usual + 2*len(r.Names)
	}
	return usual
}

// undo drops the object that a request has made, because there is no room to
// tell of it.
func (x *execution) undo(q *rop.Received) {
	if !q.Creates {
		return
	}
	if obj := x.objects.get(x.answer.Handles[q.Out]); obj != nil {
		x.locked(obj, func() { x.objects.release(obj) })
	}
	x.answer.Handles[q.Out] = rop.NoHandle
}

// errNoRoom is what a handler answers when its response does not fit into the
// answer and nothing has been done. It never leaves the server.
const errNoRoom mapi.ErrorCode = 0xFFFFFFFF

// noRoom ends the answer with RopBufferTooSmall. A request that does not even
// fit alone fails the whole Execute. [MS-OXCROPS] 3.2.5.3
func (x *execution) noRoom(list []rop.Received, i int) (mapi.ErrorCode, bool) {
	if i == 0 {
		return mapi.ErrBufferTooSmall, true
	}
	if err := x.answer.TooSmall(rop.MaxPayload, list[i:]); err != nil {
		return mapi.ErrBufferTooSmall, true
	}
	return 0, true
}

// faulty does what a fault asks. done says that the request has been dealt with.
func (x *execution) faulty(f *Fault, q *rop.Received) (done bool, failed mapi.ErrorCode, stop bool) {
	sleep(x.ctx, f.Delay)
	switch {
	case f.Backoff > 0:
		_ = x.answer.Backoff(&rop.BackoffResponse{LogonID: q.LogonID, Duration: uint32(f.Backoff / time.Millisecond)})
		return true, 0, true
	case f.DropRequest, f.DropAnswer, f.Garbage:
		x.request.fault = &Fault{DropAnswer: f.DropRequest || f.DropAnswer, Garbage: f.Garbage}
		return f.DropRequest, 0, f.DropRequest
	case f.ExpireSession:
		x.request.server.emsmdbSessions.end(x.session)
		x.request.late = frame.CodeContextNotFound
		return true, mapi.ErrNetwork, true
	case f.ResponseCode != 0:
		x.request.late = frame.ResponseCode(f.ResponseCode)
		return true, mapi.ErrNetwork, true
	case f.Status != 0:
		return true, f.Status, true
	case f.Code != 0:
		if q.ID == rop.Release {
			return false, 0, false
		}
		_ = x.answer.Respond(q, f.Code, nil)
		return true, 0, false
	case f.Problems != 0:
		return x.problems(f, q)
	}
	return false, 0, false
}
