package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A Request is what a client asks. Its Layout begins after the header, that is
// after the handle indices.
type Request interface {
	wire.Coder
	ROP() ID
}

// A Response is what a server answers. Its Layout begins after the return
// value and is used when the operation succeeded.
type Response interface {
	wire.Coder
	ROP() ID
}

// A RequestOf is a request that is answered by an R. NewResponse makes the
// empty response, which takes from the request what it needs to read its own
// layout, such as the columns of its rows.
type RequestOf[R Response] interface {
	Request
	NewResponse() R
}

// A FailureResponse is a response that carries data when the operation failed
// as well: which, may depend on the return value.
type FailureResponse interface {
	Response
	LayoutFailure(c *wire.Codec, code mapi.ErrorCode)
}

// empty is the layout of a body without fields.
type empty struct{}

// Layout codes nothing.
func (empty) Layout(*wire.Codec) {}

// Limits of a payload.
const (
	// MaxPayload is the most bytes a payload may have, its size field and
	// handle table included. [MS-OXCRPC] 3.1.4.2
	MaxPayload = 32<<10 - 1

	// NoHandle stands in a handle table where there is no object (yet).
	// [MS-OXCROPS] 2.2.1
	NoHandle uint32 = 0xFFFFFFFF
)
