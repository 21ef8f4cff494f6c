package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A FolderType is the kind of a folder to create. [MS-OXCFOLD] 2.2.1.2.1
type FolderType uint8

// Folder types.
const (
	FolderGeneric    FolderType = 1
	FolderSearchType FolderType = 2
)

// CreateFolderRequest creates a folder. [MS-OXCROPS] 2.2.4.2.1
type CreateFolderRequest struct {
	FolderType        FolderType
	UseUnicodeStrings bool
	OpenExisting      bool
	Reserved          uint8
	DisplayName       string
	Comment           string
}

// ROP implements [Request].
func (*CreateFolderRequest) ROP() ID { return CreateFolder }

// NewResponse implements [RequestOf].
func (*CreateFolderRequest) NewResponse() *CreateFolderResponse { return new(CreateFolderResponse) }

// Layout implements [wire.Coder].
func (r *CreateFolderRequest) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.FolderType)
	c.Bool(&r.UseUnicodeStrings)
	c.Bool(&r.OpenExisting)
	c.Uint8(&r.Reserved)
	layoutString(c, r.UseUnicodeStrings, &r.DisplayName)
	layoutString(c, r.UseUnicodeStrings, &r.Comment)
}

// CreateFolderResponse is the success response. [MS-OXCROPS] 2.2.4.2.2
type CreateFolderResponse struct {
	FolderID mapi.FolderID
	// Existing is set when the folder was there before.
	Existing *OpenFolderResponse
}

// ROP implements [Response].
func (*CreateFolderResponse) ROP() ID { return CreateFolder }

// Layout implements [wire.Coder].
func (r *CreateFolderResponse) Layout(c *wire.Codec) {
	r.FolderID.Layout(c)
	existing := r.Existing != nil
	c.Bool(&existing)
	if !existing {
		return
	}
	if c.Decoding() {
		r.Existing = new(OpenFolderResponse)
	}
	r.Existing.Layout(c)
}
