package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SynchronizationImportMessageMoveRequest uploads that a message was moved.
// [MS-OXCROPS] 2.2.13.6.1, [MS-OXCFXICS] 2.2.3.2.4.4.1
type SynchronizationImportMessageMoveRequest struct {
	SourceFolderID        []byte
	SourceMessageID       []byte
	PredecessorChangeList []byte
	DestinationMessageID  []byte
	ChangeNumber          []byte
}

// ROP implements [Request].
func (*SynchronizationImportMessageMoveRequest) ROP() ID { return SynchronizationImportMessageMove }

// NewResponse implements [RequestOf].
func (*SynchronizationImportMessageMoveRequest) NewResponse() *SynchronizationImportMessageMoveResponse {
	return new(SynchronizationImportMessageMoveResponse)
}

// Layout implements [wire.Coder].
func (r *SynchronizationImportMessageMoveRequest) Layout(c *wire.Codec) {
	c.Bytes32(&r.SourceFolderID)
	c.Bytes32(&r.SourceMessageID)
	c.Bytes32(&r.PredecessorChangeList)
	c.Bytes32(&r.DestinationMessageID)
	c.Bytes32(&r.ChangeNumber)
}

// SynchronizationImportMessageMoveResponse is the success response.
// [MS-OXCROPS] 2.2.13.6.2
type SynchronizationImportMessageMoveResponse struct{ MessageID mapi.MessageID }

// ROP implements [Response].
func (*SynchronizationImportMessageMoveResponse) ROP() ID { return SynchronizationImportMessageMove }

// Layout implements [wire.Coder].
func (r *SynchronizationImportMessageMoveResponse) Layout(c *wire.Codec) { r.MessageID.Layout(c) }
