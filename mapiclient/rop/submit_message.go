package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SubmitFlags say how a message is to be sent. [MS-OXOMSG] 2.2.3.1.1
type SubmitFlags uint8

// Submit flags.
const (
	SubmitPreProcess   SubmitFlags = 0x01
	SubmitNeedsSpooler SubmitFlags = 0x02
)

// SubmitMessageRequest sends a saved message. A successful answer says only
// that the server took it. [MS-OXCROPS] 2.2.7.1.1
type SubmitMessageRequest struct{ SubmitFlags SubmitFlags }

// ROP implements [Request].
func (*SubmitMessageRequest) ROP() ID { return SubmitMessage }

// NewResponse implements [RequestOf].
func (*SubmitMessageRequest) NewResponse() *SubmitMessageResponse {
	return new(SubmitMessageResponse)
}

// Layout implements [wire.Coder].
func (r *SubmitMessageRequest) Layout(c *wire.Codec) { layoutFlags8(c, &r.SubmitFlags) }

// SubmitMessageResponse is the response. [MS-OXCROPS] 2.2.7.1.2
type SubmitMessageResponse struct{ empty }

// ROP implements [Response].
func (*SubmitMessageResponse) ROP() ID { return SubmitMessage }
