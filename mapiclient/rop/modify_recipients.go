package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ModifyRecipientsRequest sets, replaces and removes recipients of a message.
// It never shortens the list by itself: see RemoveAllRecipients. [MS-OXCROPS]
// 2.2.6.5.1
type ModifyRecipientsRequest struct {
	Columns []mapi.PropTag
	Rows    []ModifyRecipientRow
}

// ROP implements [Request].
func (*ModifyRecipientsRequest) ROP() ID { return ModifyRecipients }

// NewResponse implements [RequestOf].
func (*ModifyRecipientsRequest) NewResponse() *ModifyRecipientsResponse {
	return new(ModifyRecipientsResponse)
}

// Layout implements [wire.Coder].
func (r *ModifyRecipientsRequest) Layout(c *wire.Codec) {
	layoutTags(c, &r.Columns)
	wire.List16(c, &r.Rows, func(row *ModifyRecipientRow, c *wire.Codec) { row.layout(c, r.Columns) })
}

// ModifyRecipientsResponse is the response. [MS-OXCROPS] 2.2.6.5.2
type ModifyRecipientsResponse struct{ empty }

// ROP implements [Response].
func (*ModifyRecipientsResponse) ROP() ID { return ModifyRecipients }

// A ModifyRecipientRow sets one recipient, or removes it if Row is nil.
// [MS-OXCROPS] 2.2.6.5.1.1
type ModifyRecipientRow struct {
	RowID uint32
	Type  mapi.RecipientType
	Row   *mapi.RecipientRow
}

func (r *ModifyRecipientRow) layout(c *wire.Codec, columns []mapi.PropTag) {
	c.Uint32(&r.RowID)
	layoutFlags8(c, &r.Type)
	c.Sized16(func() {
		if c.Decoding() && c.Len() > 0 {
			r.Row = new(mapi.RecipientRow)
		}
		if r.Row != nil {
			r.Row.Layout(c, columns)
		}
	})
}
