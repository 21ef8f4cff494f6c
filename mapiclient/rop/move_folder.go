package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// MoveFolderRequest moves a folder from one folder into another. Add it with
// [AddTo]. [MS-OXCROPS] 2.2.4.7.1
type MoveFolderRequest struct {
	WantAsynchronous bool
	UseUnicode       bool
	FolderID         mapi.FolderID
	NewFolderName    string
}

// ROP implements [Request].
func (*MoveFolderRequest) ROP() ID { return MoveFolder }

// NewResponse implements [RequestOf].
func (*MoveFolderRequest) NewResponse() *MoveFolderResponse { return new(MoveFolderResponse) }

// Layout implements [wire.Coder].
func (r *MoveFolderRequest) Layout(c *wire.Codec) {
	c.Bool(&r.WantAsynchronous)
	c.Bool(&r.UseUnicode)
	r.FolderID.Layout(c)
	layoutString(c, r.UseUnicode, &r.NewFolderName)
}

// MoveFolderResponse is the response. [MS-OXCROPS] 2.2.4.7.2
type MoveFolderResponse struct{ moved }

// ROP implements [Response].
func (*MoveFolderResponse) ROP() ID { return MoveFolder }
