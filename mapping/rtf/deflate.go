package rtf

import "encoding/binary"

// chainLength is how many earlier places are tried for a match.
const chainLength = 64

// Compress packs RTF as PidTagRtfCompressed. [MS-OXRTFCP] 2.2.2
func Compress(doc []byte) []byte {
	z := &deflater{
		text: append([]byte(initialDic), doc...),
		out:  make([]byte, headerSize, headerSize+len(doc)/2+16),
		head: make([]int32, 1<<16),
	}
	start := len(initialDic)
	for i := range start - 1 {
		z.remember(i)
	}
	at := start
	for at < len(z.text) {
		offset, n := z.match(at)
		if n < minMatch {
			n = 1
			z.token(false, z.text[at])
		} else {
			z.reference(offset, n)
		}
		// Bytes become references' targets only once their second byte is known.
		for i := at - 1; i < at+n-1; i++ {
			z.remember(i)
		}
		at += n
	}
	z.reference(at, minMatch) // the end mark. [MS-OXRTFCP] 2.2.2.3
	return z.close(len(doc), compressed)
}

// Store wraps RTF as PidTagRtfCompressed without packing it. [MS-OXRTFCP] 2.1.3.1.1
func Store(doc []byte) []byte {
	out := make([]byte, headerSize, headerSize+len(doc))
	out = append(out, doc...)
	putHeader(out, len(doc), uncompressed, 0)
	return out
}

func putHeader(out []byte, raw int, kind, crc uint32) {
	binary.LittleEndian.PutUint32(out[0:], uint32(len(out)-headerSize+sizeCounted))
	binary.LittleEndian.PutUint32(out[4:], uint32(raw))
	binary.LittleEndian.PutUint32(out[8:], kind)
	binary.LittleEndian.PutUint32(out[12:], crc)
}

// A deflater packs one text. Positions count from the start of the initial
// dictionary, so that a position's low 12 bits are its place in the dictionary.
type deflater struct {
	text []byte
	out  []byte
	head []int32         // by two bytes: the last position + 1 where they stand
	prev [dictSize]int32 // by place in the dictionary: the position + 1 before with the same two bytes

	control int // where the current control byte is
	bits    int // tokens in it
}

func (z *deflater) pair(at int) uint16 { return binary.LittleEndian.Uint16(z.text[at:]) }

// remember makes the two bytes at a position findable.
func (z *deflater) remember(at int) {
	p := z.pair(at)
	z.prev[at&dictMask] = z.head[p]
	z.head[p] = int32(at + 1)
}

// match finds the longest earlier run of the bytes at a position, the first
// written of equals.
func (z *deflater) match(at int) (offset, length int) {
	if at+minMatch > len(z.text) {
		return 0, 0
	}
	longest := min(maxMatch, len(z.text)-at)
	pos := int(z.head[z.pair(at)]) - 1
	for tries := 0; pos >= 0 && at-pos < dictSize && tries < chainLength; tries++ {
		n := minMatch
		for n < longest && z.text[pos+n] == z.text[at+n] {
			n++
		}
		if n > length || n == length && n < longest {
			offset, length = pos, n
		}
		if n == longest {
			break
		}
		next := int(z.prev[pos&dictMask]) - 1
		if next >= pos {
			break
		}
		pos = next
	}
	return offset, length
}

func (z *deflater) reference(at, n int) {
	ref := uint16(at&dictMask)<<4 | uint16(n-minMatch)
	z.token(true, byte(ref>>8), byte(ref))
}

// token writes one token and its control bit.
func (z *deflater) token(isReference bool, b ...byte) {
	if z.bits == 0 {
		z.control = len(z.out)
		z.out = append(z.out, 0)
	}
	if isReference {
		z.out[z.control] |= 1 << z.bits
	}
	z.out = append(z.out, b...)
	z.bits = (z.bits + 1) & 7
}

func (z *deflater) close(raw int, kind uint32) []byte {
	putHeader(z.out, raw, kind, checksum(z.out[headerSize:]))
	return z.out
}
