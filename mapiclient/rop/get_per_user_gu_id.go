package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetPerUserGUIDRequest asks which public store a folder is in. [MS-OXCROPS]
// 2.2.3.11.1
type GetPerUserGUIDRequest struct{ LongTermID mapi.LongTermID }

// ROP implements [Request].
func (*GetPerUserGUIDRequest) ROP() ID { return GetPerUserGUID }

// NewResponse implements [RequestOf].
func (*GetPerUserGUIDRequest) NewResponse() *GetPerUserGUIDResponse {
	return new(GetPerUserGUIDResponse)
}

// Layout implements [wire.Coder].
func (r *GetPerUserGUIDRequest) Layout(c *wire.Codec) { r.LongTermID.Layout(c) }

// GetPerUserGUIDResponse is the success response. [MS-OXCROPS] 2.2.3.11.2
type GetPerUserGUIDResponse struct{ DatabaseGUID mapi.GUID }

// ROP implements [Response].
func (*GetPerUserGUIDResponse) ROP() ID { return GetPerUserGUID }

// Layout implements [wire.Coder].
func (r *GetPerUserGUIDResponse) Layout(c *wire.Codec) { r.DatabaseGUID.Layout(c) }
