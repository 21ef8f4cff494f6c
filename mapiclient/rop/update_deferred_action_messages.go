package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// UpdateDeferredActionMessagesRequest tells the server the client's name of a
// message that a deferred rule is about. [MS-OXCROPS] 2.2.11.3.1
type UpdateDeferredActionMessagesRequest struct {
	ServerEntryID []byte
	ClientEntryID []byte
}

// ROP implements [Request].
func (*UpdateDeferredActionMessagesRequest) ROP() ID { return UpdateDeferredActionMessages }

// NewResponse implements [RequestOf].
func (*UpdateDeferredActionMessagesRequest) NewResponse() *UpdateDeferredActionMessagesResponse {
	return new(UpdateDeferredActionMessagesResponse)
}

// Layout implements [wire.Coder].
func (r *UpdateDeferredActionMessagesRequest) Layout(c *wire.Codec) {
	c.Bytes16(&r.ServerEntryID)
	c.Bytes16(&r.ClientEntryID)
}

// UpdateDeferredActionMessagesResponse is the response. [MS-OXCROPS]
// 2.2.11.3.2
type UpdateDeferredActionMessagesResponse struct{ empty }

// ROP implements [Response].
func (*UpdateDeferredActionMessagesResponse) ROP() ID { return UpdateDeferredActionMessages }
