package nspi

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ResolveNamesRequest looks names up as a user types them. [MS-OXCMAPIHTTP] 2.2.5.14.1
// "=SMTP:user@example.test" matches that address only.
type ResolveNamesRequest struct {
	Reserved uint32
	Stat     *Stat
	// Tags are the columns wanted; nil lets the server choose.
	Tags  []mapi.PropTag
	Names []string
	Aux   []byte
}

// Layout codes the body.
func (r *ResolveNamesRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Reserved)
	optional(c, &r.Stat, (*Stat).Layout)
	optionalList(c, &r.Tags, layoutTag)
	optionalList(c, &r.Names, layoutName)
	layoutAux(c, &r.Aux)
}

// ResolveNamesResponse answers a ResolveNames. [MS-OXCMAPIHTTP] 2.2.5.14.2
type ResolveNamesResponse struct {
	Status
	CodePage uint32
	// MIDs has an entry for each name: [Unresolved], [Ambiguous] or [Resolved].
	MIDs []MID
	// Table has a row for each resolved name, in their order.
	Table *Table
}

// Layout codes the body.
func (r *ResolveNamesResponse) Layout(c *wire.Codec) {
	r.layout(c, func() {
		c.Uint32(&r.CodePage)
		optionalList(c, &r.MIDs, (*MID).Layout)
		optional(c, &r.Table, (*Table).Layout)
	})
}

// DNToMIdRequest looks entries up by legacy DN. [MS-OXCMAPIHTTP] 2.2.5.4.1
type DNToMIdRequest struct {
	Reserved uint32
	// DNs are in ASCII.
	DNs []string
	Aux []byte
}

// Layout codes the body.
func (r *DNToMIdRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Reserved)
	optionalList(c, &r.DNs, layoutDN)
	layoutAux(c, &r.Aux)
}

// DNToMIdResponse answers a DNToMId. [MS-OXCMAPIHTTP] 2.2.5.4.2
type DNToMIdResponse struct {
	Status
	// MIDs has an entry for each DN; 0 is an unknown one.
	MIDs []MID
}

// Layout codes the body.
func (r *DNToMIdResponse) Layout(c *wire.Codec) {
	r.layout(c, func() { optionalList(c, &r.MIDs, (*MID).Layout) })
}

// CompareMIdsRequest asks which of two entries comes first. [MS-OXCMAPIHTTP] 2.2.5.3.1
type CompareMIdsRequest struct {
	Reserved   uint32
	Stat       *Stat
	MID1, MID2 MID
	Aux        []byte
}

// Layout codes the body.
func (r *CompareMIdsRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Reserved)
	optional(c, &r.Stat, (*Stat).Layout)
	r.MID1.Layout(c)
	r.MID2.Layout(c)
	layoutAux(c, &r.Aux)
}

// CompareMIdsResponse answers a CompareMIds. [MS-OXCMAPIHTTP] 2.2.5.3.2
type CompareMIdsResponse struct {
	Status
	// Result is negative, 0 or positive.
	Result int32
}

// Layout codes the body.
func (r *CompareMIdsResponse) Layout(c *wire.Codec) {
	r.layout(c, func() { c.Int32(&r.Result) })
}
