package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetSearchCriteriaRequest asks for what a search folder searches.
// [MS-OXCROPS] 2.2.4.5.1
type GetSearchCriteriaRequest struct {
	UseUnicode         bool
	IncludeRestriction bool
	IncludeFolders     bool
}

// ROP implements [Request].
func (*GetSearchCriteriaRequest) ROP() ID { return GetSearchCriteria }

// NewResponse implements [RequestOf].
func (*GetSearchCriteriaRequest) NewResponse() *GetSearchCriteriaResponse {
	return new(GetSearchCriteriaResponse)
}

// Layout implements [wire.Coder].
func (r *GetSearchCriteriaRequest) Layout(c *wire.Codec) {
	c.Bool(&r.UseUnicode)
	c.Bool(&r.IncludeRestriction)
	c.Bool(&r.IncludeFolders)
}

// GetSearchCriteriaResponse is the success response. [MS-OXCROPS] 2.2.4.5.2
type GetSearchCriteriaResponse struct {
	Restriction mapi.Restriction
	LogonID     uint8
	FolderIDs   []mapi.FolderID
	SearchFlags SearchFlags
}

// ROP implements [Response].
func (*GetSearchCriteriaResponse) ROP() ID { return GetSearchCriteria }

// Layout implements [wire.Coder].
func (r *GetSearchCriteriaResponse) Layout(c *wire.Codec) {
	layoutRestriction(c, &r.Restriction)
	c.Uint8(&r.LogonID)
	wire.List16(c, &r.FolderIDs, (*mapi.FolderID).Layout)
	wire.Uint32s(&r.SearchFlags, c)
}
