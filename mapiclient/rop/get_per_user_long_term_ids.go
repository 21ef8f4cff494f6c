package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetPerUserLongTermIDsRequest asks for which folders of a public store this
// mailbox keeps what was read. [MS-OXCROPS] 2.2.3.10.1
type GetPerUserLongTermIDsRequest struct{ DatabaseGUID mapi.GUID }

// ROP implements [Request].
func (*GetPerUserLongTermIDsRequest) ROP() ID { return GetPerUserLongTermIDs }

// NewResponse implements [RequestOf].
func (*GetPerUserLongTermIDsRequest) NewResponse() *GetPerUserLongTermIDsResponse {
	return new(GetPerUserLongTermIDsResponse)
}

// Layout implements [wire.Coder].
func (r *GetPerUserLongTermIDsRequest) Layout(c *wire.Codec) { r.DatabaseGUID.Layout(c) }

// GetPerUserLongTermIDsResponse is the success response. [MS-OXCROPS]
// 2.2.3.10.2
type GetPerUserLongTermIDsResponse struct{ LongTermIDs []mapi.LongTermID }

// ROP implements [Response].
func (*GetPerUserLongTermIDsResponse) ROP() ID { return GetPerUserLongTermIDs }

// Layout implements [wire.Coder].
func (r *GetPerUserLongTermIDsResponse) Layout(c *wire.Codec) {
	wire.List16(c, &r.LongTermIDs, (*mapi.LongTermID).Layout)
}
