package nspi

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Flags of requests for properties. [MS-OXNSPI] 2.2.1.11
const (
	// SkipObjects leaves PtypObject values out.
	SkipObjects uint32 = 0x00000001
	// EphemeralIDs asks for ephemeral instead of permanent EntryIDs.
	EphemeralIDs uint32 = 0x00000002
)

// GetMatchesRequest looks for entries that satisfy a restriction. [MS-OXCMAPIHTTP] 2.2.5.5.1
type GetMatchesRequest struct {
	Reserved uint32
	Stat     *Stat
	// MIDs is the table to search instead of a container.
	MIDs                 []MID
	InterfaceOptionFlags uint32
	Filter               mapi.Restriction
	// PropertyName names a property of the current entry whose references are wanted.
	PropertyName *PropertyName
	// RowCount is how many rows are wanted at most.
	RowCount uint32
	Columns  []mapi.PropTag
	Aux      []byte
}

// Layout codes the body.
func (r *GetMatchesRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Reserved)
	optional(c, &r.Stat, (*Stat).Layout)
	optionalList(c, &r.MIDs, (*MID).Layout)
	c.Uint32(&r.InterfaceOptionFlags)
	if present(c, r.Filter != nil) {
		mapi.FormNSPI.LayoutRestriction(c, &r.Filter)
	}
	optional(c, &r.PropertyName, (*PropertyName).Layout)
	c.Uint32(&r.RowCount)
	optionalList(c, &r.Columns, layoutTag)
	layoutAux(c, &r.Aux)
}

// GetMatchesResponse answers a GetMatches. [MS-OXCMAPIHTTP] 2.2.5.5.2
type GetMatchesResponse struct {
	Status
	Stat  *Stat
	MIDs  []MID
	Table *Table
}

// Layout codes the body.
func (r *GetMatchesResponse) Layout(c *wire.Codec) {
	r.layout(c, func() {
		optional(c, &r.Stat, (*Stat).Layout)
		optionalList(c, &r.MIDs, (*MID).Layout)
		optional(c, &r.Table, (*Table).Layout)
	})
}

// QueryRowsRequest reads rows from a position. [MS-OXCMAPIHTTP] 2.2.5.12.1
type QueryRowsRequest struct {
	Flags uint32
	Stat  *Stat
	// ExplicitTable is the entries to read instead of a container; it has a
	// count but no byte in front.
	ExplicitTable []MID
	RowCount      uint32
	Columns       []mapi.PropTag
	Aux           []byte
}

// Layout codes the body.
func (r *QueryRowsRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Flags)
	optional(c, &r.Stat, (*Stat).Layout)
	list(c, &r.ExplicitTable, (*MID).Layout)
	c.Uint32(&r.RowCount)
	optionalList(c, &r.Columns, layoutTag)
	layoutAux(c, &r.Aux)
}

// QueryRowsResponse answers a QueryRows. [MS-OXCMAPIHTTP] 2.2.5.12.2
type QueryRowsResponse struct {
	Status
	// Stat is the position behind the rows.
	Stat  *Stat
	Table *Table
}

// Layout codes the body.
func (r *QueryRowsResponse) Layout(c *wire.Codec) {
	r.layout(c, func() {
		optional(c, &r.Stat, (*Stat).Layout)
		optional(c, &r.Table, (*Table).Layout)
	})
}

// SeekEntriesRequest moves to the first entry at or behind a value. [MS-OXCMAPIHTTP] 2.2.5.16.1
type SeekEntriesRequest struct {
	Reserved uint32
	Stat     *Stat
	Target   *mapi.Prop
	// ExplicitTable is the entries to search instead of a container.
	ExplicitTable []MID
	Columns       []mapi.PropTag
	Aux           []byte
}

// Layout codes the body.
func (r *SeekEntriesRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Reserved)
	optional(c, &r.Stat, (*Stat).Layout)
	optional(c, &r.Target, layoutProp)
	optionalList(c, &r.ExplicitTable, (*MID).Layout)
	optionalList(c, &r.Columns, layoutTag)
	layoutAux(c, &r.Aux)
}

// SeekEntriesResponse answers a SeekEntries. [MS-OXCMAPIHTTP] 2.2.5.16.2
type SeekEntriesResponse struct {
	Status
	Stat  *Stat
	Table *Table
}

// Layout codes the body.
func (r *SeekEntriesResponse) Layout(c *wire.Codec) {
	r.layout(c, func() {
		optional(c, &r.Stat, (*Stat).Layout)
		optional(c, &r.Table, (*Table).Layout)
	})
}

// UpdateStatRequest works out a position. [MS-OXCMAPIHTTP] 2.2.5.17.1
type UpdateStatRequest struct {
	Reserved uint32
	Stat     *Stat
	// DeltaRequested asks how many rows the position moved.
	DeltaRequested bool
	Aux            []byte
}

// Layout codes the body.
func (r *UpdateStatRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Reserved)
	optional(c, &r.Stat, (*Stat).Layout)
	c.Bool(&r.DeltaRequested)
	layoutAux(c, &r.Aux)
}

// UpdateStatResponse answers an UpdateStat. [MS-OXCMAPIHTTP] 2.2.5.17.2
type UpdateStatResponse struct {
	Status
	Stat  *Stat
	Delta *int32
}

// Layout codes the body.
func (r *UpdateStatResponse) Layout(c *wire.Codec) {
	r.layout(c, func() {
		optional(c, &r.Stat, (*Stat).Layout)
		optional(c, &r.Delta, func(v *int32, c *wire.Codec) { c.Int32(v) })
	})
}
