package store

import (
	"fmt"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A change is what was done to a mailbox while its lock was held, as the state
// afterwards of everything that was touched. Applying a change twice is
// applying it once.
type change struct {
	Counter, Change uint64
	// FirstName is the number of the first of Names.
	FirstName uint32
	Names     []mapi.PropertyName
	// HasProps says that Props are the store's own properties.
	HasProps bool
	Props    mapi.Props
	Folders  []folderState
	Messages []messageState
	// GoneFolders and GoneMessages exist no longer.
	GoneFolders  []mapi.FolderID
	GoneMessages []mapi.MessageID
}

// A folderState is a folder without what lies in it.
type folderState struct {
	ID, Parent                   mapi.FolderID
	Name                         string
	Props                        mapi.Props
	Created, Modified, Committed time.Time
	Change                       uint64
	Rights                       []granted
}

// A granted is what somebody may do in a folder.
type granted struct {
	dn     string
	rights int32
}

// A messageState is a message as it lies in a folder.
type messageState struct {
	ID                 mapi.MessageID
	Folder             mapi.FolderID
	Associated, Soft   bool
	State              State
	Status             int32
	Created            time.Time
	Change, ReadChange uint64
	Content            Content
}

// A changeLayout codes changes. Values too large for a record are files in dir.
type changeLayout struct{ dir string }

func (l changeLayout) change(c *wire.Codec, v *change) {
	c.Uint64(&v.Counter)
	c.Uint64(&v.Change)
	c.Uint32(&v.FirstName)
	wire.List32(c, &v.Names, layoutName)
	c.Bool(&v.HasProps)
	l.props(c, &v.Props)
	wire.List32(c, &v.Folders, func(f *folderState, c *wire.Codec) { l.folder(c, f) })
	wire.List32(c, &v.Messages, func(m *messageState, c *wire.Codec) { l.message(c, m) })
	wire.List32(c, &v.GoneFolders, wire.Uint64s[mapi.FolderID])
	wire.List32(c, &v.GoneMessages, wire.Uint64s[mapi.MessageID])
}

func layoutName(n *mapi.PropertyName, c *wire.Codec) {
	n.Set.Layout(c)
	c.Uint32(&n.LID)
	text(c, &n.Name)
}

func (l changeLayout) folder(c *wire.Codec, f *folderState) {
	wire.Uint64s(&f.ID, c)
	wire.Uint64s(&f.Parent, c)
	text(c, &f.Name)
	l.props(c, &f.Props)
	for _, t := range []*time.Time{&f.Created, &f.Modified, &f.Committed} {
		mapi.LayoutTime(t, c)
	}
	c.Uint64(&f.Change)
	wire.List32(c, &f.Rights, func(g *granted, c *wire.Codec) {
		text(c, &g.dn)
		c.Int32(&g.rights)
	})
}

func (l changeLayout) message(c *wire.Codec, m *messageState) {
	wire.Uint64s(&m.ID, c)
	wire.Uint64s(&m.Folder, c)
	c.Bool(&m.Associated)
	c.Bool(&m.Soft)
	state := uint8(m.State)
	c.Uint8(&state)
	m.State = State(state)
	c.Int32(&m.Status)
	mapi.LayoutTime(&m.Created, c)
	c.Uint64(&m.Change)
	c.Uint64(&m.ReadChange)
	l.content(c, &m.Content)
}

func (l changeLayout) content(c *wire.Codec, v *Content) {
	c.Int32(&v.Flags)
	l.props(c, &v.Props)
	wire.List32(c, &v.Recipients, func(r *Recipient, c *wire.Codec) {
		c.Uint32(&r.RowID)
		c.Uint8((*uint8)(&r.Type))
		l.props(c, &r.Props)
	})
	wire.List32(c, &v.Attachments, func(a **Attachment, c *wire.Codec) {
		if c.Decoding() {
			*a = new(Attachment)
		}
		l.attachment(c, *a)
	})
}

func (l changeLayout) attachment(c *wire.Codec, a *Attachment) {
	c.Uint32(&a.Number)
	l.props(c, &a.Props)
	embedded := a.Embedded != nil
	c.Bool(&embedded)
	if !embedded {
		return
	}
	if c.Decoding() {
		a.Embedded = new(Content)
	}
	c.Nested(func() { l.content(c, a.Embedded) })
}

func (l changeLayout) props(c *wire.Codec, ps *mapi.Props) {
	wire.List32(c, (*[]mapi.Prop)(ps), func(p *mapi.Prop, c *wire.Codec) {
		p.Tag.Layout(c)
		l.value(c, &p.Value)
	})
}

// valueFile stands where a property type would, for a value that is a file.
const valueFile mapi.PropType = 0x7F0F

// value codes a value behind its type. Strings are counted here: those of a
// buffer end with the first NUL.
func (l changeLayout) value(c *wire.Codec, v *any) {
	t := mapi.TypeOf(*v)
	if _, ok := (*v).(*Blob); ok {
		t = valueFile
	}
	wire.Uint16s(&t, c)
	switch t {
	case valueFile:
		l.blob(c, v)
	case mapi.PtypString:
		layoutAs(c, v, text)
	case mapi.PtypString8:
		layoutAs(c, v, func(c *wire.Codec, s *mapi.String8) { text(c, (*string)(s)) })
	case mapi.PtypMultipleString:
		layoutAs(c, v, func(c *wire.Codec, list *[]string) {
			wire.List32(c, list, func(s *string, c *wire.Codec) { text(c, s) })
		})
	case mapi.PtypNull:
		if !c.Decoding() && *v != nil {
			c.Fail(fmt.Errorf("a %T cannot be kept", *v))
		}
	default:
		mapi.FormExtended.LayoutValue(c, t, v)
	}
}

func layoutAs[T any](c *wire.Codec, v *any, layout func(*wire.Codec, *T)) {
	x, _ := (*v).(T)
	layout(c, &x)
	*v = x
}

// text codes a counted string.
func text(c *wire.Codec, s *string) {
	b := []byte(*s)
	c.Bytes32(&b)
	*s = string(b)
}

// blob codes a large value as the name of the file that has it.
func (l changeLayout) blob(c *wire.Codec, v *any) {
	var name string
	if b, ok := (*v).(*Blob); ok {
		var err error
		if name, err = b.keep(l.dir); err != nil {
			c.Fail(err)
			return
		}
	}
	text(c, &name)
	if !c.Decoding() || c.Err() != nil {
		return
	}
	b, err := openBlob(l.dir, name)
	if err != nil {
		c.Fail(err)
		return
	}
	*v = b
}
