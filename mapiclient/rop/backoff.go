package rop

import (
	"fmt"
	"time"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// BackoffResponse says that the server ran neither the request in whose place
// it stands nor any after it, and when to try again. [MS-OXCROPS] 2.2.15.2.1
type BackoffResponse struct {
	LogonID uint8
	// Duration is for how many milliseconds every request on the logon will be
	// refused; it counts only if ROPs is empty.
	Duration uint32
	// ROPs are the operations that will be refused.
	ROPs []BackoffROP
	// AdditionalData is for diagnosis.
	AdditionalData []byte
}

// A BackoffROP is an operation that will be refused. [MS-OXCROPS] 2.2.15.2.1.1
type BackoffROP struct {
	ROP ID
	// Duration is for how many milliseconds.
	Duration uint32
}

// ROP implements [Response].
func (*BackoffResponse) ROP() ID { return Backoff }

// Layout implements [wire.Coder].
func (r *BackoffResponse) Layout(c *wire.Codec) {
	c.Uint8(&r.LogonID)
	c.Uint32(&r.Duration)
	wire.List8(c, &r.ROPs, (*BackoffROP).Layout)
	c.Bytes16(&r.AdditionalData)
}

// Layout codes five bytes.
func (r *BackoffROP) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.ROP)
	c.Uint32(&r.Duration)
}

// A BackoffError is the error of requests that were not run because the server
// asks for a pause.
type BackoffError struct{ BackoffResponse }

// Error implements error.
func (e *BackoffError) Error() string {
	return fmt.Sprintf("not executed: the server asks to back off for %v", e.Wait())
}

// Wait is the longest pause that the server asks for.
func (e *BackoffError) Wait() time.Duration {
	ms := e.Duration
	for _, r := range e.ROPs {
		ms = max(ms, r.Duration)
	}
	return time.Duration(ms) * time.Millisecond
}
