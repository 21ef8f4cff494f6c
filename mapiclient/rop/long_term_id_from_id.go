package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// LongTermIDFromIDRequest asks for the id of a folder or message that holds
// across logons. [MS-OXCROPS] 2.2.3.8.1, [MS-OXCSTOR] 2.2.1.8
type LongTermIDFromIDRequest struct {
	// ObjectID is a mapi.FolderID or mapi.MessageID.
	ObjectID uint64
}

// ROP implements [Request].
func (*LongTermIDFromIDRequest) ROP() ID { return LongTermIDFromID }

// NewResponse implements [RequestOf].
func (*LongTermIDFromIDRequest) NewResponse() *LongTermIDFromIDResponse {
	return new(LongTermIDFromIDResponse)
}

// Layout implements [wire.Coder].
func (r *LongTermIDFromIDRequest) Layout(c *wire.Codec) { c.Uint64(&r.ObjectID) }

// LongTermIDFromIDResponse is the success response. [MS-OXCROPS] 2.2.3.8.2
type LongTermIDFromIDResponse struct{ LongTermID mapi.LongTermID }

// ROP implements [Response].
func (*LongTermIDFromIDResponse) ROP() ID { return LongTermIDFromID }

// Layout implements [wire.Coder].
func (r *LongTermIDFromIDResponse) Layout(c *wire.Codec) { r.LongTermID.Layout(c) }
