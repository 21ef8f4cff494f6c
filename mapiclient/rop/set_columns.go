package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A TableStatus tells what a table is busy with. [MS-OXCTABL] 2.2.2.1.3
type TableStatus uint8

// Table statuses; the others say that sorting, setting columns or restricting
// is under way or has failed.
const (
	TableComplete        TableStatus = 0x00
	TableSorting         TableStatus = 0x09
	TableSortError       TableStatus = 0x0A
	TableSettingColumns  TableStatus = 0x0B
	TableSetColumnsError TableStatus = 0x0D
	TableRestricting     TableStatus = 0x0E
	TableRestrictError   TableStatus = 0x0F
)

// SetColumnsRequest sets the columns of the rows that a table gives.
// [MS-OXCROPS] 2.2.5.1.1
type SetColumnsRequest struct {
	// Flags other than 0 ask for asynchronous work, which servers ignore.
	Flags uint8
	Tags  []mapi.PropTag
}

// ROP implements [Request].
func (*SetColumnsRequest) ROP() ID { return SetColumns }

// NewResponse implements [RequestOf].
func (*SetColumnsRequest) NewResponse() *SetColumnsResponse { return new(SetColumnsResponse) }

// Layout implements [wire.Coder].
func (r *SetColumnsRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Flags)
	layoutTags(c, &r.Tags)
}

// SetColumnsResponse is the success response. [MS-OXCROPS] 2.2.5.1.2
type SetColumnsResponse struct{ TableStatus TableStatus }

// ROP implements [Response].
func (*SetColumnsResponse) ROP() ID { return SetColumns }

// Layout implements [wire.Coder].
func (r *SetColumnsResponse) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableStatus) }
