package wire

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// everything is a structure with one field of each kind the codec knows.
type everything struct {
	U8      uint8
	U16     uint16
	U32     uint32
	U64     uint64
	I16     int16
	I32     int32
	I64     int64
	F32     float32
	F64     float64
	True    bool
	Fixed   [3]byte
	B8      []byte
	B16     []byte
	B32     []byte
	S8      string
	S16     string
	Latin   string
	List8   []uint16
	List16  []uint32
	List32  []uint64
	Inner8  uint16
	Inner16 []byte
	Inner32 []byte
	Rest    []byte
}

func (e *everything) Layout(c *Codec) {
	c.Const(0x7E, "magic")
	c.Uint8(&e.U8)
	c.Uint16(&e.U16)
	c.Uint32(&e.U32)
	c.Uint64(&e.U64)
	c.Int16(&e.I16)
	c.Int32(&e.I32)
	c.Int64(&e.I64)
	c.Float32(&e.F32)
	c.Float64(&e.F64)
	c.Bool(&e.True)
	c.Fixed(e.Fixed[:])
	c.Pad(2)
	c.Bytes8(&e.B8)
	c.Bytes16(&e.B16)
	c.Bytes32(&e.B32)
	c.String8(&e.S8)
	c.String16(&e.S16)
	c.Latin1(&e.Latin)
	List8(c, &e.List8, Uint16s)
	List16(c, &e.List16, Uint32s)
	List32(c, &e.List32, Uint64s)
	c.Sized8(func() { c.Uint16(&e.Inner8) })
	c.Sized16(func() { c.Rest(&e.Inner16) })
	c.Sized32(func() { c.Nested(func() { c.Rest(&e.Inner32) }) })
	c.Rest(&e.Rest)
}

var (
	sample = everything{
		U8: 0x81, U16: 0x8182, U32: 0x81828384, U64: 0x8182838485868788,
		I16: -2, I32: -3, I64: -4, F32: 1.5, F64: -2.25, True: true,
		Fixed: [3]byte{1, 2, 3}, B8: []byte{4}, B16: []byte{5, 6}, B32: []byte{7, 8, 9},
		S8: "a\xe9", S16: "é😀", Latin: "é",
		List8: []uint16{1}, List16: []uint32{2, 3}, List32: []uint64{4},
		Inner8: 0x0A0B, Inner16: []byte{0x0C}, Inner32: []byte{}, Rest: []byte{0xEE},
	}
	sampleBytes = []byte("\x7e\x81\x82\x81\x84\x83\x82\x81\x88\x87\x86\x85\x84\x83\x82\x81" +
		"\xfe\xff\xfd\xff\xff\xff\xfc\xff\xff\xff\xff\xff\xff\xff\x00\x00\xc0\x3f\x00\x00\x00\x00\x00\x00\x02\xc0\x01" +
		"\x01\x02\x03\x00\x00\x01\x04\x02\x00\x05\x06\x03\x00\x00\x00\x07\x08\x09" +
		"a\xe9\x00\xe9\x00\x3d\xd8\x00\xde\x00\x00\xe9\x00" +
		"\x01\x01\x00\x02\x00\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00" +
		"\x02\x0b\x0a\x01\x00\x0c\x00\x00\x00\x00\xee")
)

func TestCodec(t *testing.T) {
	b, err := Marshal(&sample)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, sampleBytes) {
		t.Errorf("wrote\n%x, want\n%x", b, sampleBytes)
	}
	var got everything
	if err := Unmarshal(sampleBytes, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, sample) {
		t.Errorf("read\n%+v, want\n%+v", got, sample)
	}
}

// Every truncation fails, with the offset of the field that was cut.
func TestTruncation(t *testing.T) {
	for n := range len(sampleBytes) - 1 { // the last byte is Rest, which may be empty
		var got everything
		err := Unmarshal(sampleBytes[:n], &got)
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrShort) && !errors.Is(err, ErrCount) {
			t.Errorf("the first %d bytes give %v", n, err)
		} else if e.Offset > n || !e.Decoding {
			t.Errorf("the first %d bytes fail at offset %d, decoding is %v", n, e.Offset, e.Decoding)
		}
	}
}

func TestDecodedDoesNotAlias(t *testing.T) {
	in := bytes.Clone(sampleBytes)
	var got everything
	if err := Unmarshal(in, &got); err != nil {
		t.Fatal(err)
	}
	clear(in)
	if !reflect.DeepEqual(got, sample) {
		t.Errorf("clearing the input changes what was read to %+v", got)
	}
}

