package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// IDFromLongTermIDRequest asks for the id in this logon of a folder or
// message. [MS-OXCROPS] 2.2.3.9.1, [MS-OXCSTOR] 2.2.1.9
type IDFromLongTermIDRequest struct{ LongTermID mapi.LongTermID }

// ROP implements [Request].
func (*IDFromLongTermIDRequest) ROP() ID { return IDFromLongTermID }

// NewResponse implements [RequestOf].
func (*IDFromLongTermIDRequest) NewResponse() *IDFromLongTermIDResponse {
	return new(IDFromLongTermIDResponse)
}

// Layout implements [wire.Coder].
func (r *IDFromLongTermIDRequest) Layout(c *wire.Codec) { r.LongTermID.Layout(c) }

// IDFromLongTermIDResponse is the success response. [MS-OXCROPS] 2.2.3.9.2
type IDFromLongTermIDResponse struct {
	// ObjectID is a mapi.FolderID or mapi.MessageID.
	ObjectID uint64
}

// ROP implements [Response].
func (*IDFromLongTermIDResponse) ROP() ID { return IDFromLongTermID }

// Layout implements [wire.Coder].
func (r *IDFromLongTermIDResponse) Layout(c *wire.Codec) { c.Uint64(&r.ObjectID) }
