package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SynchronizationImportDeletesRequest uploads which messages or folders were
// removed. [MS-OXCROPS] 2.2.13.5.1, [MS-OXCFXICS] 2.2.3.2.4.5.1
type SynchronizationImportDeletesRequest struct {
	Flags uint8
	// Props is one list of binary source keys.
	Props mapi.Props
}

// ROP implements [Request].
func (*SynchronizationImportDeletesRequest) ROP() ID { return SynchronizationImportDeletes }

// NewResponse implements [RequestOf].
func (*SynchronizationImportDeletesRequest) NewResponse() *SynchronizationImportDeletesResponse {
	return new(SynchronizationImportDeletesResponse)
}

// Layout implements [wire.Coder].
func (r *SynchronizationImportDeletesRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Flags)
	layoutProps(c, &r.Props)
}

// SynchronizationImportDeletesResponse is the response. [MS-OXCROPS]
// 2.2.13.5.2
type SynchronizationImportDeletesResponse struct{ empty }

// ROP implements [Response].
func (*SynchronizationImportDeletesResponse) ROP() ID { return SynchronizationImportDeletes }
