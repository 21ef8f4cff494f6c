package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// A StreamOrigin is where SeekStream counts from. [MS-OXCPRPT] 2.2.21.1
type StreamOrigin uint8

// Origins.
const (
	StreamBeginning StreamOrigin = 0
	StreamCurrent   StreamOrigin = 1
	StreamEnd       StreamOrigin = 2
)

// SeekStreamRequest moves a stream's position. [MS-OXCROPS] 2.2.9.8.1
type SeekStreamRequest struct {
	Origin StreamOrigin
	Offset int64
}

// ROP implements [Request].
func (*SeekStreamRequest) ROP() ID { return SeekStream }

// NewResponse implements [RequestOf].
func (*SeekStreamRequest) NewResponse() *SeekStreamResponse { return new(SeekStreamResponse) }

// Layout implements [wire.Coder].
func (r *SeekStreamRequest) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.Origin)
	c.Int64(&r.Offset)
}

// SeekStreamResponse is the success response. [MS-OXCROPS] 2.2.9.8.2
type SeekStreamResponse struct{ NewPosition uint64 }

// ROP implements [Response].
func (*SeekStreamResponse) ROP() ID { return SeekStream }

// Layout implements [wire.Coder].
func (r *SeekStreamResponse) Layout(c *wire.Codec) { c.Uint64(&r.NewPosition) }
