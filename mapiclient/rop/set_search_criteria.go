package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SearchFlags steer a search folder or tell its state.
// [MS-OXCFOLD] 2.2.1.4.1, 2.2.1.5.2
type SearchFlags uint32

// Search flags of SetSearchCriteria. [MS-OXCFOLD] 2.2.1.4.1
const (
	SearchStop              SearchFlags = 0x00000001
	SearchRestart           SearchFlags = 0x00000002
	SearchRecursive         SearchFlags = 0x00000004
	SearchShallow           SearchFlags = 0x00000008
	SearchForeground        SearchFlags = 0x00000010
	SearchBackground        SearchFlags = 0x00000020
	SearchContentIndexed    SearchFlags = 0x00010000
	SearchNonContentIndexed SearchFlags = 0x00020000
	SearchStatic            SearchFlags = 0x00040000
)

// SetSearchCriteriaRequest starts or stops a search folder. [MS-OXCROPS]
// 2.2.4.4.1
type SetSearchCriteriaRequest struct {
	// Restriction is what to find; nil keeps what was set before.
	Restriction mapi.Restriction
	FolderIDs   []mapi.FolderID
	SearchFlags SearchFlags
}

// ROP implements [Request].
func (*SetSearchCriteriaRequest) ROP() ID { return SetSearchCriteria }

// NewResponse implements [RequestOf].
func (*SetSearchCriteriaRequest) NewResponse() *SetSearchCriteriaResponse {
	return new(SetSearchCriteriaResponse)
}

// Layout implements [wire.Coder].
func (r *SetSearchCriteriaRequest) Layout(c *wire.Codec) {
	layoutRestriction(c, &r.Restriction)
	wire.List16(c, &r.FolderIDs, (*mapi.FolderID).Layout)
	wire.Uint32s(&r.SearchFlags, c)
}

// SetSearchCriteriaResponse is the response. [MS-OXCROPS] 2.2.4.4.2
type SetSearchCriteriaResponse struct{ empty }

// ROP implements [Response].
func (*SetSearchCriteriaResponse) ROP() ID { return SetSearchCriteria }
