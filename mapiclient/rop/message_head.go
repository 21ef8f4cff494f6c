package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A MessageHead is what the responses of OpenMessage, OpenEmbeddedMessage and
// ReloadCachedInformation tell of a message. [MS-OXCROPS] 2.2.6.1.2
type MessageHead struct {
	HasNamedProperties bool
	SubjectPrefix      mapi.TypedString
	NormalizedSubject  mapi.TypedString
	// RecipientCount is how many recipients the message has; Rows may hold only
	// the first of them.
	RecipientCount uint16
	// Columns are the recipients' columns.
	Columns []mapi.PropTag
	Rows    []OpenRecipientRow
}

// Layout codes the head.
func (h *MessageHead) Layout(c *wire.Codec) {
	c.Bool(&h.HasNamedProperties)
	h.SubjectPrefix.Layout(c)
	h.NormalizedSubject.Layout(c)
	c.Uint16(&h.RecipientCount)
	layoutTags(c, &h.Columns)
	wire.List8(c, &h.Rows, func(row *OpenRecipientRow, c *wire.Codec) { row.layout(c, h.Columns) })
}

// An OpenRecipientRow is a recipient of an open message.
// [MS-OXCROPS] 2.2.6.1.2.1
type OpenRecipientRow struct {
	Type mapi.RecipientType
	// CodePageID is that of the row's 8-bit strings.
	CodePageID uint16
	Reserved   uint16
	Row        mapi.RecipientRow
}

func (r *OpenRecipientRow) layout(c *wire.Codec, columns []mapi.PropTag) {
	layoutFlags8(c, &r.Type)
	c.Uint16(&r.CodePageID)
	c.Uint16(&r.Reserved)
	c.Sized16(func() { r.Row.Layout(c, columns) })
}
