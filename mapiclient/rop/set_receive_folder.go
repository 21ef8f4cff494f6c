package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SetReceiveFolderRequest sets the folder that receives messages of a class. A
// FolderID of 0 removes the setting. [MS-OXCROPS] 2.2.3.3.1
type SetReceiveFolderRequest struct {
	FolderID     mapi.FolderID
	MessageClass string
}

// ROP implements [Request].
func (*SetReceiveFolderRequest) ROP() ID { return SetReceiveFolder }

// NewResponse implements [RequestOf].
func (*SetReceiveFolderRequest) NewResponse() *SetReceiveFolderResponse {
	return new(SetReceiveFolderResponse)
}

// Layout implements [wire.Coder].
func (r *SetReceiveFolderRequest) Layout(c *wire.Codec) {
	r.FolderID.Layout(c)
	c.String8(&r.MessageClass)
}

// SetReceiveFolderResponse is the response. [MS-OXCROPS] 2.2.3.3.2
type SetReceiveFolderResponse struct{ empty }

// ROP implements [Response].
func (*SetReceiveFolderResponse) ROP() ID { return SetReceiveFolder }
