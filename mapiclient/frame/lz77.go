package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrCompressed says that compressed data is damaged.
var ErrCompressed = errors.New("damaged LZ77 data")

// The plain LZ77 format, which [MS-OXCRPC] 3.1.4.1.1.2 calls DIRECT2.
// [MS-XCA] 2.3, 2.4
const (
	lzMinMatch  = 3
	lzWindow    = 8192      // the distance has 13 bits and counts from 1
	lzMaxMatch  = 65535 + 3 // the last length form has 16 bits
	lzFlags     = 32        // one flag word covers so many symbols
	lzHashBits  = 13
	lzMaxChain  = 32 // how many earlier places are tried for one match
	lzGoodMatch = 64 // a match so long is taken without looking further
)

// Decompress expands plain LZ77 data to exactly size bytes. [MS-XCA] 2.4
func Decompress(src []byte, size int) ([]byte, error) {
	d := lzReader{src: src}
	// A symbol of n bytes can stand for any size, so the claim is not trusted
	// beyond a payload's.
	dst := make([]byte, 0, min(size, 1<<16))
	var flags uint32
	var left int
	for len(dst) < size {
		if left == 0 {
			flags, left = d.uint32(), lzFlags
		}
		match := flags&0x80000000 != 0
		flags <<= 1
		left--
		if !match {
			dst = append(dst, d.byte())
		} else {
			distance, length := d.match()
			if distance > len(dst) {
				return nil, fmt.Errorf("%w: match reaches %d bytes back at offset %d", ErrCompressed, distance, len(dst))
			}
			if length > size-len(dst) {
				return nil, fmt.Errorf("%w: longer than its header says", ErrCompressed)
			}
			dst = appendMatch(dst, distance, length)
		}
		if d.short {
			return nil, fmt.Errorf("%w: input ends at %d of %d bytes of output", ErrCompressed, len(dst), size)
		}
	}
	return dst, nil
}

// appendMatch repeats length bytes from distance bytes back; the two may overlap.
func appendMatch(dst []byte, distance, length int) []byte {
	for length > 0 {
		from := dst[len(dst)-distance:]
		n := min(length, len(from))
		dst = append(dst, from[:n]...)
		length -= n
	}
	return dst
}

// An lzReader takes numbers from compressed data. After the end it gives
// zeros and says that it ran short.
type lzReader struct {
	src    []byte
	off    int
	nibble int // offset of a length byte whose high half is still unused; 0 is none
	short  bool
}

func (d *lzReader) take(n int) []byte {
	if n > len(d.src)-d.off {
		d.short = true
		return make([]byte, n)
	}
	d.off += n
	return d.src[d.off-n : d.off]
}

func (d *lzReader) byte() byte     { return d.take(1)[0] }
func (d *lzReader) uint16() uint16 { return binary.LittleEndian.Uint16(d.take(2)) }
func (d *lzReader) uint32() uint32 { return binary.LittleEndian.Uint32(d.take(4)) }

// match reads the distance and the length of a match, the length in up to
// four steps. [MS-XCA] 2.4.4
func (d *lzReader) match() (distance, length int) {
	w := d.uint16()
	distance, length = int(w>>3)+1, int(w&7)
	if length < 7 {
		return distance, length + lzMinMatch
	}
	half := d.half()
	if length = half; half < 15 {
		return distance, length + 7 + lzMinMatch
	}
	if b := int(d.byte()); b < 255 {
		return distance, b + 15 + 7 + lzMinMatch
	}
	// This number replaces the sum so far. [MS-XCA] 2.4.4
	length = int(d.uint16())
	if length == 0 {
		length = int(d.uint32())
	}
	if length < 15+7 {
		d.short = true
		length = 15 + 7
	}
	return distance, length + lzMinMatch
}

// half reads four bits. Two lengths share a byte: the first takes the low half.
func (d *lzReader) half() int {
	if d.nibble != 0 {
		v := d.src[d.nibble] >> 4
		d.nibble = 0
		return int(v)
	}
	b := d.byte()
	if !d.short {
		d.nibble = d.off - 1
	}
	return int(b & 15)
}
