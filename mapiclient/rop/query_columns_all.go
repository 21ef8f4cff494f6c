package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// QueryColumnsAllRequest asks for all columns that a table can give.
// [MS-OXCROPS] 2.2.5.12.1
type QueryColumnsAllRequest struct{ empty }

// ROP implements [Request].
func (*QueryColumnsAllRequest) ROP() ID { return QueryColumnsAll }

// NewResponse implements [RequestOf].
func (*QueryColumnsAllRequest) NewResponse() *QueryColumnsAllResponse {
	return new(QueryColumnsAllResponse)
}

// QueryColumnsAllResponse is the success response. [MS-OXCROPS] 2.2.5.12.2
type QueryColumnsAllResponse struct{ Tags []mapi.PropTag }

// ROP implements [Response].
func (*QueryColumnsAllResponse) ROP() ID { return QueryColumnsAll }

// Layout implements [wire.Coder].
func (r *QueryColumnsAllResponse) Layout(c *wire.Codec) { layoutTags(c, &r.Tags) }
