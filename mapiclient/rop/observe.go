package rop

import "github.com/mapigate/mapigate/mapiclient/mapi"

// An Observed is a request with its answer, as somebody sees them who looks on.
type Observed struct {
	Received
	// Code is the answer's return value.
	Code mapi.ErrorCode
	// Response is nil where there is none, and More what the server appended to it.
	Response Response
	More     []Response
	// Err is why there is none, or what the server refused with.
	Err error
}

// An Observation is what an Execute said and was answered.
type Observation struct {
	ROPs []Observed
	// Handles is the handle table of the answer.
	Handles       []uint32
	Notifications []NotifyResponse
	Pending       []PendingResponse
}

// Observe reads the payloads of an answer beside the requests that it answers,
// as [DecodeRequests] gave them. What cannot be known from them alone, such as
// the columns of a table, the caller has filled in. The observation holds what
// was understood, also with an error.
func Observe(requests []Received, answer ...[]byte) (Observation, error) {
	b := &Batch{}
	for i := range requests {
		q := &requests[i]
		c := &call{batch: b, header: q.header, request: q.Request, err: ErrNoAnswer}
		if operations[q.ID].newResponse != nil {
			c.newResponse = func() Response { return NewResponse(q.Request) }
		}
		b.calls = append(b.calls, c)
	}
	err := b.Decode(answer...)
	o := Observation{Handles: b.handles, Notifications: b.Notifications, Pending: b.Pending}
	for i, c := range b.calls {
		o.ROPs = append(o.ROPs, Observed{Received: requests[i], Code: c.code, Response: c.response, More: c.more, Err: c.err})
	}
	return o, err
}
