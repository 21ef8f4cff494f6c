package msg

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
)

// Numbers of a compound file of version 3. [MS-CFB] 2.1, 2.2
const (
	sectorSize = 512
	perSector  = sectorSize / 4
	miniSize   = 64
	miniCutoff = 4096
	listSector = 0xFFFFFFFC
	fatSector  = 0xFFFFFFFD
	endOfChain = 0xFFFFFFFE
	freeSector = 0xFFFFFFFF
)

// maxObject is how long the streams of an object may be in all.
const maxObject = 1 << 30

var errTooLarge = errors.New("object of more than 1 GiB")

// A compound is a storage as a file of its own, since what stands in a .msg as
// a folder travels as the document that it is. Tables and small streams are
// held in memory, large streams are read when they are needed. [MS-CFB]
type compound struct {
	front []byte // everything but the large streams
	large []*stream
	size  int64
}

// newCompound lays a storage of a file of source bytes out as a file of its own.
func newCompound(ctx context.Context, root *storage, source, budget int64) (*compound, error) {
	d := &directory{ctx: ctx, source: source, budget: budget}
	d.add(entry{kind: entryRoot, name: "Root Entry", class: root.class()}, root)
	if d.err != nil {
		return nil, d.err
	}
	l := sectorTable{entries: int64(len(d.entries)) * entrySize, mini: int64(len(d.mini))}
	c := &compound{large: d.large}
	total := int64(0)
	for _, s := range d.large {
		if total += padded(s.Size(), sectorSize); total > maxObject {
			return nil, errTooLarge
		}
	}
	c.front = l.front(d)
	c.size = int64(len(c.front)) + total
	return c, nil
}

// Size implements [mapi.Stream].
func (c *compound) Size() int64 { return c.size }

// Open implements [mapi.Stream].
func (c *compound) Open(ctx context.Context) (io.ReadCloser, error) {
	parts := []io.Reader{bytes.NewReader(c.front)}
	for _, s := range c.large {
		r, err := s.Open(ctx)
		if err != nil {
			return nil, err
		}
		parts = append(parts, r, bytes.NewReader(make([]byte, padded(s.Size(), sectorSize)-s.Size())))
	}
	return io.NopCloser(io.MultiReader(parts...)), nil
}

func padded(n, to int64) int64 { return (n + to - 1) / to * to }

// A sectorTable says in which sectors things stand: the lists of table
// sectors, the table, the directory, the table of the small streams, these,
// the large streams.
type sectorTable struct {
	entries, mini int64 // bytes
	fat           []uint32
}

// front makes the file up to its large streams.
func (l *sectorTable) front(d *directory) []byte {
	miniTable := padded(int64(len(d.miniFAT))*4, sectorSize)
	content := padded(l.entries, sectorSize)/sectorSize + miniTable/sectorSize + padded(l.mini, sectorSize)/sectorSize
	for _, s := range d.large {
		content += padded(s.Size(), sectorSize) / sectorSize
	}
	tables, lists := int64(1), int64(0)
	for tables*perSector < lists+tables+content {
		tables++
		lists = (max(tables-fatListInHeader, 0) + perSector - 2) / (perSector - 1)
	}
	for range lists {
		l.fat = append(l.fat, listSector)
	}
	for range tables {
		l.fat = append(l.fat, fatSector)
	}
	directoryAt := l.chain(l.entries)
	miniTableAt := l.chain(miniTable)
	d.entries[0].start, d.entries[0].size = l.chain(l.mini), l.mini
	for i, s := range d.large {
		d.largeEntry[i].start = l.chain(s.Size())
	}
	for int64(len(l.fat)) < tables*perSector {
		l.fat = append(l.fat, freeSector)
	}
	b := l.header(lists, tables, directoryAt, miniTableAt, miniTable/sectorSize)
	b = l.lists(b, lists, tables)
	b = appendNumbers(b, l.fat, 0)
	for i := range d.entries {
		b = d.entries[i].append(b)
	}
	b = fill(b, sectorSize, 0)
	b = appendNumbers(b, d.miniFAT, 0xFF)
	return fill(append(b, d.mini...), sectorSize, 0)
}

// chain takes the sectors that n bytes need and gives the first.
func (l *sectorTable) chain(n int64) uint32 {
	if n == 0 {
		return endOfChain
	}
	first := uint32(len(l.fat))
	for ; n > sectorSize; n -= sectorSize {
		l.fat = append(l.fat, uint32(len(l.fat))+1)
	}
	l.fat = append(l.fat, endOfChain)
	return first
}

// header writes the header. [MS-CFB] 2.2
func (l *sectorTable) header(lists, tables int64, directoryAt, miniTableAt uint32, miniTables int64) []byte {
	b := make([]byte, fatListFirst, sectorSize)
	copy(b, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	put16, put32 := binary.LittleEndian.PutUint16, binary.LittleEndian.PutUint32
	put16(b[24:], 0x3E)
	put16(b[26:], 3)
	put16(b[28:], 0xFFFE)
	put16(b[shiftAt:], 9)
	put16(b[32:], 6)
	put32(b[44:], uint32(tables))
	put32(b[directoryStartAt:], directoryAt)
	put32(b[56:], miniCutoff)
	put32(b[60:], miniTableAt)
	put32(b[64:], uint32(miniTables))
	put32(b[fatListAt:], endOfChain)
	if lists > 0 {
		put32(b[fatListAt:], 0)
		put32(b[72:], uint32(lists))
	}
	for i := range int64(fatListInHeader) {
		sector := uint32(freeSector)
		if i < tables {
			sector = uint32(lists + i)
		}
		b = binary.LittleEndian.AppendUint32(b, sector)
	}
	return b
}

// lists writes which sectors the table is in beyond those that the header names. [MS-CFB] 2.5
func (l *sectorTable) lists(b []byte, lists, tables int64) []byte {
	next := int64(fatListInHeader)
	for list := range lists {
		for range perSector - 1 {
			sector := uint32(freeSector)
			if next < tables {
				sector = uint32(lists + next)
			}
			b = binary.LittleEndian.AppendUint32(b, sector)
			next++
		}
		following := uint32(endOfChain)
		if list+1 < lists {
			following = uint32(list + 1)
		}
		b = binary.LittleEndian.AppendUint32(b, following)
	}
	return b
}

// appendNumbers writes a table in whole sectors.
func appendNumbers(b []byte, table []uint32, rest byte) []byte {
	for _, n := range table {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return fill(b, sectorSize, rest)
}

// fill makes a length a multiple.
func fill(b []byte, to int, with byte) []byte {
	for len(b)%to != 0 {
		b = append(b, with)
	}
	return b
}
