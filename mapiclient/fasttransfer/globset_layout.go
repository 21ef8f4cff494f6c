package fasttransfer

import (
	"errors"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Commands of a packed set. 1 to 6 push as many bytes. [MS-OXCFXICS] 2.2.2.6.1 to 2.2.2.6.5
const (
	cmdEnd     = 0x00
	cmdPushMax = 0x06
	cmdBitmask = 0x42
	cmdPop     = 0x50
	cmdRange   = 0x52
)

// counterBytes is the size of a counter.
const counterBytes = 6

// Errors of packed sets.
var (
	errStackOver  = errors.New("more than six common bytes")
	errStackEmpty = errors.New("pop of an empty stack")
	errBitmask    = errors.New("bitmask without five common bytes")
	errRange      = errors.New("range whose high end is below its low end")
)

// Layout codes the set as the commands that make it, up to the End command.
// [MS-OXCFXICS] 3.1.5.4.3
func (s *GlobSet) Layout(c *wire.Codec) {
	if c.Decoding() {
		*s = unpack(c)
		return
	}
	for _, r := range *s {
		if r.Low > r.High || r.High > MaxCounter {
			c.Failf("range %x-%x is none of counters", r.Low, r.High)
			return
		}
	}
	p := packer{c: c}
	p.pack(*s, 0)
	p.byte(cmdEnd)
}

// An unpacker runs the commands of a packed set.
type unpacker struct {
	c      *wire.Codec
	ranges []Range
	stack  [counterBytes]byte
	pushes []int // how many bytes each push has put on the stack
	top    int
}

func unpack(c *wire.Codec) GlobSet {
	u := unpacker{c: c}
	for c.Err() == nil {
		var cmd uint8
		c.Uint8(&cmd)
		switch {
		case c.Err() != nil:
		case cmd == cmdEnd:
			return normalise(u.ranges)
		case cmd <= cmdPushMax:
			u.push(int(cmd))
		case cmd == cmdPop:
			u.pop()
		case cmd == cmdBitmask:
			u.bitmask()
		case cmd == cmdRange:
			low, high := u.counter(), u.counter()
			if low > high {
				c.Fail(errRange)
			}
			u.ranges = append(u.ranges, Range{low, high})
		default:
			c.Failf("unknown command 0x%02X in a set of ids", cmd)
		}
	}
	return nil
}

// push puts bytes on the stack. Six of them are a counter, and leave it again.
func (u *unpacker) push(n int) {
	if u.top+n > counterBytes {
		u.c.Fail(errStackOver)
		return
	}
	u.c.Fixed(u.stack[u.top : u.top+n])
	if u.top+n == counterBytes {
		v := number(u.stack)
		u.ranges = append(u.ranges, Range{v, v})
		return
	}
	u.top += n
	u.pushes = append(u.pushes, n)
}

func (u *unpacker) pop() {
	if len(u.pushes) == 0 {
		u.c.Fail(errStackEmpty)
		return
	}
	u.top -= u.pushes[len(u.pushes)-1]
	u.pushes = u.pushes[:len(u.pushes)-1]
}

// counter reads the bytes that the stack lacks.
func (u *unpacker) counter() uint64 {
	b := u.stack
	u.c.Fixed(b[u.top:])
	return number(b)
}

// bitmask adds a counter and, for each bit, one of the eight behind it.
// [MS-OXCFXICS] 3.1.5.4.3.1.3
func (u *unpacker) bitmask() {
	var start, mask uint8
	u.c.Uint8(&start)
	u.c.Uint8(&mask)
	if u.top != counterBytes-1 {
		u.c.Fail(errBitmask)
		return
	}
	b := u.stack
	b[counterBytes-1] = start
	r := Range{number(b), number(b)}
	for bit := range 8 {
		if mask>>bit&1 == 0 {
			continue
		}
		n := number(b) + uint64(bit) + 1
		if n>>8 != r.Low>>8 {
			u.c.Failf("bitmask 0x%02X reaches beyond the last byte, it starts at 0x%02X", mask, start)
			return
		}
		if n == r.High+1 {
			r.High = n
			continue
		}
		u.ranges = append(u.ranges, r)
		r = Range{n, n}
	}
	u.ranges = append(u.ranges, r)
}

func number(b [counterBytes]byte) uint64 {
	var n uint64
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}

func octets(n uint64) [counterBytes]byte {
	var b [counterBytes]byte
	for i := range b {
		b[i] = byte(n >> (8 * (counterBytes - 1 - i)))
	}
	return b
}

// A packer writes the commands that make a set.
type packer struct{ c *wire.Codec }

func (p *packer) byte(b uint8) { p.c.Uint8(&b) }

// pack writes ranges that share their first depth bytes, which lie on the
// stack. What else they share is pushed once.
func (p *packer) pack(s GlobSet, depth int) {
	for len(s) > 0 {
		n := alike(s, depth)
		group := s[:n]
		s = s[n:]
		first, last := octets(group[0].Low), octets(group[n-1].High)
		common := depth
		for common < counterBytes && first[common] == last[common] {
			common++
		}
		switch {
		case n == 1 && common == counterBytes:
			p.push(first[depth:])
		case common == depth: // alike makes groups of what shares a byte
			p.span(group[0], depth)
		default:
			p.push(first[depth:common])
			if common == counterBytes-1 {
				p.lowest(group)
			} else {
				p.pack(group, common)
			}
			p.byte(cmdPop)
		}
	}
}

// alike is how many of the ranges, at least one, lie within the same next byte.
func alike(s GlobSet, depth int) int {
	if depth == counterBytes-1 {
		return len(s)
	}
	shift := 8 * (counterBytes - 1 - depth)
	if s[0].Low>>shift != s[0].High>>shift {
		return 1
	}
	n := 1
	for n < len(s) && s[n].High>>shift == s[0].Low>>shift {
		n++
	}
	return n
}

// lowest writes ranges that differ in their last byte only.
func (p *packer) lowest(s GlobSet) {
	for len(s) > 0 {
		start := s[0].Low
		n, mask := 0, uint8(0)
		for n < len(s) && s[n].High-start <= 8 {
			for v := max(s[n].Low, start+1); v <= s[n].High; v++ {
				mask |= 1 << (v - start - 1)
			}
			n++
		}
		if n < 2 {
			p.single(s[0])
			s = s[1:]
			continue
		}
		p.byte(cmdBitmask)
		p.byte(uint8(start))
		p.byte(mask)
		s = s[n:]
	}
}

// single writes one range whose first five bytes lie on the stack.
func (p *packer) single(r Range) {
	if r.Low == r.High {
		p.push([]byte{uint8(r.Low)})
		return
	}
	p.span(r, counterBytes-1)
}

func (p *packer) push(b []byte) {
	p.byte(uint8(len(b)))
	p.c.Fixed(b)
}

func (p *packer) span(r Range, depth int) {
	low, high := octets(r.Low), octets(r.High)
	p.byte(cmdRange)
	p.c.Fixed(low[depth:])
	p.c.Fixed(high[depth:])
}
