package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// AbortRequest stops what a table does asynchronously. [MS-OXCROPS] 2.2.5.5.1
type AbortRequest struct{ empty }

// ROP implements [Request].
func (*AbortRequest) ROP() ID { return Abort }

// NewResponse implements [RequestOf].
func (*AbortRequest) NewResponse() *AbortResponse { return new(AbortResponse) }

// AbortResponse is the success response. [MS-OXCROPS] 2.2.5.5.2
type AbortResponse struct{ TableStatus TableStatus }

// ROP implements [Response].
func (*AbortResponse) ROP() ID { return Abort }

// Layout implements [wire.Coder].
func (r *AbortResponse) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableStatus) }
