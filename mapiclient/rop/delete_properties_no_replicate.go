package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// DeletePropertiesNoReplicateRequest removes properties of a folder, which is
// not to be replicated. [MS-OXCROPS] 2.2.8.9.1
type DeletePropertiesNoReplicateRequest struct{ Tags []mapi.PropTag }

// ROP implements [Request].
func (*DeletePropertiesNoReplicateRequest) ROP() ID { return DeletePropertiesNoReplicate }

// NewResponse implements [RequestOf].
func (*DeletePropertiesNoReplicateRequest) NewResponse() *DeletePropertiesNoReplicateResponse {
	return new(DeletePropertiesNoReplicateResponse)
}

// Layout implements [wire.Coder].
func (r *DeletePropertiesNoReplicateRequest) Layout(c *wire.Codec) { layoutTags(c, &r.Tags) }

// DeletePropertiesNoReplicateResponse is the success response. [MS-OXCROPS]
// 2.2.8.9.2
type DeletePropertiesNoReplicateResponse struct{ Problems []PropertyProblem }

// ROP implements [Response].
func (*DeletePropertiesNoReplicateResponse) ROP() ID { return DeletePropertiesNoReplicate }

// Layout implements [wire.Coder].
func (r *DeletePropertiesNoReplicateResponse) Layout(c *wire.Codec) {
	wire.List16(c, &r.Problems, (*PropertyProblem).Layout)
}
