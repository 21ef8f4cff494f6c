package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SynchronizationImportReadStateChangesRequest uploads which messages have
// been read. [MS-OXCROPS] 2.2.13.3.1, [MS-OXCFXICS] 2.2.3.2.4.6.1
type SynchronizationImportReadStateChangesRequest struct{ States []MessageReadState }

// ROP implements [Request].
func (*SynchronizationImportReadStateChangesRequest) ROP() ID {
	return SynchronizationImportReadStateChanges
}

// NewResponse implements [RequestOf].
func (*SynchronizationImportReadStateChangesRequest) NewResponse() *SynchronizationImportReadStateChangesResponse {
	return new(SynchronizationImportReadStateChangesResponse)
}

// Layout implements [wire.Coder].
func (r *SynchronizationImportReadStateChangesRequest) Layout(c *wire.Codec) {
	c.Sized16(func() {
		if !c.Decoding() {
			wire.List(c, &r.States, len(r.States), (*MessageReadState).Layout)
		}
		for c.Len() > 0 {
			var s MessageReadState
			s.Layout(c)
			r.States = append(r.States, s)
		}
	})
}

// SynchronizationImportReadStateChangesResponse is the response. [MS-OXCROPS]
// 2.2.13.3.2
type SynchronizationImportReadStateChangesResponse struct{ empty }

// ROP implements [Response].
func (*SynchronizationImportReadStateChangesResponse) ROP() ID {
	return SynchronizationImportReadStateChanges
}

// A MessageReadState tells whether a message was read.
// [MS-OXCROPS] 2.2.13.3.1.1
type MessageReadState struct {
	// MessageID is the message's PidTagSourceKey.
	MessageID  []byte
	MarkAsRead bool
}

// Layout codes the id and the mark.
func (s *MessageReadState) Layout(c *wire.Codec) {
	c.Bytes16(&s.MessageID)
	c.Bool(&s.MarkAsRead)
}
