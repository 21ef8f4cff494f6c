package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// AbortSubmitRequest takes a submitted message back, if it is still in the
// queue. It works on the logon. [MS-OXCROPS] 2.2.7.2.1
type AbortSubmitRequest struct {
	FolderID  mapi.FolderID
	MessageID mapi.MessageID
}

// ROP implements [Request].
func (*AbortSubmitRequest) ROP() ID { return AbortSubmit }

// NewResponse implements [RequestOf].
func (*AbortSubmitRequest) NewResponse() *AbortSubmitResponse { return new(AbortSubmitResponse) }

// Layout implements [wire.Coder].
func (r *AbortSubmitRequest) Layout(c *wire.Codec) {
	r.FolderID.Layout(c)
	r.MessageID.Layout(c)
}

// AbortSubmitResponse is the response. [MS-OXCROPS] 2.2.7.2.2
type AbortSubmitResponse struct{ empty }

// ROP implements [Response].
func (*AbortSubmitResponse) ROP() ID { return AbortSubmit }
