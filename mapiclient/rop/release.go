package rop

// ReleaseRequest drops a server object. It has no response.
// [MS-OXCROPS] 2.2.15.3.1
type ReleaseRequest struct{ empty }

// ROP implements [Request].
func (*ReleaseRequest) ROP() ID { return Release }
