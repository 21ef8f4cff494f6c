package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ReadRecipientsRequest reads recipients of a message. [MS-OXCROPS] 2.2.6.6.1
type ReadRecipientsRequest struct {
	// RowID is the first row to read.
	RowID    uint32
	Reserved uint16

	// Columns are those that the answer to OpenMessage named. They are not part
	// of the request; the response cannot be read without them.
	Columns []mapi.PropTag
}

// ROP implements [Request].
func (*ReadRecipientsRequest) ROP() ID { return ReadRecipients }

// NewResponse implements [RequestOf].
func (r *ReadRecipientsRequest) NewResponse() *ReadRecipientsResponse {
	return &ReadRecipientsResponse{Columns: r.Columns}
}

// Layout implements [wire.Coder].
func (r *ReadRecipientsRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.RowID)
	c.Uint16(&r.Reserved)
}

// ReadRecipientsResponse is the success response. [MS-OXCROPS] 2.2.6.6.2
type ReadRecipientsResponse struct {
	Rows []ReadRecipientRow

	// Columns are the message's recipient columns, not part of the response.
	Columns []mapi.PropTag
}

// ROP implements [Response].
func (*ReadRecipientsResponse) ROP() ID { return ReadRecipients }

// Layout implements [wire.Coder].
func (r *ReadRecipientsResponse) Layout(c *wire.Codec) {
	wire.List8(c, &r.Rows, func(row *ReadRecipientRow, c *wire.Codec) { row.layout(c, r.Columns) })
}

// A ReadRecipientRow is a recipient with its row id. [MS-OXCROPS] 2.2.6.6.2.1
type ReadRecipientRow struct {
	RowID uint32
	OpenRecipientRow
}

func (r *ReadRecipientRow) layout(c *wire.Codec, columns []mapi.PropTag) {
	c.Uint32(&r.RowID)
	r.OpenRecipientRow.layout(c, columns)
}
