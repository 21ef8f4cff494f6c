package mapitest

import (
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A Kind is what requests are counted and faulted by: a type of HTTP request
// or a ROP. It is comparable.
type Kind struct {
	request string
	rop     rop.ID
}

// ROP is the kind of all requests for one remote operation.
func ROP(id rop.ID) Kind { return Kind{rop: id} }

// Request is the kind of all HTTP requests of one type: an X-RequestType such
// as "Execute" or "ResolveNames", or "Autodiscover".
func Request(name string) Kind { return Kind{request: name} }

// AnyRequest is the kind of all HTTP requests with an X-RequestType.
func AnyRequest() Kind { return Kind{} }

// A Fault makes the server misbehave at certain requests. Exactly one of the
// effects may be combined with Delay; the others exclude one another.
type Fault struct {
	// At is the kind of request.
	At Kind
	// Mailbox limits the fault to the requests of one user, by primary address. Empty is everybody.
	Mailbox string
	// Nth is which request of the kind the fault hits first, counted from Add. 0 is 1.
	Nth int
	// Times is how many requests it hits. 0 is 1, -1 is all from then on.
	Times int

	// Delay is how long to wait before anything else is done.
	Delay time.Duration

	// Code makes a ROP fail with this return value; a Connect, Execute or
	// address book request with this ErrorCode.
	Code mapi.ErrorCode
	// Status makes an Execute or another request fail with this StatusCode in its body.
	Status mapi.ErrorCode
	// Problems makes RopSetProperties and its like succeed with a problem of
	// this code for each property, none of which is set.
	Problems mapi.ErrorCode
	// Backoff answers the ROP with RopBackoff of this duration; it and those behind it do not run.
	Backoff time.Duration
	// DropRequest cuts the connection before anything is executed.
	DropRequest bool
	// DropAnswer executes the request and cuts the connection before the answer.
	DropAnswer bool
	// ExpireSession makes the session context unknown from this request on.
	ExpireSession bool
	// HTTPStatus answers with an HTTP status such as 503 or 401.
	HTTPStatus int
	// RetryAfter goes with HTTPStatus.
	RetryAfter time.Duration
	// ResponseCode answers with this X-ResponseCode.
	ResponseCode int
	// Garbage answers with a body that is none.
	Garbage bool
}

// Faults holds the armed faults of a server. It is safe for concurrent use.
type Faults struct {
	mu    sync.Mutex
	armed []*Armed
}

// Armed is a fault in force.
type Armed struct {
	faults *Faults
	fault  Fault
	seen   int
	fired  int
}

// Add arms a fault. Where several fit one request the first added wins.
func (f *Faults) Add(fault Fault) *Armed {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := &Armed{faults: f, fault: fault}
	f.armed = append(f.armed, a)
	return a
}

// Clear disarms all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = nil
}

// Fired is how often the fault has hit.
func (a *Armed) Fired() int {
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	return a.fired
}

// Remove disarms the fault.
func (a *Armed) Remove() {
	f := a.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.armed {
		if f.armed[i] == a {
			f.armed = append(f.armed[:i:i], f.armed[i+1:]...)
			return
		}
	}
}

// take finds the fault that hits this request, if any, and counts it.
func (f *Faults) take(k Kind, mailbox string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var hit *Armed
	for _, a := range f.armed {
		if a.fits(k, mailbox) {
			a.seen++
			if hit == nil && a.due() {
				hit = a
			}
		}
	}
	if hit == nil {
		return nil
	}
	hit.fired++
	fault := hit.fault
	return &fault
}

func (a *Armed) fits(k Kind, mailbox string) bool {
	if a.fault.Mailbox != "" && a.fault.Mailbox != mailbox {
		return false
	}
	return a.fault.At == k || a.fault.At == AnyRequest() && k.rop == 0
}

func (a *Armed) due() bool {
	times := a.fault.Times
	if times == 0 {
		times = 1
	}
	return a.seen >= max(a.fault.Nth, 1) && (times < 0 || a.fired < times)
}
