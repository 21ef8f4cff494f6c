package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetAddressTypesRequest asks which address types the server delivers to.
// [MS-OXCROPS] 2.2.7.3.1
type GetAddressTypesRequest struct{ empty }

// ROP implements [Request].
func (*GetAddressTypesRequest) ROP() ID { return GetAddressTypes }

// NewResponse implements [RequestOf].
func (*GetAddressTypesRequest) NewResponse() *GetAddressTypesResponse {
	return new(GetAddressTypesResponse)
}

// GetAddressTypesResponse is the success response. [MS-OXCROPS] 2.2.7.3.2
type GetAddressTypesResponse struct{ AddressTypes []string }

// ROP implements [Response].
func (*GetAddressTypesResponse) ROP() ID { return GetAddressTypes }

// Layout implements [wire.Coder].
func (r *GetAddressTypesResponse) Layout(c *wire.Codec) {
	n := c.Count16(len(r.AddressTypes))
	c.Sized16(func() { wire.List(c, &r.AddressTypes, n, layoutString8) })
}
