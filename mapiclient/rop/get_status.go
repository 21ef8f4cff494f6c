package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetStatusRequest asks what a table is busy with. [MS-OXCROPS] 2.2.5.6.1
type GetStatusRequest struct{ empty }

// ROP implements [Request].
func (*GetStatusRequest) ROP() ID { return GetStatus }

// NewResponse implements [RequestOf].
func (*GetStatusRequest) NewResponse() *GetStatusResponse { return new(GetStatusResponse) }

// GetStatusResponse is the success response. [MS-OXCROPS] 2.2.5.6.2
type GetStatusResponse struct{ TableStatus TableStatus }

// ROP implements [Response].
func (*GetStatusResponse) ROP() ID { return GetStatus }

// Layout implements [wire.Coder].
func (r *GetStatusResponse) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableStatus) }
