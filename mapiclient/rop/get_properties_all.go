package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetPropertiesAllRequest reads all properties of an object. [MS-OXCROPS]
// 2.2.8.4.1
type GetPropertiesAllRequest struct {
	// PropertySizeLimit is the size in bytes over which a value is left out;
	// 0 is no limit.
	PropertySizeLimit uint16
	WantUnicode       bool
}

// ROP implements [Request].
func (*GetPropertiesAllRequest) ROP() ID { return GetPropertiesAll }

// NewResponse implements [RequestOf].
func (*GetPropertiesAllRequest) NewResponse() *GetPropertiesAllResponse {
	return new(GetPropertiesAllResponse)
}

// Layout implements [wire.Coder].
func (r *GetPropertiesAllRequest) Layout(c *wire.Codec) {
	c.Uint16(&r.PropertySizeLimit)
	layoutBool16(c, &r.WantUnicode)
}

// GetPropertiesAllResponse is the success response. [MS-OXCROPS] 2.2.8.4.2
type GetPropertiesAllResponse struct{ Props mapi.Props }

// ROP implements [Response].
func (*GetPropertiesAllResponse) ROP() ID { return GetPropertiesAll }

// Layout implements [wire.Coder].
func (r *GetPropertiesAllResponse) Layout(c *wire.Codec) { layoutProps(c, &r.Props) }
