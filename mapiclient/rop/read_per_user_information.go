package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ReadPerUserInformationRequest reads what a user has read in a public folder.
// [MS-OXCROPS] 2.2.3.12.1
type ReadPerUserInformationRequest struct {
	FolderID   mapi.LongTermID
	Reserved   uint8
	DataOffset uint32
	// MaxDataSize is how many bytes the response may hold; 0 leaves it to the server.
	MaxDataSize uint16
}

// ROP implements [Request].
func (*ReadPerUserInformationRequest) ROP() ID { return ReadPerUserInformation }

// NewResponse implements [RequestOf].
func (*ReadPerUserInformationRequest) NewResponse() *ReadPerUserInformationResponse {
	return new(ReadPerUserInformationResponse)
}

// Layout implements [wire.Coder].
func (r *ReadPerUserInformationRequest) Layout(c *wire.Codec) {
	r.FolderID.Layout(c)
	c.Uint8(&r.Reserved)
	c.Uint32(&r.DataOffset)
	c.Uint16(&r.MaxDataSize)
}

// ReadPerUserInformationResponse is the success response. [MS-OXCROPS]
// 2.2.3.12.2
type ReadPerUserInformationResponse struct {
	HasFinished bool
	Data        []byte
}

// ROP implements [Response].
func (*ReadPerUserInformationResponse) ROP() ID { return ReadPerUserInformation }

// Layout implements [wire.Coder].
func (r *ReadPerUserInformationResponse) Layout(c *wire.Codec) {
	c.Bool(&r.HasFinished)
	c.Bytes16(&r.Data)
}
