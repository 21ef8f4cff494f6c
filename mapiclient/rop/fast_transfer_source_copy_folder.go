package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// FastTransferSourceCopyFolderRequest begins a download of a folder.
// [MS-OXCROPS] 2.2.12.5.1, [MS-OXCFXICS] 2.2.3.1.1.4.1
type FastTransferSourceCopyFolderRequest struct {
	CopyFlags   uint8
	SendOptions SendOptions
}

// ROP implements [Request].
func (*FastTransferSourceCopyFolderRequest) ROP() ID { return FastTransferSourceCopyFolder }

// NewResponse implements [RequestOf].
func (*FastTransferSourceCopyFolderRequest) NewResponse() *FastTransferSourceCopyFolderResponse {
	return new(FastTransferSourceCopyFolderResponse)
}

// Layout implements [wire.Coder].
func (r *FastTransferSourceCopyFolderRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.CopyFlags)
	layoutFlags8(c, &r.SendOptions)
}

// FastTransferSourceCopyFolderResponse is the response. [MS-OXCROPS]
// 2.2.12.5.2
type FastTransferSourceCopyFolderResponse struct{ empty }

// ROP implements [Response].
func (*FastTransferSourceCopyFolderResponse) ROP() ID { return FastTransferSourceCopyFolder }
