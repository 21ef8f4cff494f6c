package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// EmptyFolderRequest soft-deletes all messages and subfolders of a folder.
// [MS-OXCROPS] 2.2.4.9.1
type EmptyFolderRequest struct {
	WantAsynchronous     bool
	WantDeleteAssociated bool
}

// ROP implements [Request].
func (*EmptyFolderRequest) ROP() ID { return EmptyFolder }

// NewResponse implements [RequestOf].
func (*EmptyFolderRequest) NewResponse() *EmptyFolderResponse { return new(EmptyFolderResponse) }

// Layout implements [wire.Coder].
func (r *EmptyFolderRequest) Layout(c *wire.Codec) {
	c.Bool(&r.WantAsynchronous)
	c.Bool(&r.WantDeleteAssociated)
}

// EmptyFolderResponse is the response. [MS-OXCROPS] 2.2.4.9.2
type EmptyFolderResponse struct{ partial }

// ROP implements [Response].
func (*EmptyFolderResponse) ROP() ID { return EmptyFolder }
