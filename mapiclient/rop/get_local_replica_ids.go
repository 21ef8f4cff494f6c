package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetLocalReplicaIDsRequest reserves ids for objects that the client will
// make. [MS-OXCROPS] 2.2.13.13.1
type GetLocalReplicaIDsRequest struct{ IDCount uint32 }

// ROP implements [Request].
func (*GetLocalReplicaIDsRequest) ROP() ID { return GetLocalReplicaIDs }

// NewResponse implements [RequestOf].
func (*GetLocalReplicaIDsRequest) NewResponse() *GetLocalReplicaIDsResponse {
	return new(GetLocalReplicaIDsResponse)
}

// Layout implements [wire.Coder].
func (r *GetLocalReplicaIDsRequest) Layout(c *wire.Codec) { c.Uint32(&r.IDCount) }

// GetLocalReplicaIDsResponse is the success response. [MS-OXCROPS] 2.2.13.13.2
type GetLocalReplicaIDsResponse struct {
	ReplGUID mapi.GUID
	// GlobalCount is the counter of the first id.
	GlobalCount [6]byte
}

// ROP implements [Response].
func (*GetLocalReplicaIDsResponse) ROP() ID { return GetLocalReplicaIDs }

// Layout implements [wire.Coder].
func (r *GetLocalReplicaIDsResponse) Layout(c *wire.Codec) {
	r.ReplGUID.Layout(c)
	c.Fixed(r.GlobalCount[:])
}
