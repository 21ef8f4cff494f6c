package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// StreamModeFlags say how a stream is opened. [MS-OXCPRPT] 2.2.14.1
type StreamModeFlags uint8

// Ways to open a stream.
const (
	StreamReadOnly  StreamModeFlags = 0x00
	StreamReadWrite StreamModeFlags = 0x01
	// StreamCreate opens an empty stream for writing; it is needed when the
	// property does not exist.
	StreamCreate     StreamModeFlags = 0x02
	StreamBestAccess StreamModeFlags = 0x03
)

// OpenStreamRequest opens a property as a stream. [MS-OXCROPS] 2.2.9.1.1
type OpenStreamRequest struct {
	Tag           mapi.PropTag
	OpenModeFlags StreamModeFlags
}

// ROP implements [Request].
func (*OpenStreamRequest) ROP() ID { return OpenStream }

// NewResponse implements [RequestOf].
func (*OpenStreamRequest) NewResponse() *OpenStreamResponse { return new(OpenStreamResponse) }

// Layout implements [wire.Coder].
func (r *OpenStreamRequest) Layout(c *wire.Codec) {
	r.Tag.Layout(c)
	layoutFlags8(c, &r.OpenModeFlags)
}

// OpenStreamResponse is the success response. [MS-OXCROPS] 2.2.9.1.2
type OpenStreamResponse struct{ StreamSize uint32 }

// ROP implements [Response].
func (*OpenStreamResponse) ROP() ID { return OpenStream }

// Layout implements [wire.Coder].
func (r *OpenStreamResponse) Layout(c *wire.Codec) { c.Uint32(&r.StreamSize) }
