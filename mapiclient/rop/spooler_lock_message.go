package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A LockState is what the spooler does with a message. [MS-OXOMSG] 2.2.3.5.1
type LockState uint8

// Lock states.
const (
	LockMessage   LockState = 0
	UnlockMessage LockState = 1
	// FinishMessage says that every recipient has been taken care of.
	FinishMessage LockState = 2
)

// SpoolerLockMessageRequest locks or settles a message of the spooler queue.
// [MS-OXCROPS] 2.2.7.5.1
type SpoolerLockMessageRequest struct {
	MessageID mapi.MessageID
	LockState LockState
}

// ROP implements [Request].
func (*SpoolerLockMessageRequest) ROP() ID { return SpoolerLockMessage }

// NewResponse implements [RequestOf].
func (*SpoolerLockMessageRequest) NewResponse() *SpoolerLockMessageResponse {
	return new(SpoolerLockMessageResponse)
}

// Layout implements [wire.Coder].
func (r *SpoolerLockMessageRequest) Layout(c *wire.Codec) {
	r.MessageID.Layout(c)
	layoutFlags8(c, &r.LockState)
}

// SpoolerLockMessageResponse is the response. [MS-OXCROPS] 2.2.7.5.2
type SpoolerLockMessageResponse struct{ empty }

// ROP implements [Response].
func (*SpoolerLockMessageResponse) ROP() ID { return SpoolerLockMessage }
