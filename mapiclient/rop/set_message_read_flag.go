package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SetMessageReadFlagRequest marks an open message as read or unread. In public
// folders, which we do not open, the request has 24 more bytes. [MS-OXCROPS]
// 2.2.6.11.1
type SetMessageReadFlagRequest struct{ ReadFlags ReadFlags }

// ROP implements [Request].
func (*SetMessageReadFlagRequest) ROP() ID { return SetMessageReadFlag }

// NewResponse implements [RequestOf].
func (*SetMessageReadFlagRequest) NewResponse() *SetMessageReadFlagResponse {
	return new(SetMessageReadFlagResponse)
}

// Layout implements [wire.Coder].
func (r *SetMessageReadFlagRequest) Layout(c *wire.Codec) { layoutFlags8(c, &r.ReadFlags) }

// SetMessageReadFlagResponse is the success response. [MS-OXCROPS] 2.2.6.11.2
type SetMessageReadFlagResponse struct {
	// ReadStatusChanged says that a public folder's message changed; only then
	// are the fields below present.
	ReadStatusChanged bool
	LogonID           uint8
	ClientData        [24]byte
}

// ROP implements [Response].
func (*SetMessageReadFlagResponse) ROP() ID { return SetMessageReadFlag }

// Layout implements [wire.Coder].
func (r *SetMessageReadFlagResponse) Layout(c *wire.Codec) {
	c.Bool(&r.ReadStatusChanged)
	if r.ReadStatusChanged {
		c.Uint8(&r.LogonID)
		c.Fixed(r.ClientData[:])
	}
}
