package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetPermissionsTableRequest opens the table of who may do what in a folder.
// [MS-OXCROPS] 2.2.10.2.1
type GetPermissionsTableRequest struct{ TableFlags TableFlags }

// ROP implements [Request].
func (*GetPermissionsTableRequest) ROP() ID { return GetPermissionsTable }

// NewResponse implements [RequestOf].
func (*GetPermissionsTableRequest) NewResponse() *GetPermissionsTableResponse {
	return new(GetPermissionsTableResponse)
}

// Layout implements [wire.Coder].
func (r *GetPermissionsTableRequest) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableFlags) }

// GetPermissionsTableResponse is the response. [MS-OXCROPS] 2.2.10.2.2
type GetPermissionsTableResponse struct{ empty }

// ROP implements [Response].
func (*GetPermissionsTableResponse) ROP() ID { return GetPermissionsTable }
