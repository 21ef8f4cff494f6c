package rop

// SetSpoolerRequest makes the client the mailbox's mail spooler. [MS-OXCROPS]
// 2.2.7.4.1
type SetSpoolerRequest struct{ empty }

// ROP implements [Request].
func (*SetSpoolerRequest) ROP() ID { return SetSpooler }

// NewResponse implements [RequestOf].
func (*SetSpoolerRequest) NewResponse() *SetSpoolerResponse { return new(SetSpoolerResponse) }

// SetSpoolerResponse is the response. [MS-OXCROPS] 2.2.7.4.2
type SetSpoolerResponse struct{ empty }

// ROP implements [Response].
func (*SetSpoolerResponse) ROP() ID { return SetSpooler }
