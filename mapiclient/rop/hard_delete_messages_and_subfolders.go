package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// HardDeleteMessagesAndSubfoldersRequest removes all messages and subfolders
// of a folder for good. [MS-OXCROPS] 2.2.4.10.1
type HardDeleteMessagesAndSubfoldersRequest struct {
	WantAsynchronous     bool
	WantDeleteAssociated bool
}

// ROP implements [Request].
func (*HardDeleteMessagesAndSubfoldersRequest) ROP() ID { return HardDeleteMessagesAndSubfolders }

// NewResponse implements [RequestOf].
func (*HardDeleteMessagesAndSubfoldersRequest) NewResponse() *HardDeleteMessagesAndSubfoldersResponse {
	return new(HardDeleteMessagesAndSubfoldersResponse)
}

// Layout implements [wire.Coder].
func (r *HardDeleteMessagesAndSubfoldersRequest) Layout(c *wire.Codec) {
	c.Bool(&r.WantAsynchronous)
	c.Bool(&r.WantDeleteAssociated)
}

// HardDeleteMessagesAndSubfoldersResponse is the response. [MS-OXCROPS]
// 2.2.4.10.2
type HardDeleteMessagesAndSubfoldersResponse struct{ partial }

// ROP implements [Response].
func (*HardDeleteMessagesAndSubfoldersResponse) ROP() ID { return HardDeleteMessagesAndSubfolders }
