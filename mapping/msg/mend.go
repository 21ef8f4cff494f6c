package msg

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// Where things are in a compound file. [MS-CFB] 2.2, 2.6.1
const (
	shiftAt          = 0x1E
	directoryStartAt = 0x30
	fatListAt        = 0x44 // of the sectors of the list, after the first 109 entries
	fatListFirst     = 0x4C
	fatListInHeader  = 109
	entrySize        = 128
	leftSiblingAt    = 68 // followed by the right sibling and the child
	noEntry          = 0xFFFFFFFF
	maxSector        = 0xFFFFFFFA
)

// mended gives the file with those pointers of its directory left out that
// lead to an entry for the second time or to none: the entries between that
// remain are a tree. Each pointer is listed with its offset.
func (r *reader) mended() (io.ReaderAt, error) {
	entries, err := r.directoryEntries()
	if err != nil {
		return nil, err
	}
	seen := make([]bool, len(entries))
	var cut []int64
	next := []uint32{0}
	if len(entries) > 0 {
		seen[0] = true
	}
	for len(next) > 0 && len(entries) > 0 {
		at := entries[next[len(next)-1]] + leftSiblingAt
		next = next[:len(next)-1]
		var pointers [12]byte
		if _, err := r.src.ReadAt(pointers[:], at); err != nil {
			return nil, fmt.Errorf("directory entry at offset %d: %w", at-leftSiblingAt, err)
		}
		for i := 0; i < len(pointers); i += 4 {
			to := binary.LittleEndian.Uint32(pointers[i:])
			switch {
			case to == noEntry:
			case int64(to) >= int64(len(entries)) || seen[to]:
				cut = append(cut, at+int64(i))
				r.lose(fmt.Sprintf("directory entry at offset %d", at-leftSiblingAt), fmt.Sprintf("pointer at offset %d to entry %d", at+int64(i), to), "leads to no entry or to one for the second time")
			default:
				seen[to] = true
				next = append(next, to)
			}
		}
	}
	slices.Sort(cut)
	return &mendedFile{r.src, cut}, nil
}

// directoryEntries gives the offsets of the directory's entries. [MS-CFB] 2.6
func (r *reader) directoryEntries() ([]int64, error) {
	var head [sectorSize]byte
	if _, err := r.src.ReadAt(head[:], 0); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	f := &sectors{src: r.src, size: 1 << (head[shiftAt] & 0x0F)}
	if err := f.load(head[:], r.src.Size()); err != nil {
		return nil, err
	}
	var entries []int64
	for sector := binary.LittleEndian.Uint32(head[directoryStartAt:]); sector < maxSector; {
		for at := int64(0); at < f.size; at += entrySize {
			entries = append(entries, f.offset(sector)+at)
		}
		if len(entries) > maxFiles {
			return nil, fmt.Errorf("directory of more than %d entries", maxFiles)
		}
		var err error
		if sector, err = f.next(sector); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// sectors follows the chains of a compound file's sectors.
type sectors struct {
	src   io.ReaderAt
	size  int64
	table []uint32 // the sectors of the allocation table
}

// load finds the allocation table: its first sectors are named in the header,
// the others in a chain of lists, whose last entry is the next list. [MS-CFB] 2.5
func (f *sectors) load(head []byte, fileSize int64) error {
	for i := range fatListInHeader {
		f.table = append(f.table, binary.LittleEndian.Uint32(head[fatListFirst+4*i:]))
	}
	perList := f.size/4 - 1
	list := binary.LittleEndian.Uint32(head[fatListAt:])
	for left := fileSize / f.size; list < maxSector && left > 0; left-- {
		for i := range perList {
			sector, err := f.number(f.offset(list) + i*4)
			if err != nil {
				return err
			}
			f.table = append(f.table, sector)
		}
		var err error
		if list, err = f.number(f.offset(list) + perList*4); err != nil {
			return err
		}
	}
	return nil
}

// offset is where a sector begins; the header is as long as one.
func (f *sectors) offset(sector uint32) int64 { return (int64(sector) + 1) * f.size }

// next gives the sector that follows another. [MS-CFB] 2.3
func (f *sectors) next(sector uint32) (uint32, error) {
	perSector := uint32(f.size / 4)
	i := sector / perSector
	if int64(i) >= int64(len(f.table)) {
		return 0, fmt.Errorf("sector %d has no place in the allocation table", sector)
	}
	return f.number(f.offset(f.table[i]) + int64(sector%perSector)*4)
}

func (f *sectors) number(at int64) (uint32, error) {
	var b [4]byte
	if _, err := f.src.ReadAt(b[:], at); err != nil {
		return 0, fmt.Errorf("allocation table at offset %d: %w", at, err)
	}
	return binary.LittleEndian.Uint32(b[:]), nil
}

// A mendedFile is a file some of whose directory's pointers lead nowhere.
type mendedFile struct {
	io.ReaderAt
	cut []int64 // offsets of the pointers, in order
}

// ReadAt implements io.ReaderAt.
func (f *mendedFile) ReadAt(b []byte, off int64) (int, error) {
	n, err := f.ReaderAt.ReadAt(b, off)
	first, _ := slices.BinarySearch(f.cut, off-3)
	for _, at := range f.cut[first:] {
		if at >= off+int64(n) {
			break
		}
		for i := max(at, off); i < min(at+4, off+int64(n)); i++ {
			b[i-off] = noEntry & 0xFF
		}
	}
	return n, err
}
