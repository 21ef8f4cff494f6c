package wire

// A Layout codes one element of a list.
type Layout[T any] func(*T, *Codec)

// List8 codes a count of one byte and that many elements.
func List8[T any](c *Codec, v *[]T, one Layout[T]) {
	List(c, v, c.Count8(len(*v)), one)
}

// List16 codes a count of two bytes and that many elements.
func List16[T any](c *Codec, v *[]T, one Layout[T]) {
	List(c, v, c.Count16(len(*v)), one)
}

// List32 codes a count of four bytes and that many elements.
func List32[T any](c *Codec, v *[]T, one Layout[T]) {
	List(c, v, c.Count32(len(*v)), one)
}

// List codes n elements whose count stands elsewhere. Every element of the
// MAPI protocols has at least one byte, so a count beyond the bytes left fails
// before anything is allocated. Writing fails unless len(*v) is n.
func List[T any](c *Codec, v *[]T, n int, one Layout[T]) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		if n != len(*v) {
			c.Failf("list has %d elements, its count says %d", len(*v), n)
		}
		for i := range *v {
			one(&(*v)[i], c)
		}
		return
	}
	if n < 0 || n > c.Len() {
		c.Fail(ErrCount)
		return
	}
	list := make([]T, 0, min(n, 1024))
	for range n {
		var e T
		if one(&e, c); c.err != nil {
			return
		}
		list = append(list, e)
	}
	*v = list
}

// Uint16s is the layout of a two-byte list element, for List*.
func Uint16s[T ~uint16](v *T, c *Codec) {
	u := uint16(*v)
	if c.Uint16(&u); c.decoding {
		*v = T(u)
	}
}

// Uint32s is the layout of a four-byte list element, for List*.
func Uint32s[T ~uint32](v *T, c *Codec) {
	u := uint32(*v)
	if c.Uint32(&u); c.decoding {
		*v = T(u)
	}
}

// Uint64s is the layout of an eight-byte list element, for List*.
func Uint64s[T ~uint64](v *T, c *Codec) {
	u := uint64(*v)
	if c.Uint64(&u); c.decoding {
		*v = T(u)
	}
}
