package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SetLocalReplicaMidsetDeletedRequest tells the server which ids will not be
// used. [MS-OXCROPS] 2.2.13.12.1
type SetLocalReplicaMidsetDeletedRequest struct{ Ranges []LongTermIDRange }

// ROP implements [Request].
func (*SetLocalReplicaMidsetDeletedRequest) ROP() ID { return SetLocalReplicaMidsetDeleted }

// NewResponse implements [RequestOf].
func (*SetLocalReplicaMidsetDeletedRequest) NewResponse() *SetLocalReplicaMidsetDeletedResponse {
	return new(SetLocalReplicaMidsetDeletedResponse)
}

// Layout implements [wire.Coder].
func (r *SetLocalReplicaMidsetDeletedRequest) Layout(c *wire.Codec) {
	c.Sized16(func() { wire.List32(c, &r.Ranges, (*LongTermIDRange).Layout) })
}

// SetLocalReplicaMidsetDeletedResponse is the response. [MS-OXCROPS]
// 2.2.13.12.2
type SetLocalReplicaMidsetDeletedResponse struct{ empty }

// ROP implements [Response].
func (*SetLocalReplicaMidsetDeletedResponse) ROP() ID { return SetLocalReplicaMidsetDeleted }

// A LongTermIDRange is all ids between two. [MS-OXCROPS] 2.2.13.12.1.1
type LongTermIDRange struct{ Min, Max mapi.LongTermID }

// Layout codes 48 bytes.
func (r *LongTermIDRange) Layout(c *wire.Codec) {
	r.Min.Layout(c)
	r.Max.Layout(c)
}
