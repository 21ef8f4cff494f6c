package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SetPropertiesRequest sets properties of an object. [MS-OXCROPS] 2.2.8.6.1
type SetPropertiesRequest struct{ Props mapi.Props }

// ROP implements [Request].
func (*SetPropertiesRequest) ROP() ID { return SetProperties }

// NewResponse implements [RequestOf].
func (*SetPropertiesRequest) NewResponse() *SetPropertiesResponse {
	return new(SetPropertiesResponse)
}

// Layout implements [wire.Coder].
func (r *SetPropertiesRequest) Layout(c *wire.Codec) { c.Sized16(func() { layoutProps(c, &r.Props) }) }

// SetPropertiesResponse is the success response. [MS-OXCROPS] 2.2.8.6.2
type SetPropertiesResponse struct{ Problems []PropertyProblem }

// ROP implements [Response].
func (*SetPropertiesResponse) ROP() ID { return SetProperties }

// Layout implements [wire.Coder].
func (r *SetPropertiesResponse) Layout(c *wire.Codec) {
	wire.List16(c, &r.Problems, (*PropertyProblem).Layout)
}

// A PropertyProblem is a property that was not set, deleted or copied, and why.
// [MS-OXCDATA] 2.7
type PropertyProblem struct {
	// Index is the property's place in the request.
	Index uint16
	Tag   mapi.PropTag
	Code  mapi.ErrorCode
}

// Layout codes ten bytes.
func (p *PropertyProblem) Layout(c *wire.Codec) {
	c.Uint16(&p.Index)
	p.Tag.Layout(c)
	wire.Uint32s(&p.Code, c)
}
