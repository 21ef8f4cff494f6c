package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetOwningServersRequest asks which servers have a replica of a public
// folder. [MS-OXCROPS] 2.2.3.6.1
type GetOwningServersRequest struct{ FolderID mapi.FolderID }

// ROP implements [Request].
func (*GetOwningServersRequest) ROP() ID { return GetOwningServers }

// NewResponse implements [RequestOf].
func (*GetOwningServersRequest) NewResponse() *GetOwningServersResponse {
	return new(GetOwningServersResponse)
}

// Layout implements [wire.Coder].
func (r *GetOwningServersRequest) Layout(c *wire.Codec) { r.FolderID.Layout(c) }

// GetOwningServersResponse is the success response. [MS-OXCROPS] 2.2.3.6.2
type GetOwningServersResponse struct{ GhostServers }

// ROP implements [Response].
func (*GetOwningServersResponse) ROP() ID { return GetOwningServers }

// Layout implements [wire.Coder].
func (r *GetOwningServersResponse) Layout(c *wire.Codec) { r.GhostServers.Layout(c) }
