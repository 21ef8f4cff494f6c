package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// RegisterNotificationRequest asks to be told of events in a folder, a message
// or the whole store. [MS-OXCROPS] 2.2.14.1.1, [MS-OXCNOTIF] 2.2.1.2.1.1
type RegisterNotificationRequest struct {
	// Types are the events, without the marks.
	Types NotificationFlags
	// Reserved is present only if Types has NotifyExtended.
	Reserved uint8
	// WantWholeStore leaves the ids out.
	WantWholeStore bool
	FolderID       mapi.FolderID
	MessageID      mapi.MessageID
}

// ROP implements [Request].
func (*RegisterNotificationRequest) ROP() ID { return RegisterNotification }

// NewResponse implements [RequestOf].
func (*RegisterNotificationRequest) NewResponse() *RegisterNotificationResponse {
	return new(RegisterNotificationResponse)
}

// Layout implements [wire.Coder].
func (r *RegisterNotificationRequest) Layout(c *wire.Codec) {
	wire.Uint16s(&r.Types, c)
	if r.Types&NotifyExtended != 0 {
		c.Uint8(&r.Reserved)
	}
	c.Bool(&r.WantWholeStore)
	if !r.WantWholeStore {
		r.FolderID.Layout(c)
		r.MessageID.Layout(c)
	}
}

// RegisterNotificationResponse is the response. [MS-OXCROPS] 2.2.14.1.2
type RegisterNotificationResponse struct{ empty }

// ROP implements [Response].
func (*RegisterNotificationResponse) ROP() ID { return RegisterNotification }
