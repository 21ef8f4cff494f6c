package store

import (
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

const (
	// computedFlags are never taken from a client.
	computedFlags = mapi.MfSubmitted | mapi.MfHasAttach | mapi.MfFAI
	// draftFlags are those of a new message whose client sets none.
	draftFlags = mapi.MfRead | mapi.MfUnsent | mapi.MfEverRead
)

// A Content is what a message holds once it is saved. It never changes.
type Content struct {
	// Flags are the PidTagMessageFlags, without those that are computed.
	Flags int32
	// Props have the mailbox's ids of named properties. Computed properties
	// aren't among them. A large binary value is a *Blob.
	Props       mapi.Props
	Recipients  []Recipient
	Attachments []*Attachment
}

// A Recipient is a row of the recipient table.
type Recipient struct {
	RowID uint32
	mapi.Recipient
}

// An Attachment is what an attachment holds once it is saved. It never changes.
type Attachment struct {
	// Number is PidTagAttachNumber.
	Number uint32
	Props  mapi.Props
	// Embedded is the message inside, or nil.
	Embedded *Content
}

// with gives a copy of the content with other flags.
func (c *Content) with(flags int32) *Content {
	out := *c
	out.Flags = flags
	return &out
}

// clone copies a bag, not its values: they are never changed in place.
func clone(ps mapi.Props) mapi.Props { return slices.Clone(ps) }

// Size is about what the content takes in the store, in bytes.
func (c *Content) Size() int64 { return contentSize(c.Props, c.Recipients, c.Attachments) }

func contentSize(ps mapi.Props, rs []Recipient, as []*Attachment) int64 {
	n := propsSize(ps)
	for _, r := range rs {
		n += propsSize(r.Props)
	}
	for _, a := range as {
		n += a.size()
	}
	return n
}

func (a *Attachment) size() int64 {
	n := propsSize(a.Props)
	if a.Embedded != nil {
		n += a.Embedded.Size()
	}
	return n
}

func propsSize(ps mapi.Props) int64 {
	var n int64
	for i := range ps {
		n += 4 + ValueSize(ps[i].Value)
	}
	return n
}

// ValueSize is the size of a property's value in bytes, as a restriction on
// sizes counts it. [MS-OXCDATA] 2.12.8
func ValueSize(v any) int64 {
	switch v := v.(type) {
	case bool:
		return 1
	case int16:
		return 2
	case int32, float32, mapi.ErrorCode:
		return 4
	case mapi.GUID:
		return 16
	case string:
		return 2 * int64(len([]rune(v))+1)
	case mapi.String8:
		return int64(len(v) + 1)
	case []byte:
		return int64(len(v))
	case mapi.ServerID:
		return int64(len(v))
	case mapi.Object:
		return int64(len(v))
	case *Blob:
		return v.Size()
	}
	return listSize(v)
}

func listSize(v any) int64 {
	var n int64
	switch v := v.(type) {
	case []string:
		for _, s := range v {
			n += ValueSize(s)
		}
	case []mapi.String8:
		for _, s := range v {
			n += ValueSize(s)
		}
	case [][]byte:
		for _, b := range v {
			n += int64(len(b))
		}
	case []mapi.GUID:
		n = 16 * int64(len(v))
	case []int32:
		n = 4 * int64(len(v))
	case []int16:
		n = 2 * int64(len(v))
	case []float32:
		n = 4 * int64(len(v))
	case []int64:
		n = 8 * int64(len(v))
	default:
		n = 8
	}
	return n
}
