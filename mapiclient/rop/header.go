package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A requestHeader stands before every request. [MS-OXCROPS] 2.2.3.1 and the
// request buffer of each operation
type requestHeader struct {
	id    ID
	logon uint8
	// in is the index of the object worked on, second of the one created or
	// written to, or ResponseHandleIndex: see shape.
	in, second uint8
}

// layout codes the header after the operation's id.
func (h *requestHeader) layout(c *wire.Codec) {
	c.Uint8(&h.logon)
	switch operations[h.id].shape {
	case onObject:
		c.Uint8(&h.in)
	case creates, fromTo:
		c.Uint8(&h.in)
		c.Uint8(&h.second)
	case logsOn:
		c.Uint8(&h.second)
	case saves, savesEchoing:
		c.Uint8(&h.second)
		c.Uint8(&h.in)
	}
}

// answered is the index that the response names.
func (h *requestHeader) answered() uint8 {
	switch operations[h.id].shape {
	case onObject, fromTo:
		return h.in
	default:
		return h.second
	}
}

// wireID is the id that stands before the response to an operation: that of
// the operation but for GetMessageStatus. [MS-OXCROPS] 2.2.6.9.2
func wireID(id ID) ID {
	if id == GetMessageStatus {
		return SetMessageStatus
	}
	return id
}

// layoutResponse codes a response after its id and handle index: the return
// value and what follows it. in is the index of the object worked on. leftOut,
// if not nil, tells whether the fields of a failure are missing.
func layoutResponse(c *wire.Codec, code *mapi.ErrorCode, in uint8, r Response, leftOut func(*wire.Codec) bool) {
	wire.Uint32s(code, c)
	if *code != 0 && !(*code == ecWarnWithErrors && r.ROP() == GetPropertyIDsFromNames) {
		f, ok := r.(FailureResponse)
		if ok && c.Err() == nil && (*code == ecDstNullObject || leftOut == nil || !leftOut(c)) {
			f.LayoutFailure(c, *code)
		}
		return
	}
	if operations[r.ROP()].shape == savesEchoing {
		c.Const(in, "InputHandleIndex")
	}
	r.Layout(c)
}
