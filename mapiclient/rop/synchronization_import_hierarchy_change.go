package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SynchronizationImportHierarchyChangeRequest uploads a new or changed folder.
// [MS-OXCROPS] 2.2.13.4.1, [MS-OXCFXICS] 2.2.3.2.4.3.1
type SynchronizationImportHierarchyChangeRequest struct {
	// Hierarchy are PidTagParentSourceKey and what else names the folder.
	Hierarchy mapi.Props
	Props     mapi.Props
}

// ROP implements [Request].
func (*SynchronizationImportHierarchyChangeRequest) ROP() ID {
	return SynchronizationImportHierarchyChange
}

// NewResponse implements [RequestOf].
func (*SynchronizationImportHierarchyChangeRequest) NewResponse() *SynchronizationImportHierarchyChangeResponse {
	return new(SynchronizationImportHierarchyChangeResponse)
}

// Layout implements [wire.Coder].
func (r *SynchronizationImportHierarchyChangeRequest) Layout(c *wire.Codec) {
	layoutProps(c, &r.Hierarchy)
	layoutProps(c, &r.Props)
}

// SynchronizationImportHierarchyChangeResponse is the success response.
// [MS-OXCROPS] 2.2.13.4.2
type SynchronizationImportHierarchyChangeResponse struct{ FolderID mapi.FolderID }

// ROP implements [Response].
func (*SynchronizationImportHierarchyChangeResponse) ROP() ID {
	return SynchronizationImportHierarchyChange
}

// Layout implements [wire.Coder].
func (r *SynchronizationImportHierarchyChangeResponse) Layout(c *wire.Codec) { r.FolderID.Layout(c) }
