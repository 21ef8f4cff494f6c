package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// OpenModeFlags say how a folder is opened. [MS-OXCFOLD] 2.2.1.1.1
type OpenModeFlags uint8

// OpenSoftDeleted opens a soft-deleted folder.
const OpenSoftDeleted OpenModeFlags = 0x04

// OpenFolderRequest opens a folder. [MS-OXCROPS] 2.2.4.1.1
type OpenFolderRequest struct {
	FolderID      mapi.FolderID
	OpenModeFlags OpenModeFlags
}

// ROP implements [Request].
func (*OpenFolderRequest) ROP() ID { return OpenFolder }

// NewResponse implements [RequestOf].
func (*OpenFolderRequest) NewResponse() *OpenFolderResponse { return new(OpenFolderResponse) }

// Layout implements [wire.Coder].
func (r *OpenFolderRequest) Layout(c *wire.Codec) {
	r.FolderID.Layout(c)
	layoutFlags8(c, &r.OpenModeFlags)
}

// OpenFolderResponse is the success response. [MS-OXCROPS] 2.2.4.1.2
type OpenFolderResponse struct {
	HasRules bool
	// Ghost is set when the public folder's content is on other servers.
	Ghost *GhostServers
}

// ROP implements [Response].
func (*OpenFolderResponse) ROP() ID { return OpenFolder }

// Layout implements [wire.Coder].
func (r *OpenFolderResponse) Layout(c *wire.Codec) {
	c.Bool(&r.HasRules)
	layoutGhost(c, &r.Ghost)
}

// GhostServers name the servers that have replicas of a public folder.
// [MS-OXCROPS] 2.2.4.1.2
type GhostServers struct {
	// CheapServerCount is how many servers at the front of the list are cheap
	// to reach.
	CheapServerCount uint16
	Servers          []string
}

// Layout codes the counts and the names.
func (g *GhostServers) Layout(c *wire.Codec) {
	n := c.Count16(len(g.Servers))
	c.Uint16(&g.CheapServerCount)
	wire.List(c, &g.Servers, n, layoutString8)
}

// layoutGhost codes IsGhosted and, if it is set, what follows.
func layoutGhost(c *wire.Codec, g **GhostServers) {
	there := *g != nil
	c.Bool(&there)
	if !there {
		return
	}
	if c.Decoding() {
		*g = new(GhostServers)
	}
	(*g).Layout(c)
}
