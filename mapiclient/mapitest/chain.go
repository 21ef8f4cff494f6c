package mapitest

import (
	"math"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// chain appends further payloads to the answer when the client allows it and
// the last request reads rows, a stream or a download of which more is wanted.
// [MS-OXCRPC] 3.1.4.2.1.2.2
func (x *execution) chain(last *rop.Received) {
	if x.flags&frame.ExecuteChain == 0 {
		return
	}
	left := x.leftOf(last)
	for left > 0 && len(x.payloads) < frame.MaxPayloads {
		used := 0
		for _, p := range x.payloads {
			used += frame.HeaderSize + len(p)
		}
		handles := x.answer.Handles
		x.answer = rop.NewAnswer(handles, min(x.maxOut-used-frame.HeaderSize, rop.MaxPayload))
		if x.answer.Room() < bound(last) {
			return
		}
		next, got := continued(last, left)
		x.answer.Reserve(0)
		resp, code := x.dispatch(next)
		if code != 0 || x.answer.Respond(next, code, resp) != nil {
			return
		}
		n := got(resp)
		if n == 0 {
			return
		}
		left -= n
		x.payloads = append(x.payloads, x.answer.Payload())
	}
}

// leftOf tells how much of what the last request wants has not been given:
// bytes of a stream or rows.
func (x *execution) leftOf(last *rop.Received) int {
	switch q := last.Request.(type) {
	case *rop.ReadStreamRequest:
		if got, ok := x.last.(*rop.ReadStreamResponse); ok {
			return wantedBytes(q) - len(got.Data)
		}
	case *rop.FastTransferSourceGetBufferRequest:
		if got, ok := x.last.(*rop.FastTransferSourceGetBufferResponse); ok && got.TransferStatus == rop.TransferPartial {
			return math.MaxInt
		}
	case *rop.QueryRowsRequest:
		if got, ok := x.last.(*rop.QueryRowsResponse); ok && q.Flags&rop.QueryEnablePackedBuffers != 0 && q.Flags&rop.QueryNoAdvance == 0 {
			return int(q.RowCount) - len(got.Rows)
		}
	}
	return 0
}

// continued is the last request over what is left.
func continued(last *rop.Received, left int) (*rop.Received, func(rop.Response) int) {
	next := *last
	switch q := last.Request.(type) {
	case *rop.ReadStreamRequest:
		next.Request = &rop.ReadStreamRequest{ByteCount: rop.ReadMaximum, MaximumByteCount: uint32(left)}
	case *rop.QueryRowsRequest:
		next.Request = &rop.QueryRowsRequest{Flags: q.Flags, ForwardRead: q.ForwardRead, RowCount: uint16(left)}
	}
	return &next, func(r rop.Response) int {
		switch r := r.(type) {
		case *rop.ReadStreamResponse:
			return len(r.Data)
		case *rop.QueryRowsResponse:
			return len(r.Rows)
		case *rop.FastTransferSourceGetBufferResponse:
			if r.TransferStatus == rop.TransferDone {
				return left
			}
			return len(r.TransferBuffer)
		}
		return 0
	}
}
