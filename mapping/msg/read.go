package msg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/loss"
)

// ErrFormat says that a file is no compound file with a message in it.
var ErrFormat = errors.New("not a .msg file")

// A Source gives random access to a file. Attachments read from it, so it
// must outlive the message made from it.
type Source interface {
	io.ReaderAt
	Size() int64
}

// Options bound what a file can cost. The zero value is usable.
type Options struct {
	// Depth is how deep messages may nest. Default 32.
	Depth int
	// Entries is how many recipients and attachments a message may have. Default 50000.
	Entries int
	// Memory is how many bytes of property values are held in memory in all. Default 64 MiB.
	Memory int64
}

// A Result is what [Read] made of a file.
type Result struct {
	Message *mapi.Message
	// Losses is what was damaged or beyond a limit.
	Losses []loss.Loss
}

// Read reads a file. Damage within is not an error but a loss.
func Read(ctx context.Context, src Source, opts Options) (*Result, error) {
	r := &reader{ctx: ctx, src: src, depth: orDefault(opts.Depth, 32), entries: orDefault(opts.Entries, 50000), memory: orDefault(opts.Memory, 64<<20)}
	root, err := r.tree()
	if err != nil {
		return nil, err
	}
	if root.streams[propertiesStream] == nil {
		return nil, fmt.Errorf("%w: no %s at the root", ErrFormat, propertiesStream)
	}
	r.names = r.readNames(root.storages[namesStorage])
	msg := r.message(root, rootHeader, "message", 0)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &Result{Message: msg, Losses: r.losses}, nil
}

func orDefault[T int | int64](n, def T) T {
	if n > 0 {
		return n
	}
	return def
}

// Names within the file. [MS-OXMSG] 2.2
const (
	propertiesStream = "__properties_version1.0"
	namesStorage     = "__nameid_version1.0"
	recipientPrefix  = "__recip_version1.0_#"
	attachmentPrefix = "__attach_version1.0_#"
	valuePrefix      = "__substg1.0_"
	objectStorage    = valuePrefix + "3701000D"
)

// Lengths of the headers of property streams. [MS-OXMSG] 2.4.1
const (
	rootHeader     = 32
	embeddedHeader = 24
	entryHeader    = 8
)

// reader holds the state of one Read.
type reader struct {
	ctx     context.Context
	src     Source
	depth   int
	entries int
	memory  int64
	names   []mapi.PropertyName // by id - 0x8000
	losses  []loss.Loss
}

// maxLosses bounds the list.
const maxLosses = 1000

func (r *reader) lose(where, what, reason string) {
	if len(r.losses) < maxLosses {
		r.losses = append(r.losses, loss.Loss{Where: where, What: what, Reason: reason})
	}
}

// bytes reads a stream into memory, within the limit of them all; nil when it can't be had.
func (r *reader) bytes(s *stream, where string) []byte {
	if s == nil {
		return nil
	}
	if s.Size() > r.memory || s.Size() > r.src.Size() {
		r.lose(where, fmt.Sprintf("%d bytes", s.Size()), "beyond the limit of memory")
		return nil
	}
	rc, err := s.Open(r.ctx)
	if err != nil {
		r.lose(where, "stream", err.Error())
		return nil
	}
	defer rc.Close()
	b, err := io.ReadAll(io.LimitReader(rc, s.Size()))
	if err != nil {
		r.lose(where, "stream", err.Error())
	}
	r.memory -= int64(len(b))
	return b
}

// message reads a message's storage.
func (r *reader) message(dir *storage, header int, where string, depth int) *mapi.Message {
	m := &mapi.Message{}
	var cp uint32
	m.Props, cp = r.props(dir, header, where, 0)
	for _, name := range dir.order {
		inner := dir.storages[name]
		at := where + " " + strings.TrimPrefix(name, "__")
		switch {
		case len(m.Recipients)+len(m.Attachments) >= r.entries:
			r.lose(at, "entry", "limit of recipients and attachments")
			return m
		case strings.HasPrefix(name, recipientPrefix):
			ps, _ := r.props(inner, entryHeader, at, cp)
			t := mapi.RecipientType(mapi.PidTagRecipientType.Get(ps) & 0xFF)
			m.Recipients = append(m.Recipients, mapi.Recipient{Type: t, Props: ps})
		case strings.HasPrefix(name, attachmentPrefix):
			m.Attachments = append(m.Attachments, r.attachment(inner, at, cp, depth))
		}
	}
	return m
}

// attachment reads an attachment's storage. [MS-OXMSG] 2.2.2
func (r *reader) attachment(dir *storage, where string, cp uint32, depth int) mapi.Attachment {
	var a mapi.Attachment
	a.Props, _ = r.props(dir, entryHeader, where, cp)
	a.Props.Delete(mapi.PidTagAttachDataBinary.Tag())
	a.Props.Delete(mapi.PidTagAttachDataObject.Tag())
	if object := dir.storages[objectStorage]; object != nil {
		switch {
		case depth+1 >= r.depth:
			r.lose(where, "embedded message", "limit of depth")
		case object.streams[propertiesStream] != nil:
			a.Message = r.message(object, embeddedHeader, where, depth+1)
		default:
			r.object(&a, object, where)
		}
		return a
	}
	if s := dir.streams[valuePrefix+"37010102"]; s != nil {
		a.Data = s
	}
	return a
}

// object makes the attachment's data of an OLE object's storage. [MS-OXMSG] 2.2.2.2
func (r *reader) object(a *mapi.Attachment, dir *storage, where string) {
	c, err := newCompound(r.ctx, dir, r.src.Size(), r.memory)
	if err != nil {
		r.lose(where, "OLE object", err.Error())
		return
	}
	r.memory -= int64(len(c.front))
	a.Data = c
}
