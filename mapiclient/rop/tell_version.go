package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// TellVersionRequest tells a server the version of the other one between which
// a client copies. [MS-OXCROPS] 2.2.12.9.1, [MS-OXCFXICS] 2.2.3.1.1.6.1
type TellVersionRequest struct{ Version [3]uint16 }

// ROP implements [Request].
func (*TellVersionRequest) ROP() ID { return TellVersion }

// NewResponse implements [RequestOf].
func (*TellVersionRequest) NewResponse() *TellVersionResponse { return new(TellVersionResponse) }

// Layout implements [wire.Coder].
func (r *TellVersionRequest) Layout(c *wire.Codec) {
	for i := range r.Version {
		c.Uint16(&r.Version[i])
	}
}

// TellVersionResponse is the response. [MS-OXCROPS] 2.2.12.9.2
type TellVersionResponse struct{ empty }

// ROP implements [Response].
func (*TellVersionResponse) ROP() ID { return TellVersion }
