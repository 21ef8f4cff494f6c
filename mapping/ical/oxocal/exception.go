package oxocal

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Override flags: what an exception changes. [MS-OXOCAL] 2.2.1.44.2
const (
	OverrideSubject       uint16 = 0x0001
	OverrideMeetingType   uint16 = 0x0002
	OverrideReminderDelta uint16 = 0x0004
	OverrideReminder      uint16 = 0x0008
	OverrideLocation      uint16 = 0x0010
	OverrideBusyStatus    uint16 = 0x0020
	OverrideAttachment    uint16 = 0x0040
	OverrideSubType       uint16 = 0x0080
	OverrideColor         uint16 = 0x0100
	OverrideBody          uint16 = 0x0200
)

// An Exception is a changed occurrence: ExceptionInfo and ExtendedException.
// [MS-OXOCAL] 2.2.1.44.2, 2.2.1.44.4
type Exception struct {
	// Start and End are local; OriginalStart is when it would have begun.
	Start, End, OriginalStart Minutes
	// Flags says which of the following are meant.
	Flags uint16
	// Subject8 and Location8 are the strings in the writer's code page, Subject and Location in Unicode.
	Subject8, Location8 string
	Subject, Location   string
	MeetingType         uint32
	ReminderDelta       uint32
	Reminder            uint32
	BusyStatus          uint32
	Attachment          uint32
	SubType             uint32
	Color               uint32
	// Highlight is the content of ChangeHighlight; nil writes the default.
	Highlight            []byte
	Reserved1, Reserved2 []byte
	// The extended part repeats the times.
	ext struct {
		start, end, original Minutes
		set                  bool
	}
}

func (e *Exception) has(flag uint16) bool { return e.Flags&flag != 0 }

// layoutInfo codes ExceptionInfo. [MS-OXOCAL] 2.2.1.44.2
func (e *Exception) layoutInfo(c *wire.Codec) {
	e.Start.layout(c)
	e.End.layout(c)
	e.OriginalStart.layout(c)
	c.Uint16(&e.Flags)
	if e.has(OverrideSubject) {
		layoutString8(c, &e.Subject8)
	}
	number := func(flag uint16, v *uint32) {
		if e.has(flag) {
			c.Uint32(v)
		}
	}
	number(OverrideMeetingType, &e.MeetingType)
	number(OverrideReminderDelta, &e.ReminderDelta)
	number(OverrideReminder, &e.Reminder)
	if e.has(OverrideLocation) {
		layoutString8(c, &e.Location8)
	}
	number(OverrideBusyStatus, &e.BusyStatus)
	number(OverrideAttachment, &e.Attachment)
	number(OverrideSubType, &e.SubType)
	number(OverrideColor, &e.Color)
}

// layoutString8 codes a string with its length plus one and its length.
func layoutString8(c *wire.Codec, s *string) {
	c.Count16(len(*s) + 1)
	b := []byte(*s)
	c.Bytes16(&b)
	*s = string(b)
}

// layoutExtended codes ExtendedException. [MS-OXOCAL] 2.2.1.44.4
func (e *Exception) layoutExtended(c *wire.Codec, version uint32) {
	if !c.Decoding() {
		copied := *e
		e = &copied
		if e.Highlight == nil {
			e.Highlight = make([]byte, 4)
		}
		if !e.ext.set {
			e.ext.start, e.ext.end, e.ext.original = e.Start, e.End, e.OriginalStart
		}
	}
	if version >= highlightVersion {
		c.Bytes32(&e.Highlight)
	}
	c.Bytes32(&e.Reserved1)
	if !e.has(OverrideSubject | OverrideLocation) {
		return
	}
	e.ext.start.layout(c)
	e.ext.end.layout(c)
	e.ext.original.layout(c)
	e.ext.set = true
	if e.has(OverrideSubject) {
		layoutString16(c, &e.Subject)
	}
	if e.has(OverrideLocation) {
		layoutString16(c, &e.Location)
	}
	c.Bytes32(&e.Reserved2)
}

// layoutString16 codes UTF-16 with its length in units.
func layoutString16(c *wire.Codec, s *string) {
	b := wire.AppendUTF16(nil, *s)
	c.Raw(&b, 2*c.Count16(len(b)/2))
	if c.Decoding() {
		*s = wire.UTF16(b)
	}
}

// SetSubject overrides the subject.
func (e *Exception) SetSubject(s string) {
	e.Subject, e.Subject8 = shorten(s), narrow(shorten(s))
	e.Flags |= OverrideSubject
}

// SetLocation overrides the location.
func (e *Exception) SetLocation(s string) {
	e.Location, e.Location8 = shorten(s), narrow(shorten(s))
	e.Flags |= OverrideLocation
}

// shorten cuts what does not fit a length of 16 bits; the whole string is in
// the exception's attachment.
func shorten(s string) string {
	const most = 1 << 14
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// narrow gives a string in Latin-1, with question marks for what it lacks.
// Readers of Unicode do not look at it.
func narrow(s string) string {
	var out strings.Builder
	for _, c := range s {
		if c > 0xFF {
			c = '?'
		}
		out.WriteByte(byte(c))
	}
	return out.String()
}
