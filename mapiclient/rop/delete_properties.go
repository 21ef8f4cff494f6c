package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// DeletePropertiesRequest removes properties of an object. [MS-OXCROPS]
// 2.2.8.8.1
type DeletePropertiesRequest struct{ Tags []mapi.PropTag }

// ROP implements [Request].
func (*DeletePropertiesRequest) ROP() ID { return DeleteProperties }

// NewResponse implements [RequestOf].
func (*DeletePropertiesRequest) NewResponse() *DeletePropertiesResponse {
	return new(DeletePropertiesResponse)
}

// Layout implements [wire.Coder].
func (r *DeletePropertiesRequest) Layout(c *wire.Codec) { layoutTags(c, &r.Tags) }

// DeletePropertiesResponse is the success response. [MS-OXCROPS] 2.2.8.8.2
type DeletePropertiesResponse struct{ Problems []PropertyProblem }

// ROP implements [Response].
func (*DeletePropertiesResponse) ROP() ID { return DeleteProperties }

// Layout implements [wire.Coder].
func (r *DeletePropertiesResponse) Layout(c *wire.Codec) {
	wire.List16(c, &r.Problems, (*PropertyProblem).Layout)
}
