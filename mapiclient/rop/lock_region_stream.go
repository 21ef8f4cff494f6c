package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// LockRegionStreamRequest locks a part of a stream. [MS-OXCROPS] 2.2.9.10.1
type LockRegionStreamRequest struct {
	RegionOffset uint64
	RegionSize   uint64
	LockFlags    uint32
}

// ROP implements [Request].
func (*LockRegionStreamRequest) ROP() ID { return LockRegionStream }

// NewResponse implements [RequestOf].
func (*LockRegionStreamRequest) NewResponse() *LockRegionStreamResponse {
	return new(LockRegionStreamResponse)
}

// Layout implements [wire.Coder].
func (r *LockRegionStreamRequest) Layout(c *wire.Codec) {
	c.Uint64(&r.RegionOffset)
	c.Uint64(&r.RegionSize)
	c.Uint32(&r.LockFlags)
}

// LockRegionStreamResponse is the response. [MS-OXCROPS] 2.2.9.10.2
type LockRegionStreamResponse struct{ empty }

// ROP implements [Response].
func (*LockRegionStreamResponse) ROP() ID { return LockRegionStream }
