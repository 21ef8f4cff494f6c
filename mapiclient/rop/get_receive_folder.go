package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetReceiveFolderRequest asks which folder receives messages of a class.
// [MS-OXCROPS] 2.2.3.2.1, [MS-OXCSTOR] 2.2.1.2.1
type GetReceiveFolderRequest struct {
	// MessageClass is in ASCII; empty asks for the default.
	MessageClass string
}

// ROP implements [Request].
func (*GetReceiveFolderRequest) ROP() ID { return GetReceiveFolder }

// NewResponse implements [RequestOf].
func (*GetReceiveFolderRequest) NewResponse() *GetReceiveFolderResponse {
	return new(GetReceiveFolderResponse)
}

// Layout implements [wire.Coder].
func (r *GetReceiveFolderRequest) Layout(c *wire.Codec) { c.String8(&r.MessageClass) }

// GetReceiveFolderResponse is the success response. [MS-OXCROPS] 2.2.3.2.2,
// [MS-OXCSTOR] 2.2.1.2.2
type GetReceiveFolderResponse struct {
	FolderID mapi.FolderID
	// ExplicitMessageClass is the class or its parent for which the folder was set.
	ExplicitMessageClass string
}

// ROP implements [Response].
func (*GetReceiveFolderResponse) ROP() ID { return GetReceiveFolder }

// Layout implements [wire.Coder].
func (r *GetReceiveFolderResponse) Layout(c *wire.Codec) {
	r.FolderID.Layout(c)
	c.String8(&r.ExplicitMessageClass)
}
