package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// TransportSendRequest sends a message at once. [MS-OXCROPS] 2.2.7.6.1
type TransportSendRequest struct{ empty }

// ROP implements [Request].
func (*TransportSendRequest) ROP() ID { return TransportSend }

// NewResponse implements [RequestOf].
func (*TransportSendRequest) NewResponse() *TransportSendResponse {
	return new(TransportSendResponse)
}

// TransportSendResponse is the success response. [MS-OXCROPS] 2.2.7.6.2
type TransportSendResponse struct {
	// Props are what the server set on the message; nil if it does not say.
	Props mapi.Props
}

// ROP implements [Response].
func (*TransportSendResponse) ROP() ID { return TransportSend }

// Layout implements [wire.Coder].
func (r *TransportSendResponse) Layout(c *wire.Codec) {
	none := r.Props == nil
	c.Bool(&none)
	if !none {
		layoutProps(c, &r.Props)
	}
}
