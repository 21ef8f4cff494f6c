package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ModifyPermissionsRequest changes who may do what in a folder. [MS-OXCROPS]
// 2.2.10.1.1
type ModifyPermissionsRequest struct {
	Flags       uint8
	Permissions []PermissionData
}

// ROP implements [Request].
func (*ModifyPermissionsRequest) ROP() ID { return ModifyPermissions }

// NewResponse implements [RequestOf].
func (*ModifyPermissionsRequest) NewResponse() *ModifyPermissionsResponse {
	return new(ModifyPermissionsResponse)
}

// Layout implements [wire.Coder].
func (r *ModifyPermissionsRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Flags)
	wire.List16(c, &r.Permissions, (*PermissionData).Layout)
}

// ModifyPermissionsResponse is the response. [MS-OXCROPS] 2.2.10.1.2
type ModifyPermissionsResponse struct{ empty }

// ROP implements [Response].
func (*ModifyPermissionsResponse) ROP() ID { return ModifyPermissions }

// PermissionData adds, changes or removes one entry. [MS-OXCPERM] 2.2.2.1.1
type PermissionData struct {
	// Flags are 1 to add, 2 to change, 4 to remove.
	Flags uint8
	Props mapi.Props
}

// Layout codes the flags and the properties.
func (p *PermissionData) Layout(c *wire.Codec) {
	c.Uint8(&p.Flags)
	layoutProps(c, &p.Props)
}
