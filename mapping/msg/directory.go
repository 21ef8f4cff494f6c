package msg

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Kinds of directory entries. [MS-CFB] 2.6.1
const (
	entryStorage = 1
	entryStream  = 2
	entryRoot    = 5
)

// An entry is one of the directory of a compound file that is written. [MS-CFB] 2.6.1
type entry struct {
	name               string
	kind               byte
	black              bool
	class              mapi.GUID
	left, right, child uint32
	start              uint32
	size               int64
}

// append writes the entry.
func (e *entry) append(b []byte) []byte {
	name := utf16.Encode([]rune(e.name))
	name = name[:min(len(name), 31)]
	at := len(b)
	b = append(b, make([]byte, entrySize)...)
	field := b[at:]
	for i, c := range name {
		binary.LittleEndian.PutUint16(field[2*i:], c)
	}
	binary.LittleEndian.PutUint16(field[64:], uint16(2*len(name)+2))
	field[66] = e.kind
	if e.black {
		field[67] = 1
	}
	put := binary.LittleEndian.PutUint32
	put(field[leftSiblingAt:], e.left)
	put(field[leftSiblingAt+4:], e.right)
	put(field[leftSiblingAt+8:], e.child)
	copy(field[80:], e.class[:])
	put(field[116:], e.start)
	binary.LittleEndian.PutUint64(field[120:], uint64(e.size))
	return b
}

// A directory is what stands in a storage, laid out for a file of its own.
type directory struct {
	ctx        context.Context
	entries    []*entry
	mini       []byte   // the small streams, each padded
	miniFAT    []uint32 // their chains
	large      []*stream
	largeEntry []*entry // of each large stream
	source     int64    // no stream is longer than the file
	budget     int64    // of small streams
	err        error
}

// add takes an entry with what is below it and gives its number.
func (d *directory) add(e entry, dir *storage) uint32 {
	e.left, e.right, e.child, e.black = noEntry, noEntry, noEntry, true
	at := uint32(len(d.entries))
	d.entries = append(d.entries, &e)
	if dir == nil {
		return at
	}
	var children []uint32
	for _, name := range dir.order {
		inner := dir.storages[name]
		children = append(children, d.add(entry{kind: entryStorage, name: name, class: inner.class()}, inner))
	}
	for _, name := range dir.streamOrder {
		children = append(children, d.addStream(dir.streams[name]))
	}
	slices.SortFunc(children, func(a, b uint32) int { return byName(d.entries[a].name, d.entries[b].name) })
	if d.entries[at].child = d.tree(children, bits.Len(uint(len(children)))); len(children) > 0 {
		d.entries[d.entries[at].child].black = true
	}
	return at
}

// byName is the order of siblings: shorter names first, then by upper case. [MS-CFB] 2.6.4
func byName(a, b string) int {
	u, v := utf16.Encode([]rune(strings.ToUpper(a))), utf16.Encode([]rune(strings.ToUpper(b)))
	return cmp.Or(cmp.Compare(len(u), len(v)), slices.Compare(u, v))
}

// tree balances siblings and gives the root; those of a last level that is not
// full are red, so that every way down has as many black ones. [MS-CFB] 2.6.4
func (d *directory) tree(sorted []uint32, levels int) uint32 {
	if len(sorted) == 0 {
		return noEntry
	}
	middle := len(sorted) / 2
	e := d.entries[sorted[middle]]
	e.black = levels > 1
	e.left, e.right = d.tree(sorted[:middle], levels-1), d.tree(sorted[middle+1:], levels-1)
	return sorted[middle]
}

// addStream takes a stream; one below 4096 bytes goes where the small ones are. [MS-CFB] 2.4
func (d *directory) addStream(s *stream) uint32 {
	at := d.add(entry{kind: entryStream, name: rawName(s.file), start: endOfChain, size: s.Size()}, nil)
	switch {
	case s.Size() > d.source || int64(len(d.mini)) > d.budget:
		d.err = cmp.Or(d.err, fmt.Errorf("%s: %d bytes: beyond the file or the limit of memory", s.file.Name, s.Size()))
	case s.Size() >= miniCutoff:
		d.large, d.largeEntry = append(d.large, s), append(d.largeEntry, d.entries[at])
	case s.Size() > 0:
		d.entries[at].start = uint32(len(d.miniFAT))
		d.addSmall(s)
	}
	return at
}

func (d *directory) addSmall(s *stream) {
	r, err := s.Open(d.ctx)
	if err != nil {
		d.err = cmp.Or(d.err, err)
		return
	}
	b := make([]byte, padded(s.Size(), miniSize))
	if _, err := io.ReadFull(r, b[:s.Size()]); err != nil {
		d.err = cmp.Or(d.err, fmt.Errorf("%s: %w", s.file.Name, err))
		return
	}
	d.mini = append(d.mini, b...)
	for range len(b)/miniSize - 1 {
		d.miniFAT = append(d.miniFAT, uint32(len(d.miniFAT))+1)
	}
	d.miniFAT = append(d.miniFAT, endOfChain)
}

// rawName is a name with the control character that may stand in front.
func rawName(f *mscfb.File) string {
	if f.Initial != 0 && !unicode.IsPrint(rune(f.Initial)) {
		return string(rune(f.Initial)) + f.Name
	}
	return f.Name
}

// class is the class of the object that a storage holds, zero where it has none.
func (s *storage) class() mapi.GUID {
	if s.file == nil {
		return mapi.GUID{}
	}
	id, err := mapi.ParseGUID(s.file.ID())
	if err != nil {
		return mapi.GUID{}
	}
	return id
}
