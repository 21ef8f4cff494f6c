package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// QueryNamedPropertiesRequest asks for the named properties of an object.
// [MS-OXCROPS] 2.2.8.10.1
type QueryNamedPropertiesRequest struct {
	QueryFlags uint8
	// Set asks only for the names of one property set, if not nil.
	Set *mapi.GUID
}

// ROP implements [Request].
func (*QueryNamedPropertiesRequest) ROP() ID { return QueryNamedProperties }

// NewResponse implements [RequestOf].
func (*QueryNamedPropertiesRequest) NewResponse() *QueryNamedPropertiesResponse {
	return new(QueryNamedPropertiesResponse)
}

// Layout implements [wire.Coder].
func (r *QueryNamedPropertiesRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.QueryFlags)
	hasGUID := r.Set != nil
	c.Bool(&hasGUID)
	if !hasGUID {
		return
	}
	if c.Decoding() {
		r.Set = new(mapi.GUID)
	}
	r.Set.Layout(c)
}

// QueryNamedPropertiesResponse is the success response. [MS-OXCROPS]
// 2.2.8.10.2
type QueryNamedPropertiesResponse struct {
	IDs []mapi.PropID
	// Names are in the order of the ids.
	Names []mapi.PropertyName
}

// ROP implements [Response].
func (*QueryNamedPropertiesResponse) ROP() ID { return QueryNamedProperties }

// Layout implements [wire.Coder].
func (r *QueryNamedPropertiesResponse) Layout(c *wire.Codec) {
	wire.List16(c, &r.IDs, wire.Uint16s)
	wire.List(c, &r.Names, len(r.IDs), (*mapi.PropertyName).Layout)
}
