package nspi

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// MaxCount is the most tags, rows or entries one body may have.
// [MS-OXNSPI] 2.2.1
const MaxCount = 100000

// present codes the byte in front of an optional part and tells whether the
// part follows.
func present(c *wire.Codec, there bool) bool {
	var b uint8
	if there {
		b = 0xFF
	}
	c.Uint8(&b)
	return b != 0
}

// optional codes a part that may be missing; nil is missing.
func optional[T any](c *wire.Codec, v **T, layout func(*T, *wire.Codec)) {
	if !present(c, *v != nil) {
		return
	}
	if c.Decoding() {
		*v = new(T)
	}
	layout(*v, c)
}

// list codes a count of four bytes and that many elements.
func list[T any](c *wire.Codec, v *[]T, one wire.Layout[T]) {
	n := uint32(len(*v))
	if c.Uint32(&n); n > MaxCount {
		c.Failf("count is %d, more than %d", n, MaxCount)
	}
	wire.List(c, v, int(n), one)
	if c.Decoding() && c.Err() == nil && *v == nil {
		*v = []T{}
	}
}

// optionalList codes a list that may be missing; nil is missing, an empty one is not.
func optionalList[T any](c *wire.Codec, v *[]T, one wire.Layout[T]) {
	if present(c, *v != nil) {
		list(c, v, one)
	}
}

func layoutTag(t *mapi.PropTag, c *wire.Codec) { t.Layout(c) }

func layoutName(s *string, c *wire.Codec) { c.String16(s) }

func layoutDN(s *string, c *wire.Codec) { c.String8(s) }

// layoutProp codes an AddressBookTaggedPropertyValue. [MS-OXCMAPIHTTP] 2.2.1.3
func layoutProp(p *mapi.Prop, c *wire.Codec) { mapi.FormNSPI.LayoutProp(c, p) }

// layoutProps codes an AddressBookPropertyValueList. [MS-OXCMAPIHTTP] 2.2.1.2
func layoutProps(ps *mapi.Props, c *wire.Codec) { list(c, (*[]mapi.Prop)(ps), layoutProp) }

// A Table is columns and rows as answers carry them.
type Table struct {
	Columns []mapi.PropTag
	// Rows have at most one value per column; see mapi.LayoutRow.
	Rows []mapi.Props
}

// Layout codes the columns and the rows. [MS-OXCMAPIHTTP] 2.2.5.5.2
func (t *Table) Layout(c *wire.Codec) {
	list(c, &t.Columns, layoutTag)
	list(c, &t.Rows, func(row *mapi.Props, c *wire.Codec) { mapi.FormNSPI.LayoutRow(c, t.Columns, row) })
}
