package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// CopyPropertiesRequest copies or moves properties from one object to another.
// Add it with [AddTo]. [MS-OXCROPS] 2.2.8.11.1
type CopyPropertiesRequest struct {
	WantAsynchronous bool
	CopyFlags        CopyFlags
	Tags             []mapi.PropTag
}

// ROP implements [Request].
func (*CopyPropertiesRequest) ROP() ID { return CopyProperties }

// NewResponse implements [RequestOf].
func (*CopyPropertiesRequest) NewResponse() *CopyPropertiesResponse {
	return new(CopyPropertiesResponse)
}

// Layout implements [wire.Coder].
func (r *CopyPropertiesRequest) Layout(c *wire.Codec) {
	c.Bool(&r.WantAsynchronous)
	layoutFlags8(c, &r.CopyFlags)
	layoutTags(c, &r.Tags)
}

// CopyPropertiesResponse is the response. [MS-OXCROPS] 2.2.8.11.2, 2.2.8.11.3
type CopyPropertiesResponse struct{ copied }

// ROP implements [Response].
func (*CopyPropertiesResponse) ROP() ID { return CopyProperties }
