package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SynchronizationImportMessageChangeRequest uploads a new or changed message.
// [MS-OXCROPS] 2.2.13.2.1, [MS-OXCFXICS] 2.2.3.2.4.2.1
type SynchronizationImportMessageChangeRequest struct {
	ImportFlag uint8
	// Props are PidTagSourceKey, PidTagLastModificationTime, PidTagChangeKey and
	// PidTagPredecessorChangeList, in this order.
	Props mapi.Props
}

// ROP implements [Request].
func (*SynchronizationImportMessageChangeRequest) ROP() ID { return SynchronizationImportMessageChange }

// NewResponse implements [RequestOf].
func (*SynchronizationImportMessageChangeRequest) NewResponse() *SynchronizationImportMessageChangeResponse {
	return new(SynchronizationImportMessageChangeResponse)
}

// Layout implements [wire.Coder].
func (r *SynchronizationImportMessageChangeRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.ImportFlag)
	layoutProps(c, &r.Props)
}

// SynchronizationImportMessageChangeResponse is the success response.
// [MS-OXCROPS] 2.2.13.2.2
type SynchronizationImportMessageChangeResponse struct{ MessageID mapi.MessageID }

// ROP implements [Response].
func (*SynchronizationImportMessageChangeResponse) ROP() ID {
	return SynchronizationImportMessageChange
}

// Layout implements [wire.Coder].
func (r *SynchronizationImportMessageChangeResponse) Layout(c *wire.Codec) { r.MessageID.Layout(c) }