func TestReading(t *testing.T) {
	for _, tc := range []struct {
		name string
		in   string
		read func(c *Codec)
		want error
	}{
		{"trailing bytes", "\x01\x02", func(c *Codec) { c.Uint8(new(uint8)) }, ErrTrailing},
		{"bytes beyond the input", "\xff\xff\x01", func(c *Codec) { c.Bytes16(new([]byte)) }, ErrShort},
		{"count of 4 GiB", "\xff\xff\xff\xff\x01", func(c *Codec) { List32(c, new([]uint8), func(v *uint8, c *Codec) { c.Uint8(v) }) }, ErrCount},
		{"bytes of 4 GiB", "\xff\xff\xff\xff\x01", func(c *Codec) { c.Bytes32(new([]byte)) }, ErrShort},
		{"window beyond the input", "\x05\x01", func(c *Codec) { c.Sized8(func() {}) }, ErrShort},
		{"window not filled", "\x02\x01\x02", func(c *Codec) { c.Sized8(func() { c.Uint8(new(uint8)) }) }, ErrTrailing},
		{"window too small", "\x01\x01\x02", func(c *Codec) { c.Sized8(func() { c.Uint16(new(uint16)) }) }, ErrShort},
		{"window inside a window", "\x03\x04\x01\x02", func(c *Codec) { c.Sized8(func() { c.Sized8(func() {}) }) }, ErrShort},
		{"negative window", "", func(c *Codec) { c.Window(-1, func() {}) }, ErrShort},
		{"negative list", "", func(c *Codec) { List(c, new([]uint16), -1, Uint16s) }, ErrCount},
		{"string8 without NUL", "abc", func(c *Codec) { c.String8(new(string)) }, ErrShort},
		{"string16 without NUL", "a\x00b\x00", func(c *Codec) { c.String16(new(string)) }, ErrShort},
		{"string16 with half a NUL", "a\x00\x00", func(c *Codec) { c.String16(new(string)) }, ErrShort},
		{"string16 with NUL across units", "\x61\x00\x00\x62", func(c *Codec) { c.String16(new(string)) }, ErrShort},
		{"constant", "\x02", func(c *Codec) { c.Const(1, "version") }, nil},
		{"padding", "\x00", func(c *Codec) { c.Pad(2) }, ErrShort},
		{"depth", "", func(c *Codec) {
			var f func()
			f = func() { c.Nested(f) }
			f()
		}, ErrDepth},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := NewDecoder([]byte(tc.in))
			tc.read(c)
			c.End()
			if c.Err() == nil || tc.want != nil && !errors.Is(c.Err(), tc.want) {
				t.Errorf("got %v, want %v", c.Err(), tc.want)
			}
			first := c.Err()
			// After an error nothing moves and nothing is set.
			u, s := uint8(7), "x"
			c.Uint8(&u)
			c.String8(&s)
			if c.End(); u != 7 || s != "x" || c.Err() != first || c.Len() != 0 {
				t.Errorf("after the error: %d %q %v", u, s, c.Err())
			}
		})
	}
}

func TestWriting(t *testing.T) {
	long := make([]byte, math.MaxUint16+1)
	for _, tc := range []struct {
		name  string
		write func(c *Codec)
		want  error
	}{
		{"bytes8", func(c *Codec) { b := long[:256]; c.Bytes8(&b) }, ErrTooLong},
		{"bytes16", func(c *Codec) { c.Bytes16(&long) }, ErrTooLong},
		{"list8", func(c *Codec) { l := make([]uint16, 256); List8(c, &l, Uint16s) }, ErrTooLong},
		{"list16", func(c *Codec) { l := make([]uint16, 1<<16); List16(c, &l, Uint16s) }, ErrTooLong},
		{"sized8", func(c *Codec) { c.Sized8(func() { b := long[:256]; c.Rest(&b) }) }, ErrTooLong},
		{"sized16", func(c *Codec) { c.Sized16(func() { c.Rest(&long) }) }, ErrTooLong},
		{"raw of another size", func(c *Codec) { b := []byte{1}; c.Raw(&b, 2) }, nil},
		{"list of another size", func(c *Codec) { l := []uint16{1}; List(c, &l, 2, Uint16s) }, nil},
		{"string8 with NUL", func(c *Codec) { s := "a\x00"; c.String8(&s) }, ErrNUL},
		{"string16 with NUL", func(c *Codec) { s := "a\x00"; c.String16(&s) }, ErrNUL},
		{"Latin-1 with NUL", func(c *Codec) { s := "a\x00"; c.Latin1(&s) }, nil},
		{"Latin-1 with €", func(c *Codec) { s := "€"; c.Latin1(&s) }, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := NewEncoder(nil)
			tc.write(c)
			var e *Error
			if !errors.As(c.Err(), &e) || e.Decoding || tc.want != nil && !errors.Is(c.Err(), tc.want) {
				t.Errorf("got %v, want %v", c.Err(), tc.want)
			}
		})
	}
	c := NewEncoder([]byte("head"))
	c.Uint8(&sample.U8)
	if got := string(c.Bytes()); got != "head\x81" || c.Offset() != 5 || c.Decoding() || c.Len() != 0 {
		t.Errorf("appending to a buffer gives %q, offset %d", got, c.Offset())
	}
}

