package mapping

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/mime"
)

// macBinary is the PidTagAttachEncoding of attachments whose data is MacBinary. [MS-OXCMSG] 2.2.2.20
var macBinary = []byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x03, 0x0B, 0x01}

// maxAppleHeader is how long the part may be that tells what only a Macintosh knows of a file.
const maxAppleHeader = 1 << 20

// appleDouble reads a file and what a Macintosh knows of it as one attachment:
// its data is the file, so that everybody can open it, and the other part is
// PidNameAttachmentMacInfo. false: the parts are read one by one.
// [MS-OXCMAIL] 2.2.3.4.2, RFC 1740 4
func (r *reader) appleDouble(p *mime.Part, at place) bool {
	if len(p.Parts) != 2 || p.Parts[0].Type != "application/applefile" || p.Parts[1].IsMultipart() || p.Parts[1].IsMessage() {
		return false
	}
	info, ok := r.readAll(p.Parts[0], maxAppleHeader)
	if !ok {
		return false
	}
	n := len(r.msg.Attachments)
	r.attach(p.Parts[1], at)
	if len(r.msg.Attachments) != n+1 || r.msg.Attachments[n].Data == nil {
		return false
	}
	ps := &r.msg.Attachments[n].Props
	ps.Set(mapi.PidNameAttachmentMacInfo.Of(info))
	ps.Set(mapi.PidNameAttachmentMacContentType.Of(p.Parts[1].Type))
	if finder := appleEntry(info, appleFinder); len(finder) >= 8 {
		ps.Set(mapi.PidTagAttachAdditionalInformation.Of(fmt.Appendf(nil, ":%s:%s", finder[4:8], finder[:4])))
	}
	return true
}

// Entries of AppleDouble. RFC 1740 Appendix A
const (
	appleMagic    = 0x00051607
	appleVersion  = 0x00020000
	appleResource = 2
	appleName     = 3
	appleFinder   = 9
	appleHeader   = 26
)

// appleEntry gives an entry of an AppleDouble header, nil where it has none.
func appleEntry(info []byte, id uint32) []byte {
	if len(info) < appleHeader || binary.BigEndian.Uint32(info) != appleMagic {
		return nil
	}
	count := int(binary.BigEndian.Uint16(info[appleHeader-2:]))
	for rest := info[appleHeader:]; count > 0 && len(rest) >= 12; count, rest = count-1, rest[12:] {
		from, n := int64(binary.BigEndian.Uint32(rest[4:])), int64(binary.BigEndian.Uint32(rest[8:]))
		if binary.BigEndian.Uint32(rest) == id && from+n <= int64(len(info)) {
			return info[from : from+n]
		}
	}
	return nil
}

// appleDouble writes an attachment of a Macintosh in two parts, from what was
// kept or from MacBinary; n itself for all others. [MS-OXCMAIL] 2.1.3.4.3
func (w *writer) appleDouble(a *mapi.Attachment, n *node) *node {
	info := mapi.PidNameAttachmentMacInfo.Get(a.Props)
	if bytes.Equal(mapi.PidTagAttachEncoding.Get(a.Props), macBinary) {
		file, err := openMacBinary(w.ctx, n.stream)
		if err != nil {
			w.lose("attachment "+attachmentName(a), "MacBinary", err.Error()+"; written as it is")
			return n
		}
		info, n.stream = file.appleDouble(), file.data
		if t := mapi.PidNameAttachmentMacContentType.Get(a.Props); cleanType(t) != "" {
			n.mediaType = cleanType(t)
		}
	}
	if len(info) == 0 || strings.HasPrefix(n.mediaType, "message/") {
		return n
	}
	header := &node{mediaType: "application/applefile", stream: mapi.BytesStream(info)}
	return &node{mediaType: "multipart/appledouble", children: []*node{header, n}}
}

// A macFile is a MacBinary file taken apart.
type macFile struct {
	name     string
	finder   []byte // type, creator, flags
	resource []byte
	data     mapi.Stream
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

// openMacBinary reads a MacBinary file but for its data.
func openMacBinary(ctx context.Context, s mapi.Stream) (*macFile, error) {
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
	case macHeader+data > s.Size() || resource > maxAppleHeader:
		return nil, fmt.Errorf("forks of %d and %d bytes in a file of %d", data, resource, s.Size())
	}
	f := &macFile{finder: append(head[macTypeAt:macTypeAt+macFinder:macTypeAt+macFinder], make([]byte, finderBytes-macFinder)...), data: forkStream{s, data}}
	f.name, _ = charset.Decode(head[macNameAt+1:macNameAt+1+name], "macintosh")
	padding := (data + macHeader - 1) / macHeader * macHeader
	if _, err := io.CopyN(io.Discard, r, padding); err == nil && resource > 0 {
		f.resource, _ = io.ReadAll(io.LimitReader(r, resource))
	}
	return f, nil
}

// appleDouble makes the header part. RFC 1740 Appendix A
func (f *macFile) appleDouble() []byte {
	entries := []struct {
		id   uint32
		data []byte
	}{{appleName, []byte(f.name)}, {appleFinder, f.finder}, {appleResource, f.resource}}
	b := binary.BigEndian.AppendUint32(nil, appleMagic)
	b = binary.BigEndian.AppendUint32(b, appleVersion)
	b = append(b, make([]byte, 16)...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(entries)))
	at := uint32(appleHeader + 12*len(entries))
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
