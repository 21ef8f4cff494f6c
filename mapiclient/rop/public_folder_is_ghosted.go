package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// PublicFolderIsGhostedRequest asks whether the content of a public folder is
// on other servers only. [MS-OXCROPS] 2.2.3.7.1
type PublicFolderIsGhostedRequest struct{ FolderID mapi.FolderID }

// ROP implements [Request].
func (*PublicFolderIsGhostedRequest) ROP() ID { return PublicFolderIsGhosted }

// NewResponse implements [RequestOf].
func (*PublicFolderIsGhostedRequest) NewResponse() *PublicFolderIsGhostedResponse {
	return new(PublicFolderIsGhostedResponse)
}

// Layout implements [wire.Coder].
func (r *PublicFolderIsGhostedRequest) Layout(c *wire.Codec) { r.FolderID.Layout(c) }

// PublicFolderIsGhostedResponse is the success response. [MS-OXCROPS]
// 2.2.3.7.2
type PublicFolderIsGhostedResponse struct {
	// Ghost is set when it is.
	Ghost *GhostServers
}

// ROP implements [Response].
func (*PublicFolderIsGhostedResponse) ROP() ID { return PublicFolderIsGhosted }

// Layout implements [wire.Coder].
func (r *PublicFolderIsGhostedResponse) Layout(c *wire.Codec) { layoutGhost(c, &r.Ghost) }
