package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SetPropertiesNoReplicateRequest sets properties of a folder that are not to
// be replicated. [MS-OXCROPS] 2.2.8.7.1
type SetPropertiesNoReplicateRequest struct{ Props mapi.Props }

// ROP implements [Request].
func (*SetPropertiesNoReplicateRequest) ROP() ID { return SetPropertiesNoReplicate }

// NewResponse implements [RequestOf].
func (*SetPropertiesNoReplicateRequest) NewResponse() *SetPropertiesNoReplicateResponse {
	return new(SetPropertiesNoReplicateResponse)
}

// Layout implements [wire.Coder].
func (r *SetPropertiesNoReplicateRequest) Layout(c *wire.Codec) {
	c.Sized16(func() { layoutProps(c, &r.Props) })
}

// SetPropertiesNoReplicateResponse is the success response. [MS-OXCROPS]
// 2.2.8.7.2
type SetPropertiesNoReplicateResponse struct{ Problems []PropertyProblem }

// ROP implements [Response].
func (*SetPropertiesNoReplicateResponse) ROP() ID { return SetPropertiesNoReplicate }

// Layout implements [wire.Coder].
func (r *SetPropertiesNoReplicateResponse) Layout(c *wire.Codec) {
	wire.List16(c, &r.Problems, (*PropertyProblem).Layout)
}
