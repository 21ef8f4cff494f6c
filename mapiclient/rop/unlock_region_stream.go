package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// UnlockRegionStreamRequest unlocks a part of a stream. [MS-OXCROPS]
// 2.2.9.11.1
type UnlockRegionStreamRequest struct {
	RegionOffset uint64
	RegionSize   uint64
	LockFlags    uint32
}

// ROP implements [Request].
func (*UnlockRegionStreamRequest) ROP() ID { return UnlockRegionStream }

// NewResponse implements [RequestOf].
func (*UnlockRegionStreamRequest) NewResponse() *UnlockRegionStreamResponse {
	return new(UnlockRegionStreamResponse)
}

// Layout implements [wire.Coder].
func (r *UnlockRegionStreamRequest) Layout(c *wire.Codec) {
	c.Uint64(&r.RegionOffset)
	c.Uint64(&r.RegionSize)
	c.Uint32(&r.LockFlags)
}

// UnlockRegionStreamResponse is the response. [MS-OXCROPS] 2.2.9.11.2
type UnlockRegionStreamResponse struct{ empty }

// ROP implements [Response].
func (*UnlockRegionStreamResponse) ROP() ID { return UnlockRegionStream }
