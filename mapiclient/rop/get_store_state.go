package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetStoreStateRequest asks for the state of the store. [MS-OXCROPS] 2.2.3.5.1
type GetStoreStateRequest struct{ empty }

// ROP implements [Request].
func (*GetStoreStateRequest) ROP() ID { return GetStoreState }

// NewResponse implements [RequestOf].
func (*GetStoreStateRequest) NewResponse() *GetStoreStateResponse {
	return new(GetStoreStateResponse)
}

// GetStoreStateResponse is the success response. [MS-OXCROPS] 2.2.3.5.2
type GetStoreStateResponse struct{ StoreState uint32 }

// ROP implements [Response].
func (*GetStoreStateResponse) ROP() ID { return GetStoreState }

// Layout implements [wire.Coder].
func (r *GetStoreStateResponse) Layout(c *wire.Codec) { c.Uint32(&r.StoreState) }