// A count is not believed: memory stays in proportion to the input.
func TestHugeCountAllocatesLittle(t *testing.T) {
	in := append([]byte{0xFF, 0xFF, 0, 0}, make([]byte, 1<<16)...)
	type big struct{ b [4096]byte }
	got := testing.AllocsPerRun(1, func() {
		c := NewDecoder(in)
		List32(c, new([]big), func(v *big, c *Codec) { c.Fixed(v.b[:]) })
		if !errors.Is(c.Err(), ErrShort) {
			t.Errorf("got %v", c.Err())
		}
	})
	if got > 100 {
		t.Errorf("%v allocations", got)
	}
}

func TestUTF16(t *testing.T) {
	for _, tc := range []struct {
		in, text string
		back     string // what is written for text, if not in
	}{
		{"a\x00", "a", ""},
		{"\x3d\xd8\x00\xde", "😀", ""},
		{"\x3d\xd8", "\uFFFD", "\xfd\xff"},                       // a high surrogate at the end
		{"\x00\xde", "\uFFFD", "\xfd\xff"},                       // a low surrogate alone
		{"\x3d\xd8a\x00", "\uFFFDa", "\xfd\xffa\x00"},            // a high surrogate before a letter
		{"\x00\xde\x3d\xd8", "\uFFFD\uFFFD", "\xfd\xff\xfd\xff"}, // the wrong way round
		{"\x3d\xd8\x3d\xd8\x00\xde", "\uFFFD😀", "\xfd\xff\x3d\xd8\x00\xde"},
		{"a\x00b", "a", "a\x00"}, // an odd byte at the end
		{"\xfe\xff", "\uFFFE", ""},
		{"\xff\xfe", "\uFEFF", ""},
		{"", "", ""},
	} {
		if got := UTF16([]byte(tc.in)); got != tc.text {
			t.Errorf("%x reads %q, want %q", tc.in, got, tc.text)
		}
		want := tc.in
		if tc.back != "" {
			want = tc.back
		}
		if got := string(AppendUTF16(nil, tc.text)); got != want {
			t.Errorf("%q writes %x, want %x", tc.text, got, want)
		}
	}
	if got := string(AppendUTF16(nil, "a\xffb")); got != "a\x00\xfd\xffb\x00" {
		t.Errorf("bytes that are not UTF-8 write %x", got)
	}
}

func TestErrorText(t *testing.T) {
	c := NewDecoder([]byte{1, 2, 3})
	c.Uint16(new(uint16))
	c.Uint16(new(uint16))
	if got, want := fmt.Sprint(c.Err()), "decoding at offset 2: input ends too early"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c = NewDecoder([]byte{1})
	c.Const(2, "version")
	if got, want := fmt.Sprint(c.Err()), "decoding at offset 0: version is 0x01, want 0x02"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c = NewEncoder(nil)
	c.Uint8(new(uint8))
	c.String8(&[]string{strings.Repeat("\x00", 2)}[0])
	if got, want := fmt.Sprint(c.Err()), "encoding at offset 1: string contains NUL"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzCodec reads any bytes; what they give is written back and read again.
func FuzzCodec(f *testing.F) {
	f.Add(sampleBytes)
	f.Add(sampleBytes[:40])
	f.Fuzz(func(t *testing.T, in []byte) {
		var first everything
		if err := Unmarshal(in, &first); err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(in) {
				t.Fatalf("error without its place: %v", err)
			}
			return
		}
		b, err := Marshal(&first)
		if err != nil {
			t.Fatalf("what was read is not written: %v", err)
		}
		var second everything
		if err := Unmarshal(b, &second); err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		again, err := Marshal(&second)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("written %x and again %x, %v", b, again, err)
		}
	})
}
