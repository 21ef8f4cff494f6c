package mapi

import "github.com/mapigate/mapigate/mapiclient/wire"

// LayoutRestriction codes a restriction as ROP buffers have it: counts of two
// bytes. [MS-OXCDATA] 2.12
func LayoutRestriction(c *wire.Codec, r *Restriction) { FormROP.LayoutRestriction(c, r) }

// LayoutRestriction is [LayoutRestriction] in the form f.
func (f Form) LayoutRestriction(c *wire.Codec, r *Restriction) {
	if !c.Decoding() && *r == nil {
		c.Failf("restriction is missing")
		return
	}
	var kind restrictionKind
	if !c.Decoding() {
		kind = (*r).kind()
	}
	layout8(c, &kind)
	c.Nested(func() {
		switch kind {
		case kindAnd, kindOr, kindNot, kindSubObject, kindComment, kindCount:
			f.layoutCompound(c, kind, r)
		default:
			f.layoutSimple(c, kind, r)
		}
	})
}

// layoutCompound codes the restrictions that contain others.
func (f Form) layoutCompound(c *wire.Codec, kind restrictionKind, r *Restriction) {
	switch kind {
	case kindAnd:
		part(c, r, func(x *AndRestriction) { f.layoutParts(c, (*[]Restriction)(x)) })
	case kindOr:
		part(c, r, func(x *OrRestriction) { f.layoutParts(c, (*[]Restriction)(x)) })
	case kindNot:
		part(c, r, func(x *NotRestriction) { f.LayoutRestriction(c, &x.Restriction) })
	case kindSubObject:
		part(c, r, func(x *SubObjectRestriction) {
			x.SubObject.Layout(c)
			f.LayoutRestriction(c, &x.Restriction)
		})
	case kindComment:
		part(c, r, func(x *CommentRestriction) { f.layoutComment(c, x) })
	case kindCount:
		part(c, r, func(x *CountRestriction) {
			c.Uint32(&x.Count)
			f.LayoutRestriction(c, &x.Restriction)
		})
	}
}

// layoutSimple codes the restrictions that contain no others.
func (f Form) layoutSimple(c *wire.Codec, kind restrictionKind, r *Restriction) {
	switch kind {
	case kindContent:
		part(c, r, func(x *ContentRestriction) {
			wire.Uint32s(&x.FuzzyLevel, c)
			x.Tag.Layout(c)
			f.layoutOperand(c, &x.Value)
		})
	case kindProperty:
		part(c, r, func(x *PropertyRestriction) {
			layout8(c, &x.RelOp)
			x.Tag.Layout(c)
			f.layoutOperand(c, &x.Value)
		})
	case kindCompareProps:
		part(c, r, func(x *ComparePropsRestriction) {
			layout8(c, &x.RelOp)
			x.Tag1.Layout(c)
			x.Tag2.Layout(c)
		})
	case kindBitMask:
		part(c, r, func(x *BitMaskRestriction) {
			layout8(c, &x.Op)
			x.Tag.Layout(c)
			c.Uint32(&x.Mask)
		})
	case kindSize:
		part(c, r, func(x *SizeRestriction) {
			layout8(c, &x.RelOp)
			x.Tag.Layout(c)
			c.Uint32(&x.Size)
		})
	case kindExist:
		part(c, r, func(x *ExistRestriction) { x.Tag.Layout(c) })
	default:
		c.Failf("restriction has type 0x%02X", uint8(kind))
	}
}

func (f Form) layoutParts(c *wire.Codec, parts *[]Restriction) {
	wire.List(c, parts, f.count(c, len(*parts)), func(r *Restriction, c *wire.Codec) { f.LayoutRestriction(c, r) })
}

// layoutOperand codes the value a restriction compares with. The address book
// over MAPI/HTTP puts HasValue before it. [MS-OXCMAPIHTTP] 2.2.1
func (f Form) layoutOperand(c *wire.Codec, p *Prop) {
	if f.present(c, p.Value != nil) {
		f.LayoutProp(c, p)
	}
}

func (f Form) layoutComment(c *wire.Codec, x *CommentRestriction) {
	wire.List8(c, (*[]Prop)(&x.Props), func(p *Prop, c *wire.Codec) { f.LayoutProp(c, p) })
	present := x.Restriction != nil
	if c.Bool(&present); present {
		f.LayoutRestriction(c, &x.Restriction)
	}
}

// part codes one kind of restriction through a variable of its Go type, so
// that writing never touches what it writes.
func part[T Restriction](c *wire.Codec, r *Restriction, layout func(*T)) {
	var x T
	if !c.Decoding() {
		var ok bool
		if x, ok = (*r).(T); !ok {
			c.Failf("restriction is a %T, its kind wants a %T", *r, x)
			return
		}
	}
	layout(&x)
	if c.Decoding() {
		*r = x
	}
}

// layout8 codes an enumeration of one byte.
func layout8[T ~uint8](c *wire.Codec, v *T) {
	u := uint8(*v)
	if c.Uint8(&u); c.Decoding() {
		*v = T(u)
	}
}
