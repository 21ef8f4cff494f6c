package apple

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
)

// maxResource is how long a resource fork may be.
const maxResource = 1 << 20

// A File is a MacBinary file taken apart.
type File struct {
	// Name is the file's name.
	Name string
	// Finder is its type, its creator, its flags and more: 32 bytes.
	Finder []byte
	// Resource is the resource fork.
	Resource []byte
	// Data is the data fork: what others call the file.
	Data mapi.Stream
}

// Places in MacBinary's header.
const (
	macHeader   = 128
	macNameAt   = 1
	macTypeAt   = 65
	macForksAt  = 83
	macMaxName  = 63
	macFinder   = 10 // bytes of type, creator and flags
	finderBytes = 32
)

// OpenMacBinary reads a MacBinary file but for its data.
func OpenMacBinary(ctx context.Context, s mapi.Stream) (*File, error) {
	r, err := s.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	defer r.Close()
	var head [macHeader]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, fmt.Errorf("header of %d bytes: %w", macHeader, err)
	}
	name := int(head[macNameAt])
	data, resource := int64(binary.BigEndian.Uint32(head[macForksAt:])), int64(binary.BigEndian.Uint32(head[macForksAt+4:]))
	switch {
	case head[0] != 0 || name == 0 || name > macMaxName:
		return nil, fmt.Errorf("no MacBinary header at offset 0")
	case macHeader+data > s.Size() || resource > maxResource:
		return nil, fmt.Errorf("forks of %d and %d bytes in a file of %d", data, resource, s.Size())
	}
	f := &File{Finder: append(head[macTypeAt:macTypeAt+macFinder:macTypeAt+macFinder], make([]byte, finderBytes-macFinder)...), Data: forkStream{s, data}}
	f.Name, _ = charset.Decode(head[macNameAt+1:macNameAt+1+name], "macintosh")
	padding := (data + macHeader - 1) / macHeader * macHeader
	if _, err := io.CopyN(io.Discard, r, padding); err == nil && resource > 0 {
		f.Resource, _ = io.ReadAll(io.LimitReader(r, resource))
	}
	return f, nil
}

// AppleDouble makes the header part: all but the data. RFC 1740 Appendix A
func (f *File) AppleDouble() []byte {
	entries := []struct {
		id   uint32
		data []byte
	}{{nameID, []byte(f.Name)}, {FinderInfo, f.Finder}, {resourceID, f.Resource}}
	b := binary.BigEndian.AppendUint32(nil, magic)
	b = binary.BigEndian.AppendUint32(b, version)
	b = append(b, make([]byte, 16)...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(entries)))
	at := uint32(headerSize + 12*len(entries))
	for _, e := range entries {
		b = binary.BigEndian.AppendUint32(b, e.id)
		b = binary.BigEndian.AppendUint32(b, at)
		b = binary.BigEndian.AppendUint32(b, uint32(len(e.data)))
		at += uint32(len(e.data))
	}
	for _, e := range entries {
		b = append(b, e.data...)
	}
	return b
}

// A forkStream is the data fork of a MacBinary file.
type forkStream struct {
	file mapi.Stream
	size int64
}

// Size implements [mapi.Stream].
func (s forkStream) Size() int64 { return s.size }

// Open implements [mapi.Stream].
func (s forkStream) Open(ctx context.Context) (io.ReadCloser, error) {
	r, err := s.file.Open(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, r, macHeader); err != nil {
		r.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(r, s.size), r}, nil
}
