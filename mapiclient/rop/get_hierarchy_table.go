package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetHierarchyTableRequest opens the table of the folders in a folder.
// [MS-OXCROPS] 2.2.4.13.1
type GetHierarchyTableRequest struct{ TableFlags TableFlags }

// ROP implements [Request].
func (*GetHierarchyTableRequest) ROP() ID { return GetHierarchyTable }

// NewResponse implements [RequestOf].
func (*GetHierarchyTableRequest) NewResponse() *GetHierarchyTableResponse {
	return new(GetHierarchyTableResponse)
}

// Layout implements [wire.Coder].
func (r *GetHierarchyTableRequest) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableFlags) }

// GetHierarchyTableResponse is the success response. [MS-OXCROPS] 2.2.4.13.2
type GetHierarchyTableResponse struct{ RowCount uint32 }

// ROP implements [Response].
func (*GetHierarchyTableResponse) ROP() ID { return GetHierarchyTable }

// Layout implements [wire.Coder].
func (r *GetHierarchyTableResponse) Layout(c *wire.Codec) { c.Uint32(&r.RowCount) }
