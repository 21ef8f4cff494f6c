package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// RemoveAllRecipientsRequest removes all recipients of a message. [MS-OXCROPS]
// 2.2.6.4.1
type RemoveAllRecipientsRequest struct{ Reserved uint32 }

// ROP implements [Request].
func (*RemoveAllRecipientsRequest) ROP() ID { return RemoveAllRecipients }

// NewResponse implements [RequestOf].
func (*RemoveAllRecipientsRequest) NewResponse() *RemoveAllRecipientsResponse {
	return new(RemoveAllRecipientsResponse)
}

// Layout implements [wire.Coder].
func (r *RemoveAllRecipientsRequest) Layout(c *wire.Codec) { c.Uint32(&r.Reserved) }

// RemoveAllRecipientsResponse is the response. [MS-OXCROPS] 2.2.6.4.2
type RemoveAllRecipientsResponse struct{ empty }

// ROP implements [Response].
func (*RemoveAllRecipientsResponse) ROP() ID { return RemoveAllRecipients }
