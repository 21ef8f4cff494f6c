package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetTransportFolderRequest asks for the folder of messages that TransportSend
// sends. [MS-OXCROPS] 2.2.7.8.1
type GetTransportFolderRequest struct{ empty }

// ROP implements [Request].
func (*GetTransportFolderRequest) ROP() ID { return GetTransportFolder }

// NewResponse implements [RequestOf].
func (*GetTransportFolderRequest) NewResponse() *GetTransportFolderResponse {
	return new(GetTransportFolderResponse)
}

// GetTransportFolderResponse is the success response. [MS-OXCROPS] 2.2.7.8.2
type GetTransportFolderResponse struct{ FolderID mapi.FolderID }

// ROP implements [Response].
func (*GetTransportFolderResponse) ROP() ID { return GetTransportFolder }

// Layout implements [wire.Coder].
func (r *GetTransportFolderResponse) Layout(c *wire.Codec) { r.FolderID.Layout(c) }
