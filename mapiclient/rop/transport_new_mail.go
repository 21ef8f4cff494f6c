package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// TransportNewMailRequest tells the server of a message that the client has
// put into the store. [MS-OXCROPS] 2.2.7.7.1
type TransportNewMailRequest struct {
	MessageID    mapi.MessageID
	FolderID     mapi.FolderID
	MessageClass string
	MessageFlags uint32
}

// ROP implements [Request].
func (*TransportNewMailRequest) ROP() ID { return TransportNewMail }

// NewResponse implements [RequestOf].
func (*TransportNewMailRequest) NewResponse() *TransportNewMailResponse {
	return new(TransportNewMailResponse)
}

// Layout implements [wire.Coder].
func (r *TransportNewMailRequest) Layout(c *wire.Codec) {
	r.MessageID.Layout(c)
	r.FolderID.Layout(c)
	c.String8(&r.MessageClass)
	c.Uint32(&r.MessageFlags)
}

// TransportNewMailResponse is the response. [MS-OXCROPS] 2.2.7.7.2
type TransportNewMailResponse struct{ empty }

// ROP implements [Response].
func (*TransportNewMailResponse) ROP() ID { return TransportNewMail }
