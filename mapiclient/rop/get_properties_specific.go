package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetPropertiesSpecificRequest reads properties of an object. [MS-OXCROPS]
// 2.2.8.3.1
type GetPropertiesSpecificRequest struct {
	// PropertySizeLimit is the size in bytes over which a value is left out;
	// 0 is no limit.
	PropertySizeLimit uint16
	// WantUnicode asks for UTF-16 where the type of a tag is Unspecified.
	WantUnicode bool
	Tags        []mapi.PropTag
}

// ROP implements [Request].
func (*GetPropertiesSpecificRequest) ROP() ID { return GetPropertiesSpecific }

// NewResponse implements [RequestOf].
func (r *GetPropertiesSpecificRequest) NewResponse() *GetPropertiesSpecificResponse {
	return &GetPropertiesSpecificResponse{Tags: r.Tags}
}

// Layout implements [wire.Coder].
func (r *GetPropertiesSpecificRequest) Layout(c *wire.Codec) {
	c.Uint16(&r.PropertySizeLimit)
	layoutBool16(c, &r.WantUnicode)
	layoutTags(c, &r.Tags)
}

// GetPropertiesSpecificResponse is the success response. [MS-OXCROPS]
// 2.2.8.3.2
type GetPropertiesSpecificResponse struct {
	// Row has the columns Tags: a value that was too large is an error in it.
	Row mapi.Props

	// Tags are the request's, not part of the response.
	Tags []mapi.PropTag
}

// ROP implements [Response].
func (*GetPropertiesSpecificResponse) ROP() ID { return GetPropertiesSpecific }

// Layout implements [wire.Coder].
func (r *GetPropertiesSpecificResponse) Layout(c *wire.Codec) { mapi.LayoutRow(c, r.Tags, &r.Row) }
