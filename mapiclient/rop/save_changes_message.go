package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SaveFlags say what becomes of the object after it was saved.
// [MS-OXCMSG] 2.2.3.3.1
type SaveFlags uint8

// Save flags. With 0 the object is not to be used any more.
const (
	KeepOpenReadOnly  SaveFlags = 0x01
	KeepOpenReadWrite SaveFlags = 0x02
	// ForceSave commits over the changes of others.
	ForceSave SaveFlags = 0x04
)

// SaveChangesMessageRequest commits a message. [MS-OXCROPS] 2.2.6.3.1
type SaveChangesMessageRequest struct{ SaveFlags SaveFlags }

// ROP implements [Request].
func (*SaveChangesMessageRequest) ROP() ID { return SaveChangesMessage }

// NewResponse implements [RequestOf].
func (*SaveChangesMessageRequest) NewResponse() *SaveChangesMessageResponse {
	return new(SaveChangesMessageResponse)
}

// Layout implements [wire.Coder].
func (r *SaveChangesMessageRequest) Layout(c *wire.Codec) { layoutFlags8(c, &r.SaveFlags) }

// SaveChangesMessageResponse is the success response. [MS-OXCROPS] 2.2.6.3.2
type SaveChangesMessageResponse struct{ MessageID mapi.MessageID }

// ROP implements [Response].
func (*SaveChangesMessageResponse) ROP() ID { return SaveChangesMessage }

// Layout implements [wire.Coder].
func (r *SaveChangesMessageResponse) Layout(c *wire.Codec) { r.MessageID.Layout(c) }
