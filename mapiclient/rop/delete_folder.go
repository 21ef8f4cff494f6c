package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// DeleteFolderFlags say what DeleteFolder does with what is in the folder.
// [MS-OXCFOLD] 2.2.1.3.1
type DeleteFolderFlags uint8

// Delete folder flags.
const (
	DeleteMessagesInFolder DeleteFolderFlags = 0x01
	DeleteSubfolders       DeleteFolderFlags = 0x04
	DeleteHard             DeleteFolderFlags = 0x10
)

// DeleteFolderRequest removes a folder that lies in the folder worked on.
// [MS-OXCROPS] 2.2.4.3.1
type DeleteFolderRequest struct {
	Flags    DeleteFolderFlags
	FolderID mapi.FolderID
}

// ROP implements [Request].
func (*DeleteFolderRequest) ROP() ID { return DeleteFolder }

// NewResponse implements [RequestOf].
func (*DeleteFolderRequest) NewResponse() *DeleteFolderResponse { return new(DeleteFolderResponse) }

// Layout implements [wire.Coder].
func (r *DeleteFolderRequest) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.Flags)
	r.FolderID.Layout(c)
}

// DeleteFolderResponse is the response. [MS-OXCROPS] 2.2.4.3.2
type DeleteFolderResponse struct{ partial }

// ROP implements [Response].
func (*DeleteFolderResponse) ROP() ID { return DeleteFolder }

// partial is the body of responses that say, whether or not the operation
// failed, if some of it was left undone.
type partial struct{ PartialCompletion bool }

// Layout implements [wire.Coder].
func (r *partial) Layout(c *wire.Codec) { c.Bool(&r.PartialCompletion) }

// LayoutFailure implements [FailureResponse].
func (r *partial) LayoutFailure(c *wire.Codec, _ mapi.ErrorCode) { r.Layout(c) }
