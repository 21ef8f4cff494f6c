package oxocal

import "github.com/mapigate/mapigate/mapiclient/wire"

// A Frequency says how often a series repeats. [MS-OXOCAL] 2.2.1.44.1
type Frequency uint16

// Frequencies.
const (
	Daily   Frequency = 0x200A
	Weekly  Frequency = 0x200B
	Monthly Frequency = 0x200C
	Yearly  Frequency = 0x200D
)

// A PatternType says what PatternTypeSpecific is. [MS-OXOCAL] 2.2.1.44.1
type PatternType uint16

// Pattern types. The Hj ones count months of the Hijri calendar.
const (
	PatternDay        PatternType = 0x0000
	PatternWeek       PatternType = 0x0001
	PatternMonth      PatternType = 0x0002
	PatternMonthNth   PatternType = 0x0003
	PatternMonthEnd   PatternType = 0x0004
	PatternHjMonth    PatternType = 0x000A
	PatternHjMonthNth PatternType = 0x000B
	PatternHjMonthEnd PatternType = 0x000C
)

// An EndType says how a series ends. [MS-OXOCAL] 2.2.1.44.1
type EndType uint32

// End types. Some writers say EndNeverOld for EndNever.
const (
	EndDate     EndType = 0x2021
	EndCount    EndType = 0x2022
	EndNever    EndType = 0x2023
	EndNeverOld EndType = 0xFFFFFFFF
)

// Versions of the structures. [MS-OXOCAL] 2.2.1.44
const (
	patternVersion = 0x3004
	readerVersion2 = 0x3006
	writerVersion2 = 0x3009
	// highlightVersion is the first WriterVersion2 that writes ChangeHighlight.
	highlightVersion = 0x3009
)

// A RecurrencePattern is how a task or appointment repeats. [MS-OXOCAL] 2.2.1.44.1
type RecurrencePattern struct {
	ReaderVersion, WriterVersion uint16
	Frequency                    Frequency
	PatternType                  PatternType
	CalendarType                 uint16
	FirstDateTime                uint32
	// Period counts minutes for days, weeks for weeks, months for months and years.
	Period  uint32
	Sliding uint32
	// Days is a set of weekdays (bit 0 is Sunday) of PatternWeek and the Nth patterns.
	Days uint32
	// DayOfMonth is the day of PatternMonth and PatternMonthEnd.
	DayOfMonth uint32
	// Nth is 1 to 4, or 5 for the last, of the Nth patterns.
	Nth     uint32
	EndType EndType
	// Count is the number of occurrences.
	Count uint32
	// FirstDay is the first day of the week, 0 for Sunday.
	FirstDay uint32
	// Deleted and Modified are days of occurrences before any change. What is modified is also deleted.
	Deleted, Modified  []Minutes
	StartDate, EndDate Minutes
}

// Layout codes the structure.
func (p *RecurrencePattern) Layout(c *wire.Codec) {
	if !c.Decoding() { // writing never changes what is written
		q := *p
		p = &q
		defaultTo(&p.ReaderVersion, patternVersion)
		defaultTo(&p.WriterVersion, patternVersion)
	}
	c.Uint16(&p.ReaderVersion)
	c.Uint16(&p.WriterVersion)
	wire.Uint16s(&p.Frequency, c)
	wire.Uint16s(&p.PatternType, c)
	c.Uint16(&p.CalendarType)
	c.Uint32(&p.FirstDateTime)
	c.Uint32(&p.Period)
	c.Uint32(&p.Sliding)
	p.layoutSpecific(c)
	wire.Uint32s(&p.EndType, c)
	c.Uint32(&p.Count)
	c.Uint32(&p.FirstDay)
	wire.List32(c, &p.Deleted, (*Minutes).layout)
	wire.List32(c, &p.Modified, (*Minutes).layout)
	p.StartDate.layout(c)
	p.EndDate.layout(c)
}

// layoutSpecific codes PatternTypeSpecific. [MS-OXOCAL] 2.2.1.44.1.1 to .4
func (p *RecurrencePattern) layoutSpecific(c *wire.Codec) {
	switch p.PatternType {
	case PatternDay:
	case PatternWeek:
		c.Uint32(&p.Days)
	case PatternMonth, PatternMonthEnd, PatternHjMonth, PatternHjMonthEnd:
		c.Uint32(&p.DayOfMonth)
	case PatternMonthNth, PatternHjMonthNth:
		c.Uint32(&p.Days)
		c.Uint32(&p.Nth)
	default:
		c.Failf("pattern type 0x%04X", uint16(p.PatternType))
	}
}

func defaultTo[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// An AppointmentRecurrencePattern is PidLidAppointmentRecur: how an appointment
// repeats, and its exceptions. [MS-OXOCAL] 2.2.1.44.5
type AppointmentRecurrencePattern struct {
	RecurrencePattern
	ReaderVersion2, WriterVersion2 uint32
	// StartTime and EndTime are minutes from the start of the day.
	StartTime, EndTime uint32
	Exceptions         []Exception
	Reserved1          []byte
	Reserved2          []byte
}

// Layout codes the structure. Decoding it fails on rubbish behind, which some
// writers leave: see [ParseAppointment].
func (p *AppointmentRecurrencePattern) Layout(c *wire.Codec) {
	if !c.Decoding() {
		q := *p
		p = &q
		defaultTo(&p.ReaderVersion2, readerVersion2)
		defaultTo(&p.WriterVersion2, writerVersion2)
	}
	p.RecurrencePattern.Layout(c)
	c.Uint32(&p.ReaderVersion2)
	c.Uint32(&p.WriterVersion2)
	c.Uint32(&p.StartTime)
	c.Uint32(&p.EndTime)
	wire.List16(c, &p.Exceptions, (*Exception).layoutInfo)
	c.Bytes32(&p.Reserved1)
	for i := range p.Exceptions {
		p.Exceptions[i].layoutExtended(c, p.WriterVersion2)
	}
	c.Bytes32(&p.Reserved2)
}

// ParseAppointment reads PidLidAppointmentRecur as tolerantly as can be: a
// structure that lacks its exceptions' wide strings, or that has bytes behind
// its end, is read all the same.
func ParseAppointment(b []byte) (*AppointmentRecurrencePattern, error) {
	p := &AppointmentRecurrencePattern{}
	c := wire.NewDecoder(b)
	p.Layout(c)
	if c.Err() == nil {
		return p, nil
	}
	// The part before the extended exceptions is enough.
	q := &AppointmentRecurrencePattern{}
	d := wire.NewDecoder(b)
	q.RecurrencePattern.Layout(d)
	d.Uint32(&q.ReaderVersion2)
	d.Uint32(&q.WriterVersion2)
	d.Uint32(&q.StartTime)
	d.Uint32(&q.EndTime)
	wire.List16(d, &q.Exceptions, (*Exception).layoutInfo)
	if d.Err() != nil {
		return nil, c.Err()
	}
	return q, nil
}
