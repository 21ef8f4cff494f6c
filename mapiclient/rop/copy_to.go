package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// CopyFlags say how properties are copied. [MS-OXCPRPT] 2.2.10.1, 2.2.11.1
type CopyFlags uint8

// Copy flags.
const (
	// CopyMove removes the properties from the source.
	CopyMove CopyFlags = 0x01
	// CopyNoOverwrite leaves what the destination has.
	CopyNoOverwrite CopyFlags = 0x02
)

// CopyToRequest copies or moves all properties but some from one object to
// another. Add it with [AddTo]. [MS-OXCROPS] 2.2.8.12.1
type CopyToRequest struct {
	WantAsynchronous bool
	// WantSubObjects copies attachments and recipients, or messages and folders.
	WantSubObjects bool
	CopyFlags      CopyFlags
	ExcludedTags   []mapi.PropTag
}

// ROP implements [Request].
func (*CopyToRequest) ROP() ID { return CopyTo }

// NewResponse implements [RequestOf].
func (*CopyToRequest) NewResponse() *CopyToResponse { return new(CopyToResponse) }

// Layout implements [wire.Coder].
func (r *CopyToRequest) Layout(c *wire.Codec) {
	c.Bool(&r.WantAsynchronous)
	c.Bool(&r.WantSubObjects)
	layoutFlags8(c, &r.CopyFlags)
	layoutTags(c, &r.ExcludedTags)
}

// CopyToResponse is the response. [MS-OXCROPS] 2.2.8.12.2, 2.2.8.12.3
type CopyToResponse struct{ copied }

// ROP implements [Response].
func (*CopyToResponse) ROP() ID { return CopyTo }

// copied is the body of the responses of the operations that copy properties.
type copied struct {
	Problems []PropertyProblem
	// DestHandleIndex is the request's; present only when the destination was
	// not there.
	DestHandleIndex uint32
}

// Layout implements [wire.Coder].
func (r *copied) Layout(c *wire.Codec) {
	wire.List16(c, &r.Problems, (*PropertyProblem).Layout)
}

// LayoutFailure implements [FailureResponse].
func (r *copied) LayoutFailure(c *wire.Codec, code mapi.ErrorCode) {
	if code == ecDstNullObject {
		c.Uint32(&r.DestHandleIndex)
	}
}
