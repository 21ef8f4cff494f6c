package nspi

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// BindRequest begins a session. [MS-OXCMAPIHTTP] 2.2.5.1.1
type BindRequest struct {
	// Flags: 0x20 is fAnonymousLogin. [MS-OXNSPI] 3.1.4.1.1
	Flags uint32
	Stat  *Stat
	Aux   []byte
}

// Layout codes the body.
func (r *BindRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Flags)
	optional(c, &r.Stat, (*Stat).Layout)
	layoutAux(c, &r.Aux)
}

// BindResponse answers a Bind. [MS-OXCMAPIHTTP] 2.2.5.1.2
type BindResponse struct {
	Status
	ServerGUID mapi.GUID
}

// Layout codes the body.
func (r *BindResponse) Layout(c *wire.Codec) {
	r.layout(c, func() { r.ServerGUID.Layout(c) })
}

// UnbindRequest ends a session. [MS-OXCMAPIHTTP] 2.2.5.2.1
type UnbindRequest struct {
	Reserved uint32
	Aux      []byte
}

// Layout codes the body.
func (r *UnbindRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Reserved)
	layoutAux(c, &r.Aux)
}

// UnbindResponse answers an Unbind; its ErrorCode is [UnbindSuccess] when it
// worked. [MS-OXCMAPIHTTP] 2.2.5.2.2
type UnbindResponse struct{ Status }

// Layout codes the body.
func (r *UnbindResponse) Layout(c *wire.Codec) { r.layout(c, func() {}) }
