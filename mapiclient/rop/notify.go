package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// NotifyResponse reports one event. It may stand anywhere in an answer.
// [MS-OXCROPS] 2.2.14.2.1
type NotifyResponse struct {
	// Handle is the object that asked for notifications: a notification
	// subscription or a table.
	Handle  uint32
	LogonID uint8
	Data    Notification
}

// ROP implements [Response].
func (*NotifyResponse) ROP() ID { return Notify }

// Layout implements [wire.Coder].
func (r *NotifyResponse) Layout(c *wire.Codec) {
	c.Uint32(&r.Handle)
	c.Uint8(&r.LogonID)
	r.Data.Layout(c)
}
