package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Return values that decide the layout of a failure. [MS-OXCDATA] 2.4
const (
	ecWrongServer    mapi.ErrorCode = 0x00000478
	ecDstNullObject  mapi.ErrorCode = 0x00000503
	ecWarnWithErrors mapi.ErrorCode = 0x00040380
)

// layoutFlags8 codes a one-byte field of a named type.
func layoutFlags8[T ~uint8](c *wire.Codec, v *T) {
	u := uint8(*v)
	c.Uint8(&u)
	*v = T(u)
}

// layoutFlags16 codes a two-byte field of a named type.
func layoutFlags16[T ~uint16](c *wire.Codec, v *T) { wire.Uint16s(v, c) }

// layoutSizedString8 codes a size of two bytes, which counts the NUL, and an
// 8-bit string; an empty string has size 0 and no NUL.
func layoutSizedString8(c *wire.Codec, s *string) {
	c.Sized16(func() {
		if *s != "" || c.Len() > 0 {
			c.String8(s)
		}
	})
}
