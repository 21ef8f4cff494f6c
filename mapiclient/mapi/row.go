package mapi

import "github.com/mapigate/mapigate/mapiclient/wire"

// Flags of a row and of its values. [MS-OXCDATA] 2.8.1.2, 2.11.5
const (
	rowStandard = 0x00
	rowFlagged  = 0x01

	valueThere  = 0x00
	valueAbsent = 0x01
	valueError  = 0x0A
)

// LayoutRow codes a PropertyRow of the given columns as ROP buffers have it.
// [MS-OXCDATA] 2.8.1
//
// In Go a row is a bag with at most one Prop per column, in the order of the
// columns: a value the server left out has no Prop, an error is a Prop of
// PtypErrorCode, and a column of type Unspecified gives a Prop of the type that
// was sent. A row being written may have its Props in any order and more of
// them than columns. A row of no columns still has its flag byte.
func LayoutRow(c *wire.Codec, columns []PropTag, row *Props) {
	FormROP.LayoutRow(c, columns, row)
}

// LayoutRow is [LayoutRow] in the form f: for FormNSPI it is an
// AddressBookPropertyRow. [MS-OXCMAPIHTTP] 2.2.1.7
func (f Form) LayoutRow(c *wire.Codec, columns []PropTag, row *Props) {
	if c.Decoding() {
		f.readRow(c, columns, row)
	} else {
		f.writeRow(c, columns, *row)
	}
}

// Row gives the layout of a list element that is a row of the given columns,
// for wire.List and its kin.
func Row(columns []PropTag) wire.Layout[Props] {
	return func(row *Props, c *wire.Codec) { LayoutRow(c, columns, row) }
}

func (f Form) readRow(c *wire.Codec, columns []PropTag, row *Props) {
	var flag uint8
	c.Uint8(&flag)
	if flag > rowFlagged {
		c.Failf("row flag is 0x%02X, want 0x00 or 0x01", flag)
	}
	if c.Err() != nil {
		return
	}
	out := make(Props, 0, min(len(columns), c.Len()))
	for _, column := range columns {
		p := Prop{Tag: column}
		there := true
		if flag == rowStandard {
			p.Tag = column.WithType(f.LayoutValue(c, column.Type(), &p.Value))
		} else {
			there = f.readFlagged(c, &p)
		}
		if c.Err() != nil {
			return
		}
		// A value without bytes says nothing, and costs the sender nothing.
		if there && p.Value != nil {
			out = append(out, p)
		}
	}
	*row = out
}

// readFlagged reads a FlaggedPropertyValue, or with its type if the column has
// none, and tells whether there is a value. [MS-OXCDATA] 2.11.5, 2.11.6
func (f Form) readFlagged(c *wire.Codec, p *Prop) bool {
	t := p.Tag.Type()
	if t == PtypUnspecified {
		wire.Uint16s(&t, c)
	}
	var flag uint8
	c.Uint8(&flag)
	switch flag {
	case valueThere:
		if p.Tag.Type() == PtypUnspecified && t == PtypUnspecified {
			c.Failf("a value of type Unspecified says its type is Unspecified")
			return false
		}
		p.Tag = p.Tag.WithType(f.LayoutValue(c, t, &p.Value))
		return true
	case valueAbsent:
	case valueError:
		p.Tag = p.Tag.WithType(PtypErrorCode)
		value(c, &p.Value, layoutErrorCode)
		return true
	default:
		c.Failf("value flag is 0x%02X, want 0x00, 0x01 or 0x0A", flag)
	}
	return false
}

func (f Form) writeRow(c *wire.Codec, columns []PropTag, row Props) {
	flag := uint8(rowStandard)
	for i, column := range columns {
		if p := row.cell(i, column); p == nil || p.Tag.Type() == PtypErrorCode && column.Type() != PtypErrorCode {
			flag = rowFlagged
			break
		}
	}
	c.Uint8(&flag)
	for i, column := range columns {
		p := row.cell(i, column)
		if flag == rowFlagged {
			f.writeFlagged(c, column, p)
		} else {
			f.LayoutValue(c, column.Type(), &p.Value)
		}
	}
}

func (f Form) writeFlagged(c *wire.Codec, column PropTag, p *Prop) {
	flag, t := uint8(valueThere), column.Type()
	switch {
	case p == nil:
		flag = valueAbsent
	case p.Tag.Type() == PtypErrorCode && t != PtypErrorCode:
		flag = valueError
	}
	if t == PtypUnspecified {
		if p != nil {
			t = TypeOf(p.Value)
		}
		wire.Uint16s(&t, c)
	}
	switch c.Uint8(&flag); flag {
	case valueThere:
		f.LayoutValue(c, t, &p.Value)
	case valueError:
		value(c, &p.Value, layoutErrorCode)
	}
}

// cell finds what a row has for a column, first where the order of columns
// would put it: the value, an error in its place, or nil.
func (ps Props) cell(i int, column PropTag) *Prop {
	if i < len(ps) && ps[i].fills(column) {
		return &ps[i]
	}
	for i := range ps {
		if ps[i].fills(column) {
			return &ps[i]
		}
	}
	return nil
}

func (p *Prop) fills(column PropTag) bool {
	return p.Tag.ID() == column.ID() && p.Value != nil &&
		(p.Tag == column || column.Type() == PtypUnspecified || p.Tag.Type() == PtypErrorCode ||
			column.Type()&MultiValueInstance != 0 && p.Tag.Type() == column.Type()&^(MultiValue|MultiValueInstance))
}
