package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// NamesCreate makes ids for names that have none. [MS-OXCPRPT] 2.2.12.1
const NamesCreate uint8 = 0x02

// GetPropertyIDsFromNamesRequest asks for the mailbox's ids of named
// properties. [MS-OXCROPS] 2.2.8.1.1
type GetPropertyIDsFromNamesRequest struct {
	// Flags of NamesCreate make ids for names that have none.
	Flags uint8
	Names []mapi.PropertyName
}

// ROP implements [Request].
func (*GetPropertyIDsFromNamesRequest) ROP() ID { return GetPropertyIDsFromNames }

// NewResponse implements [RequestOf].
func (*GetPropertyIDsFromNamesRequest) NewResponse() *GetPropertyIDsFromNamesResponse {
	return new(GetPropertyIDsFromNamesResponse)
}

// Layout implements [wire.Coder].
func (r *GetPropertyIDsFromNamesRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Flags)
	wire.List16(c, &r.Names, (*mapi.PropertyName).Layout)
}

// GetPropertyIDsFromNamesResponse is the success response; ecWarnWithErrors
// has its fields as well. [MS-OXCROPS] 2.2.8.1.2
type GetPropertyIDsFromNamesResponse struct {
	// IDs are in the order of the names; 0 where a name has none.
	IDs []mapi.PropID
}

// ROP implements [Response].
func (*GetPropertyIDsFromNamesResponse) ROP() ID { return GetPropertyIDsFromNames }

// Layout implements [wire.Coder].
func (r *GetPropertyIDsFromNamesResponse) Layout(c *wire.Codec) { wire.List16(c, &r.IDs, wire.Uint16s) }
