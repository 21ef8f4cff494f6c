package nspi

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A MID is a Minimal Entry ID: it names an entry for the time of a session, or
// is one of the constants. [MS-OXNSPI] 2.2.9.1
type MID uint32

// Layout codes four bytes.
func (m *MID) Layout(c *wire.Codec) { wire.Uint32s(m, c) }

// Positions in a table. [MS-OXNSPI] 2.2.1.8
const (
	BeginningOfTable MID = 0x00000000
	EndOfTable       MID = 0x00000002
	CurrentPosition  MID = 0x00000001
)

// What ResolveNames found for a name. [MS-OXNSPI] 2.2.1.9
const (
	Unresolved MID = 0x00000000
	Ambiguous  MID = 0x00000001
	Resolved   MID = 0x00000002
)

// A SortType is an order of a table. [MS-OXNSPI] 2.2.1.10
type SortType uint32

// Sort types.
const (
	SortDisplayName          SortType = 0x00000000
	SortPhoneticDisplayName  SortType = 0x00000003
	SortDisplayNameReadOnly  SortType = 0x000003E8
	SortDisplayNameWriteable SortType = 0x000003E9
)

// CodePageUnicode asks for PtypString values in tables; Bind must not use it.
// [MS-OXNSPI] 3.1.4.1.1
const CodePageUnicode = 1200

// A Stat is a position in a table of the address book. [MS-OXNSPI] 2.2.8
type Stat struct {
	SortType SortType
	// ContainerID is the table; 0 is the global address list.
	ContainerID MID
	// CurrentRec is the entry the position is at.
	CurrentRec MID
	// Delta is how many rows the position is from CurrentRec.
	Delta int32
	// NumPos is the position in rows from the beginning, approximately.
	NumPos uint32
	// TotalRecs is how many rows the table has, approximately.
	TotalRecs uint32
	// CodePage is that of PtypString8 values.
	CodePage uint32
	// TemplateLocale is the LCID for templates.
	TemplateLocale uint32
	// SortLocale is the LCID for sorting.
	SortLocale uint32
}

// NewStat gives the beginning of the global address list with the usual code
// page and locale: 1252, since gromox 3.10 refuses a Bind with others.
func NewStat() *Stat {
	return &Stat{CodePage: 1252, TemplateLocale: 0x409, SortLocale: 0x409}
}

// Layout codes 36 bytes.
func (s *Stat) Layout(c *wire.Codec) {
	wire.Uint32s(&s.SortType, c)
	s.ContainerID.Layout(c)
	s.CurrentRec.Layout(c)
	c.Int32(&s.Delta)
	c.Uint32(&s.NumPos)
	c.Uint32(&s.TotalRecs)
	c.Uint32(&s.CodePage)
	c.Uint32(&s.TemplateLocale)
	c.Uint32(&s.SortLocale)
}

// A PropertyName names a property for GetMatches. [MS-OXCMAPIHTTP] 2.2.5.5.1
type PropertyName struct {
	Set mapi.GUID
	LID uint32
}

// Layout codes 20 bytes.
func (n *PropertyName) Layout(c *wire.Codec) {
	n.Set.Layout(c)
	c.Uint32(&n.LID)
}
