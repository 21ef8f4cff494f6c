package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetReceiveFolderTableRequest asks for all receive folders. [MS-OXCROPS]
// 2.2.3.4.1
type GetReceiveFolderTableRequest struct{ empty }

// ROP implements [Request].
func (*GetReceiveFolderTableRequest) ROP() ID { return GetReceiveFolderTable }

// NewResponse implements [RequestOf].
func (*GetReceiveFolderTableRequest) NewResponse() *GetReceiveFolderTableResponse {
	return new(GetReceiveFolderTableResponse)
}

// GetReceiveFolderTableResponse is the success response. [MS-OXCROPS]
// 2.2.3.4.2
type GetReceiveFolderTableResponse struct {
	// Rows have the columns PidTagFolderId, PidTagMessageClass as a String8, and
	// PidTagLastModificationTime.
	Rows []mapi.Props
}

// ROP implements [Response].
func (*GetReceiveFolderTableResponse) ROP() ID { return GetReceiveFolderTable }

// Layout implements [wire.Coder].
func (r *GetReceiveFolderTableResponse) Layout(c *wire.Codec) {
	wire.List32(c, &r.Rows, mapi.Row(receiveFolderColumns))
}

// receiveFolderColumns are the columns of GetReceiveFolderTable.
// [MS-OXCSTOR] 2.2.1.4.2
var receiveFolderColumns = []mapi.PropTag{0x67480014, 0x001A001E, 0x30080040}
