package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// openStream opens a property as a stream. [MS-OXCPRPT] 3.2.5.14
func openStream(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
	r := q.Request.(*rop.OpenStreamRequest)
	o := obj.properties()
	if o == nil {
		return nil, mapi.ErrNotSupported
	}
	n := x.objects.count(func(v any) bool { _, ok := v.(*stream); return ok })
	if n >= x.request.server.opts.Limits.Streams {
		return nil, mapi.ErrMaxObjectsExceeded
	}
	mode := store.StreamMode(r.OpenModeFlags)
	if r.OpenModeFlags == rop.StreamBestAccess {
		mode = store.StreamReadWrite
		if readOnly(o) {
			mode = store.StreamReadOnly
		}
	}
	s, code := store.OpenStream(o, r.Tag, mode)
	if code != 0 {
		return nil, code
	}
	x.put(q, obj, &stream{Stream: s})
	return &rop.OpenStreamResponse{StreamSize: uint32(s.Size())}, 0
}

// wantedBytes is how much a ReadStream asks for. [MS-OXCPRPT] 2.2.15.1
func wantedBytes(q *rop.ReadStreamRequest) int {
	if q.ByteCount == rop.ReadMaximum {
		return int(min(q.MaximumByteCount, 0x7FFFFFFF))
	}
	return int(q.ByteCount)
}

// readStream reads as much of what is wanted as there is room for.
func (x *execution) readStream(_ *object, s *stream, q *rop.ReadStreamRequest) (rop.Response, mapi.ErrorCode) {
	const head = 6 + 2
	want := wantedBytes(q)
	room := x.answer.Room() - head
	if room < min(want, 1) {
		return nil, errNoRoom
	}
	if q.ByteCount != rop.ReadMaximum && room < want && s.Left() > int64(room) {
		return nil, errNoRoom
	}
	data, code := s.Read(min(want, room))
	return &rop.ReadStreamResponse{Data: data}, code
}

func (x *execution) writeStream(_ *object, s *stream, q *rop.WriteStreamRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.WriteStreamResponse)
	n, code := s.Write(q.Data)
	resp.WrittenSize = uint16(n)
	return resp, code
}

func (x *execution) writeAndCommitStream(_ *object, s *stream, q *rop.WriteAndCommitStreamRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.WriteAndCommitStreamResponse)
	n, code := s.Write(q.Data)
	resp.WrittenSize = uint16(n)
	if code == 0 {
		code = s.Commit()
	}
	return resp, code
}

func (x *execution) commitStream(_ *object, s *stream, _ *rop.CommitStreamRequest) (rop.Response, mapi.ErrorCode) {
	return &rop.CommitStreamResponse{}, s.Commit()
}

func (x *execution) getStreamSize(_ *object, s *stream, _ *rop.GetStreamSizeRequest) (rop.Response, mapi.ErrorCode) {
	return &rop.GetStreamSizeResponse{StreamSize: uint32(s.Size())}, 0
}

func (x *execution) setStreamSize(_ *object, s *stream, q *rop.SetStreamSizeRequest) (rop.Response, mapi.ErrorCode) {
	return &rop.SetStreamSizeResponse{}, s.SetSize(q.StreamSize)
}

func (x *execution) seekStream(_ *object, s *stream, q *rop.SeekStreamRequest) (rop.Response, mapi.ErrorCode) {
	to, code := s.Seek(uint8(q.Origin), int64(q.Offset))
	return &rop.SeekStreamResponse{NewPosition: uint64(to)}, code
}

// copyToStream copies between two streams. [MS-OXCPRPT] 3.2.5.20
func copyToStream(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
	r := q.Request.(*rop.CopyToStreamRequest)
	resp := new(rop.CopyToStreamResponse)
	from, ok := obj.value.(*stream)
	if !ok {
		return resp, mapi.ErrNotSupported
	}
	dest := x.dest(q)
	if dest == nil {
		resp.DestHandleIndex = uint32(q.Out)
		return resp, mapi.ErrDstNullObject
	}
	to, ok := dest.value.(*stream)
	if !ok || to == from {
		return resp, mapi.ErrNotSupported
	}
	var code mapi.ErrorCode
	resp.ReadByteCount, resp.WrittenByteCount, code = from.CopyTo(to.Stream, r.ByteCount)
	return resp, code
}
