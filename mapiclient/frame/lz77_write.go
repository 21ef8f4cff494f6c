package frame

import "encoding/binary"

// Compress gives src as plain LZ77 data. [MS-XCA] 2.3
func Compress(src []byte) []byte {
	w := lzWriter{dst: make([]byte, 4, len(src)+len(src)/8+8)}
	m := newMatcher(src)
	for i := 0; i < len(src); {
		distance, length := m.find(i)
		if length < lzMinMatch {
			w.literal(src[i])
			m.insert(i)
			i++
			continue
		}
		w.match(distance, length)
		for end := i + length; i < end; i++ {
			m.insert(i)
		}
	}
	return w.finish()
}

// An lzWriter appends symbols and keeps the flag word in front of them.
type lzWriter struct {
	dst    []byte
	flagAt int // where the current flag word stands
	flags  uint32
	count  int
	nibble int // offset of a length byte whose high half is still free; 0 is none
}

func (w *lzWriter) flag(bit uint32) {
	w.flags = w.flags<<1 | bit
	w.count++
	if w.count == lzFlags {
		binary.LittleEndian.PutUint32(w.dst[w.flagAt:], w.flags)
		w.flags, w.count, w.flagAt = 0, 0, len(w.dst)
		w.dst = append(w.dst, 0, 0, 0, 0)
	}
}

// literal and match write their bytes before the flag, because the flag that
// fills a word makes room for the next one behind them.
func (w *lzWriter) literal(b byte) {
	w.dst = append(w.dst, b)
	w.flag(0)
}

func (w *lzWriter) match(distance, length int) {
	n := length - lzMinMatch
	w.dst = binary.LittleEndian.AppendUint16(w.dst, uint16(distance-1)<<3|uint16(min(n, 7)))
	if n >= 7 {
		w.half(min(n-7, 15))
	}
	if n >= 7+15 {
		w.dst = append(w.dst, byte(min(n-7-15, 255)))
	}
	if n >= 7+15+255 {
		w.dst = binary.LittleEndian.AppendUint16(w.dst, uint16(n))
	}
	w.flag(1)
}

func (w *lzWriter) half(v int) {
	if w.nibble != 0 {
		w.dst[w.nibble] |= byte(v) << 4
		w.nibble = 0
		return
	}
	w.nibble = len(w.dst)
	w.dst = append(w.dst, byte(v))
}

// finish fills the last flag word with ones. [MS-XCA] 2.3.4
func (w *lzWriter) finish() []byte {
	flags := ^uint32(0)
	if w.count > 0 {
		flags = w.flags<<(lzFlags-w.count) | (1<<(lzFlags-w.count) - 1)
	}
	binary.LittleEndian.PutUint32(w.dst[w.flagAt:], flags)
	return w.dst
}

// A matcher finds earlier occurrences through chains of places whose next
// three bytes have the same hash.
type matcher struct {
	src  []byte
	head [1 << lzHashBits]int32 // last place of a hash, plus 1
	prev []int32                // the place before, plus 1, by place modulo the window
}

func newMatcher(src []byte) *matcher {
	return &matcher{src: src, prev: make([]int32, min(len(src), lzWindow))}
}

func (m *matcher) hash(i int) uint32 {
	s := m.src[i : i+lzMinMatch]
	v := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16
	return v * 2654435761 >> (32 - lzHashBits)
}

func (m *matcher) insert(i int) {
	if i+lzMinMatch > len(m.src) {
		return
	}
	h := m.hash(i)
	m.prev[i%len(m.prev)] = m.head[h]
	m.head[h] = int32(i) + 1
}

// find gives the longest match at i among the nearest places.
func (m *matcher) find(i int) (distance, length int) {
	if i+lzMinMatch > len(m.src) {
		return 0, 0
	}
	limit := min(len(m.src)-i, lzMaxMatch)
	at := int(m.head[m.hash(i)]) - 1
	for range lzMaxChain {
		if at < 0 || i-at > lzWindow {
			break
		}
		if n := common(m.src[at:], m.src[i:], limit); n > length {
			distance, length = i-at, n
			if n >= min(lzGoodMatch, limit) {
				break
			}
		}
		next := int(m.prev[at%len(m.prev)]) - 1
		if next >= at {
			break // the ring has been overwritten
		}
		at = next
	}
	return distance, length
}

func common(a, b []byte, limit int) int {
	n := 0
	for n < limit && a[n] == b[n] {
		n++
	}
	return n
}
