package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// ReloadCachedInformationRequest asks again for what OpenMessage answered.
// [MS-OXCROPS] 2.2.6.7.1
type ReloadCachedInformationRequest struct{ Reserved uint16 }

// ROP implements [Request].
func (*ReloadCachedInformationRequest) ROP() ID { return ReloadCachedInformation }

// NewResponse implements [RequestOf].
func (*ReloadCachedInformationRequest) NewResponse() *ReloadCachedInformationResponse {
	return new(ReloadCachedInformationResponse)
}

// Layout implements [wire.Coder].
func (r *ReloadCachedInformationRequest) Layout(c *wire.Codec) { c.Uint16(&r.Reserved) }

// ReloadCachedInformationResponse is the success response. [MS-OXCROPS]
// 2.2.6.7.2
type ReloadCachedInformationResponse struct{ MessageHead }

// ROP implements [Response].
func (*ReloadCachedInformationResponse) ROP() ID { return ReloadCachedInformation }

// Layout implements [wire.Coder].
func (r *ReloadCachedInformationResponse) Layout(c *wire.Codec) { r.MessageHead.Layout(c) }
