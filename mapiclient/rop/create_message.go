package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// CreateMessageRequest creates a message. It is in no folder until it is
// saved. [MS-OXCROPS] 2.2.6.2.1
type CreateMessageRequest struct {
	// CodePageID is the code page of its 8-bit strings; CodePageLogon is that of the logon.
	CodePageID     uint16
	FolderID       mapi.FolderID
	AssociatedFlag bool
}

// ROP implements [Request].
func (*CreateMessageRequest) ROP() ID { return CreateMessage }

// NewResponse implements [RequestOf].
func (*CreateMessageRequest) NewResponse() *CreateMessageResponse {
	return new(CreateMessageResponse)
}

// Layout implements [wire.Coder].
func (r *CreateMessageRequest) Layout(c *wire.Codec) {
	c.Uint16(&r.CodePageID)
	r.FolderID.Layout(c)
	c.Bool(&r.AssociatedFlag)
}

// CreateMessageResponse is the success response. [MS-OXCROPS] 2.2.6.2.2
type CreateMessageResponse struct {
	HasMessageID bool
	MessageID    mapi.MessageID
}

// ROP implements [Response].
func (*CreateMessageResponse) ROP() ID { return CreateMessage }

// Layout implements [wire.Coder].
func (r *CreateMessageResponse) Layout(c *wire.Codec) {
	c.Bool(&r.HasMessageID)
	if r.HasMessageID {
		r.MessageID.Layout(c)
	}
}
