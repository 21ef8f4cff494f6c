package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// CopyFolderRequest copies a folder from one folder into another. Add it with
// [AddTo]. [MS-OXCROPS] 2.2.4.8.1
type CopyFolderRequest struct {
	WantAsynchronous bool
	WantRecursive    bool
	UseUnicode       bool
	FolderID         mapi.FolderID
	NewFolderName    string
}

// ROP implements [Request].
func (*CopyFolderRequest) ROP() ID { return CopyFolder }

// NewResponse implements [RequestOf].
func (*CopyFolderRequest) NewResponse() *CopyFolderResponse { return new(CopyFolderResponse) }

// Layout implements [wire.Coder].
func (r *CopyFolderRequest) Layout(c *wire.Codec) {
	c.Bool(&r.WantAsynchronous)
	c.Bool(&r.WantRecursive)
	c.Bool(&r.UseUnicode)
	r.FolderID.Layout(c)
	layoutString(c, r.UseUnicode, &r.NewFolderName)
}

// CopyFolderResponse is the response. [MS-OXCROPS] 2.2.4.8.2
type CopyFolderResponse struct{ moved }

// ROP implements [Response].
func (*CopyFolderResponse) ROP() ID { return CopyFolder }
