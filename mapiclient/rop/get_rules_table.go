package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetRulesTableRequest opens the table of a folder's rules. [MS-OXCROPS]
// 2.2.11.2.1
type GetRulesTableRequest struct{ TableFlags TableFlags }

// ROP implements [Request].
func (*GetRulesTableRequest) ROP() ID { return GetRulesTable }

// NewResponse implements [RequestOf].
func (*GetRulesTableRequest) NewResponse() *GetRulesTableResponse {
	return new(GetRulesTableResponse)
}

// Layout implements [wire.Coder].
func (r *GetRulesTableRequest) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableFlags) }

// GetRulesTableResponse is the response. [MS-OXCROPS] 2.2.11.2.2
type GetRulesTableResponse struct{ empty }

// ROP implements [Response].
func (*GetRulesTableResponse) ROP() ID { return GetRulesTable }
