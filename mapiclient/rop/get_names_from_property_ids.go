package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetNamesFromPropertyIDsRequest asks for the names of the mailbox's named
// properties. [MS-OXCROPS] 2.2.8.2.1
type GetNamesFromPropertyIDsRequest struct{ IDs []mapi.PropID }

// ROP implements [Request].
func (*GetNamesFromPropertyIDsRequest) ROP() ID { return GetNamesFromPropertyIDs }

// NewResponse implements [RequestOf].
func (*GetNamesFromPropertyIDsRequest) NewResponse() *GetNamesFromPropertyIDsResponse {
	return new(GetNamesFromPropertyIDsResponse)
}

// Layout implements [wire.Coder].
func (r *GetNamesFromPropertyIDsRequest) Layout(c *wire.Codec) { wire.List16(c, &r.IDs, wire.Uint16s) }

// GetNamesFromPropertyIDsResponse is the success response. [MS-OXCROPS]
// 2.2.8.2.2
type GetNamesFromPropertyIDsResponse struct{ Names []mapi.PropertyName }

// ROP implements [Response].
func (*GetNamesFromPropertyIDsResponse) ROP() ID { return GetNamesFromPropertyIDs }

// Layout implements [wire.Coder].
func (r *GetNamesFromPropertyIDsResponse) Layout(c *wire.Codec) {
	wire.List16(c, &r.Names, (*mapi.PropertyName).Layout)
}
