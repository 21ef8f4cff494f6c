package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// RestrictRequest sets which rows a table has. [MS-OXCROPS] 2.2.5.3.1
type RestrictRequest struct {
	// Flags other than 0 ask for asynchronous work, which servers ignore.
	Flags uint8
	// Restriction is what the rows must match; nil takes the restriction away.
	Restriction mapi.Restriction
}

// ROP implements [Request].
func (*RestrictRequest) ROP() ID { return Restrict }

// NewResponse implements [RequestOf].
func (*RestrictRequest) NewResponse() *RestrictResponse { return new(RestrictResponse) }

// Layout implements [wire.Coder].
func (r *RestrictRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Flags)
	layoutRestriction(c, &r.Restriction)
}

// RestrictResponse is the success response. [MS-OXCROPS] 2.2.5.3.2
type RestrictResponse struct{ TableStatus TableStatus }

// ROP implements [Response].
func (*RestrictResponse) ROP() ID { return Restrict }

// Layout implements [wire.Coder].
func (r *RestrictResponse) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableStatus) }
