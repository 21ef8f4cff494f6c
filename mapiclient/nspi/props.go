package nspi

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetPropsRequest reads properties of the entry at a position. [MS-OXCMAPIHTTP] 2.2.5.7.1
type GetPropsRequest struct {
	Flags uint32
	// Stat names the entry by CurrentRec.
	Stat *Stat
	// Tags are the properties wanted; nil is all.
	Tags []mapi.PropTag
	Aux  []byte
}

// Layout codes the body.
func (r *GetPropsRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Flags)
	optional(c, &r.Stat, (*Stat).Layout)
	optionalList(c, &r.Tags, layoutTag)
	layoutAux(c, &r.Aux)
}

// GetPropsResponse answers a GetProps. With [ErrorsReturned] some of the
// values are errors. [MS-OXCMAPIHTTP] 2.2.5.7.2
type GetPropsResponse struct {
	Status
	CodePage uint32
	Props    *mapi.Props
}

// Layout codes the body.
func (r *GetPropsResponse) Layout(c *wire.Codec) {
	r.layout(c, func() {
		c.Uint32(&r.CodePage)
		optional(c, &r.Props, layoutProps)
	})
}

// GetPropListRequest asks which properties an entry has. [MS-OXCMAPIHTTP] 2.2.5.6.1
type GetPropListRequest struct {
	Flags    uint32
	MID      MID
	CodePage uint32
	Aux      []byte
}

// Layout codes the body.
func (r *GetPropListRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Flags)
	r.MID.Layout(c)
	c.Uint32(&r.CodePage)
	layoutAux(c, &r.Aux)
}

// GetPropListResponse answers a GetPropList. [MS-OXCMAPIHTTP] 2.2.5.6.2
type GetPropListResponse struct {
	Status
	Tags []mapi.PropTag
}

// Layout codes the body.
func (r *GetPropListResponse) Layout(c *wire.Codec) {
	r.layout(c, func() { optionalList(c, &r.Tags, layoutTag) })
}

// Flags of a GetSpecialTable. [MS-OXNSPI] 2.2.1.12
const (
	// SpecialTableTemplates asks for address creation templates instead of containers.
	SpecialTableTemplates uint32 = 0x00000002
	// SpecialTableUnicode asks for PtypString values.
	SpecialTableUnicode uint32 = 0x00000004
)

// GetSpecialTableRequest reads the hierarchy of containers. [MS-OXCMAPIHTTP] 2.2.5.8.1
type GetSpecialTableRequest struct {
	Flags uint32
	Stat  *Stat
	// Version is that of the table the client has; the rows come only if it is older.
	Version *uint32
	Aux     []byte
}

// Layout codes the body.
func (r *GetSpecialTableRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Flags)
	optional(c, &r.Stat, (*Stat).Layout)
	optional(c, &r.Version, func(v *uint32, c *wire.Codec) { c.Uint32(v) })
	layoutAux(c, &r.Aux)
}

// GetSpecialTableResponse answers a GetSpecialTable. Its rows have tags of
// their own. [MS-OXCMAPIHTTP] 2.2.5.8.2
type GetSpecialTableResponse struct {
	Status
	CodePage uint32
	Version  *uint32
	Rows     []mapi.Props
}

// Layout codes the body.
func (r *GetSpecialTableResponse) Layout(c *wire.Codec) {
	r.layout(c, func() {
		c.Uint32(&r.CodePage)
		optional(c, &r.Version, func(v *uint32, c *wire.Codec) { c.Uint32(v) })
		optionalList(c, &r.Rows, layoutProps)
	})
}

// QueryColumnsRequest asks which properties the server knows. [MS-OXCMAPIHTTP] 2.2.5.13.1
type QueryColumnsRequest struct {
	Reserved uint32
	Flags    uint32
	Aux      []byte
}

// Layout codes the body.
func (r *QueryColumnsRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Reserved)
	c.Uint32(&r.Flags)
	layoutAux(c, &r.Aux)
}

// QueryColumnsResponse answers a QueryColumns. [MS-OXCMAPIHTTP] 2.2.5.13.2
type QueryColumnsResponse struct {
	Status
	Columns []mapi.PropTag
}

// Layout codes the body.
func (r *QueryColumnsResponse) Layout(c *wire.Codec) {
	r.layout(c, func() { optionalList(c, &r.Columns, layoutTag) })
}
