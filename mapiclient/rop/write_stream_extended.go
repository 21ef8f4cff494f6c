package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// WriteStreamExtendedRequest writes at a stream's position; the answer tells
// more than 64 KiB. [MS-OXCROPS] 2.2.9.4.1
type WriteStreamExtendedRequest struct{ Data []byte }

// ROP implements [Request].
func (*WriteStreamExtendedRequest) ROP() ID { return WriteStreamExtended }

// NewResponse implements [RequestOf].
func (*WriteStreamExtendedRequest) NewResponse() *WriteStreamExtendedResponse {
	return new(WriteStreamExtendedResponse)
}

// Layout implements [wire.Coder].
func (r *WriteStreamExtendedRequest) Layout(c *wire.Codec) { c.Bytes16(&r.Data) }

// WriteStreamExtendedResponse is the response. [MS-OXCROPS] 2.2.9.4.2
type WriteStreamExtendedResponse struct{ WrittenSize uint32 }

// ROP implements [Response].
func (*WriteStreamExtendedResponse) ROP() ID { return WriteStreamExtended }

// Layout implements [wire.Coder].
func (r *WriteStreamExtendedResponse) Layout(c *wire.Codec) { c.Uint32(&r.WrittenSize) }

// LayoutFailure implements [FailureResponse].
func (r *WriteStreamExtendedResponse) LayoutFailure(c *wire.Codec, _ mapi.ErrorCode) { r.Layout(c) }
