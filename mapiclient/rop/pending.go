package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// PendingResponse says that a session has notifications waiting on the server.
// It stands at the end of an answer. [MS-OXCROPS] 2.2.14.3.1
type PendingResponse struct{ SessionIndex uint16 }

// ROP implements [Response].
func (*PendingResponse) ROP() ID { return Pending }

// Layout implements [wire.Coder].
func (r *PendingResponse) Layout(c *wire.Codec) { c.Uint16(&r.SessionIndex) }
