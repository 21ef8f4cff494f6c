package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// WritePerUserInformationRequest writes what a user has read in a public
// folder, on the logon of a private mailbox. [MS-OXCROPS] 2.2.3.13.1
type WritePerUserInformationRequest struct {
	FolderID    mapi.LongTermID
	HasFinished bool
	DataOffset  uint32
	Data        []byte
	// ReplGUID is the public store; present only when DataOffset is 0.
	ReplGUID mapi.GUID
}

// ROP implements [Request].
func (*WritePerUserInformationRequest) ROP() ID { return WritePerUserInformation }

// NewResponse implements [RequestOf].
func (*WritePerUserInformationRequest) NewResponse() *WritePerUserInformationResponse {
	return new(WritePerUserInformationResponse)
}

// Layout implements [wire.Coder].
func (r *WritePerUserInformationRequest) Layout(c *wire.Codec) {
	r.FolderID.Layout(c)
	c.Bool(&r.HasFinished)
	c.Uint32(&r.DataOffset)
	c.Bytes16(&r.Data)
	if r.DataOffset == 0 {
		r.ReplGUID.Layout(c)
	}
}

// WritePerUserInformationResponse is the response. [MS-OXCROPS] 2.2.3.13.2
type WritePerUserInformationResponse struct{ empty }

// ROP implements [Response].
func (*WritePerUserInformationResponse) ROP() ID { return WritePerUserInformation }
