package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetPropertiesListRequest asks which properties an object has. [MS-OXCROPS]
// 2.2.8.5.1
type GetPropertiesListRequest struct{ empty }

// ROP implements [Request].
func (*GetPropertiesListRequest) ROP() ID { return GetPropertiesList }

// NewResponse implements [RequestOf].
func (*GetPropertiesListRequest) NewResponse() *GetPropertiesListResponse {
	return new(GetPropertiesListResponse)
}

// GetPropertiesListResponse is the success response. [MS-OXCROPS] 2.2.8.5.2
type GetPropertiesListResponse struct{ Tags []mapi.PropTag }

// ROP implements [Response].
func (*GetPropertiesListResponse) ROP() ID { return GetPropertiesList }

// Layout implements [wire.Coder].
func (r *GetPropertiesListResponse) Layout(c *wire.Codec) { layoutTags(c, &r.Tags) }
