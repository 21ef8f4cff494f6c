package rop

// ResetTableRequest takes away a table's columns, order and restriction.
// [MS-OXCROPS] 2.2.5.15.1
type ResetTableRequest struct{ empty }

// ROP implements [Request].
func (*ResetTableRequest) ROP() ID { return ResetTable }

// NewResponse implements [RequestOf].
func (*ResetTableRequest) NewResponse() *ResetTableResponse { return new(ResetTableResponse) }

// ResetTableResponse is the response. [MS-OXCROPS] 2.2.5.15.2
type ResetTableResponse struct{ empty }

// ROP implements [Response].
func (*ResetTableResponse) ROP() ID { return ResetTable }
