package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Return values that decide the layout of a failure. [MS-OXCDATA] 2.4
const (
	ecWrongServer    mapi.ErrorCode = 0x00000478
	ecServerBusy     mapi.ErrorCode = 0x00000480
	ecDstNullObject  mapi.ErrorCode = 0x00000503
	ecWarnWithErrors mapi.ErrorCode = 0x00040380
)

// layoutFlags8 codes a one-byte field of a named type.
func layoutFlags8[T ~uint8](c *wire.Codec, v *T) {
	u := uint8(*v)
	c.Uint8(&u)
	*v = T(u)
}

// layoutBool16 codes a Boolean of two bytes.
func layoutBool16(c *wire.Codec, v *bool) {
	var u uint16
	if *v {
		u = 1
	}
	c.Uint16(&u)
	*v = u != 0
}

// layoutString codes a NUL-terminated string in UTF-16 or, as it is, in 8 bits.
func layoutString(c *wire.Codec, unicode bool, s *string) {
	if unicode {
		c.String16(s)
	} else {
		c.String8(s)
	}
}

// layoutString8 is the layout of a NUL-terminated 8-bit string in a list.
func layoutString8(s *string, c *wire.Codec) { c.String8(s) }

// layoutSizedString8 codes a size of two bytes, which counts the NUL, and an
// 8-bit string; an empty string has size 0 and no NUL.
func layoutSizedString8(c *wire.Codec, s *string) {
	c.Sized16(func() {
		if *s != "" || c.Len() > 0 {
			c.String8(s)
		}
	})
}

// layoutTags codes a count of two bytes and property tags.
func layoutTags(c *wire.Codec, tags *[]mapi.PropTag) {
	wire.List16(c, tags, (*mapi.PropTag).Layout)
}

// layoutProps codes a count of two bytes and tagged values.
func layoutProps(c *wire.Codec, props *mapi.Props) {
	wire.List16(c, (*[]mapi.Prop)(props), (*mapi.Prop).Layout)
}

// layoutRestriction codes a size of two bytes and a restriction; nil has
// size 0.
func layoutRestriction(c *wire.Codec, r *mapi.Restriction) {
	c.Sized16(func() {
		if *r != nil || c.Len() > 0 {
			mapi.LayoutRestriction(c, r)
		}
	})
}
