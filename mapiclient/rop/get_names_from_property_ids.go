package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetNamesFromPropertyIDsRequest asks for the names of the mailbox's named
// properties. [MS-OXCROPS] 2.2.8.2.1
type GetNamesFromPropertyIDsRequest struct{ IDs []mapi.PropID }

// ROP implements [Request].
func (*GetNamesFromPropertyIDsRequest) ROP() ID { return GetNamesFromPropertyIDs }

// NewResponse implements [RequestOf].
func (*GetNamesFromPropertyIDsRequest) NewResponse() *GetNamesFromPropertyIDsResponse {
	return new(GetNamesFromPropertyIDsResponse)
}

// Layout implements [wire.Coder].
func (r *GetNamesFromPropertyIDsRequest) Layout(c *wire.Codec) { wire.List16(c, &r.IDs, wire.Uint16s) }

// GetNamesFromPropertyIDsResponse is the success response. [MS-OXCROPS]
// 2.2.8.2.2
type GetNamesFromPropertyIDsResponse struct{ Names []mapi.PropertyName }

// ROP implements [Response].
func (*GetNamesFromPropertyIDsResponse) ROP() ID { return GetNamesFromPropertyIDs }

// Layout implements [wire.Coder]. What has no name is a single byte; gromox 3.10
// has a GUID behind it. Which of the two it was shows in what follows.
func (r *GetNamesFromPropertyIDsResponse) Layout(c *wire.Codec) {
	if !c.Decoding() {
		wire.List16(c, &r.Names, (*mapi.PropertyName).Layout)
		return
	}
	if c.Try(func() bool { return r.read(c, (*mapi.PropertyName).Layout) }) || c.Try(func() bool { return r.read(c, layoutNameWithSet) }) {
		return
	}
	wire.List16(c, &r.Names, (*mapi.PropertyName).Layout) // for the error
}

// read reads the names in one of the forms and tells whether a response, or
// nothing, follows.
func (r *GetNamesFromPropertyIDsResponse) read(c *wire.Codec, layout func(*mapi.PropertyName, *wire.Codec)) bool {
	wire.List16(c, &r.Names, layout)
	next, some := c.Peek()
	id := ID(next)
	return !some || id == Notify || id == Pending || id == Backoff || id == BufferTooSmall || operations[id].newResponse != nil
}

// layoutNameWithSet reads a name that has a GUID also when it is none.
func layoutNameWithSet(n *mapi.PropertyName, c *wire.Codec) {
	const none = 0xFF
	if kind, _ := c.Peek(); kind != none {
		n.Layout(c)
		return
	}
	var kind uint8
	c.Uint8(&kind)
	n.Set.Layout(c)
	*n = mapi.PropertyName{}
}
