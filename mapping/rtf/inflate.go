package rtf

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Errors of compressed RTF. What was unpacked before is given all the same.
var (
	// ErrHeader says that there is no compressed RTF at all.
	ErrHeader = errors.New("not compressed RTF")
	// ErrChecksum says that the content differs from what was packed.
	ErrChecksum = errors.New("compressed RTF: wrong CRC")
	// ErrTruncated says that the content ends before its end mark or its declared size.
	ErrTruncated = errors.New("compressed RTF: content ends too early")
	// ErrTooLong says that the result is longer than the limit.
	ErrTooLong = errors.New("longer than the limit")
)

// The header: COMPSIZE, RAWSIZE, COMPTYPE, CRC. [MS-OXRTFCP] 2.1.3.1.1
const (
	headerSize = 16
	// sizeCounted is how much of the header COMPSIZE counts.
	sizeCounted = 12

	compressed   = 0x75465A4C // "LZFu"
	uncompressed = 0x414C454D // "MELA"
)

// The dictionary. [MS-OXRTFCP] 2.1.3.1.4
const (
	dictSize   = 4096
	dictMask   = dictSize - 1
	minMatch   = 2
	maxMatch   = 17
	initialDic = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}` +
		`{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier` +
		`{\colortbl\red0\green0\blue0` + "\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`
)

// A Reader unpacks compressed RTF while it is read. It holds 4 KiB and a
// buffer, however long the content is.
type Reader struct {
	// RawSize is the length of the content in bytes as the header states it.
	RawSize uint32

	src     *bufio.Reader
	left    int64 // bytes of the content that are still in src
	stored  bool  // not compressed
	wantCRC uint32
	crc     uint32

	dict  [dictSize]byte
	write int // position in the dictionary

	out   []byte // unpacked, not yet read
	given int64  // bytes unpacked
	hold  [8 * maxMatch]byte
	err   error
}

// NewReader reads the header of compressed RTF. The content is as long as the
// header says, so that r may have other data behind.
func NewReader(r io.Reader) (*Reader, error) {
	var h [headerSize]byte
	if n, err := io.ReadFull(r, h[:]); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, fmt.Errorf("%w: header of %d bytes, want %d", ErrHeader, n, headerSize)
		}
		return nil, fmt.Errorf("reading compressed RTF: %w", err)
	}
	z := &Reader{
		RawSize: binary.LittleEndian.Uint32(h[4:]),
		left:    int64(binary.LittleEndian.Uint32(h[0:])) - sizeCounted,
		wantCRC: binary.LittleEndian.Uint32(h[12:]),
		write:   copyInitial(nil),
	}
	switch kind := binary.LittleEndian.Uint32(h[8:]); kind {
	case compressed:
		copyInitial(z.dict[:])
	case uncompressed:
		z.stored = true
		z.left = int64(z.RawSize)
	default:
		return nil, fmt.Errorf("%w: COMPTYPE is 0x%08X", ErrHeader, kind)
	}
	z.left = max(z.left, 0)
	z.src = bufio.NewReader(io.LimitReader(r, z.left))
	return z, nil
}

// copyInitial fills the dictionary's start and gives the first write position.
func copyInitial(dict []byte) int {
	copy(dict, initialDic)
	return len(initialDic)
}

// Read implements [io.Reader]. After the last byte it gives [io.EOF],
// [ErrChecksum] or [ErrTruncated].
func (z *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if z.stored {
		return z.readStored(p)
	}
	n := 0
	for n < len(p) {
		if len(z.out) == 0 {
			if z.err != nil {
				break
			}
			z.fill()
			continue
		}
		k := copy(p[n:], z.out)
		n, z.out = n+k, z.out[k:]
	}
	if n > 0 {
		return n, nil
	}
	return 0, z.err
}

// readStored reads content that was not packed.
func (z *Reader) readStored(p []byte) (int, error) {
	if z.err != nil {
		return 0, z.err
	}
	n, err := z.src.Read(p)
	z.left -= int64(n)
	if err == io.EOF && z.left > 0 && z.left != sizeCounted { // Aspose counts the header into RAWSIZE
		err = ErrTruncated
	}
	z.err = err
	return n, err
}

// fill unpacks one run of eight tokens. [MS-OXRTFCP] 2.2.1
func (z *Reader) fill() {
	z.out = z.hold[:0]
	control := z.next()
	for i := 0; i < 8 && z.err == nil; i++ {
		if control>>i&1 == 0 {
			if b := z.next(); z.err == nil {
				z.emit(b)
			}
		} else {
			z.reference()
		}
	}
	z.given += int64(len(z.out))
	if z.err == ErrTruncated && z.given == int64(z.RawSize) {
		z.err = z.verdict() // some writers leave the end mark out
	}
}

// reference unpacks one reference into the dictionary. [MS-OXRTFCP] 2.2.1.2
func (z *Reader) reference() {
	hi, lo := z.next(), z.next()
	if z.err != nil {
		return
	}
	offset := int(hi)<<4 | int(lo)>>4
	if offset == z.write {
		z.finish()
		return
	}
	for range int(lo&15) + minMatch {
		z.emit(z.dict[offset])
		offset = (offset + 1) & dictMask
	}
}

func (z *Reader) emit(b byte) {
	z.dict[z.write] = b
	z.write = (z.write + 1) & dictMask
	z.out = append(z.out, b)
}

// next gives the next packed byte and counts it into the CRC.
func (z *Reader) next() byte {
	if z.err != nil {
		return 0
	}
	b, err := z.src.ReadByte()
	if err == io.EOF {
		z.err = ErrTruncated
		return 0
	}
	if err != nil {
		z.err = err
		return 0
	}
	z.crc = crcTable[byte(z.crc)^b] ^ z.crc>>8
	return b
}

// crcTable is that of CRC-32; the start value 0 and the missing complement are
// what [MS-OXRTFCP] 2.1.3.2 has of its own.
var crcTable = crc32.MakeTable(crc32.IEEE)

// checksum is the CRC of compressed content. [MS-OXRTFCP] 2.1.3.2
func checksum(b []byte) uint32 { return ^crc32.Update(^uint32(0), crcTable, b) }

// finish counts what lies behind the end mark and compares the CRC.
func (z *Reader) finish() {
	for z.err == nil {
		z.next()
	}
	if z.err == ErrTruncated {
		z.err = z.verdict()
	}
}

// verdict is what the end of complete content means.
func (z *Reader) verdict() error {
	if z.crc != z.wantCRC {
		return ErrChecksum
	}
	return io.EOF
}

// Decompress unpacks PidTagRtfCompressed into at most limit bytes; limit 0
// means 32 MiB. Damaged content gives what is readable and an error.
func Decompress(b []byte, limit int) ([]byte, error) {
	z, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	limit = orDefault(limit)
	out := bytes.NewBuffer(make([]byte, 0, min(int(z.RawSize), 8*len(b), limit)+bytes.MinRead))
	n, err := io.Copy(out, io.LimitReader(z, int64(limit)+1))
	if n > int64(limit) {
		return out.Bytes()[:limit], fmt.Errorf("compressed RTF: %w of %d bytes", ErrTooLong, limit)
	}
	return out.Bytes(), err
}

// defaultLimit is how long a result may become when the caller names no limit.
const defaultLimit = 32 << 20

func orDefault(limit int) int {
	if limit <= 0 {
		return defaultLimit
	}
	return limit
}
