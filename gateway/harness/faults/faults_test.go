package faults_test

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A fault is what the server does once an operation has come to its point.
type fault struct {
	name string
	// does is the fault without its place; rop places it at the operation's ROP
	// and otherwise it is at the request that carries it.
	does mapitest.Fault
	rop  bool
}

// faults lists them: lost connections, sessions, answers of the transport, of
// the server as a whole, and of the one ROP.
var faults = []fault{
	{name: "connection cut before the request ran", does: mapitest.Fault{DropRequest: true}},
	{name: "... three times", does: mapitest.Fault{DropRequest: true, Times: 3}},
	{name: "connection cut before the answer", does: mapitest.Fault{DropAnswer: true}},
	{name: "... three times", does: mapitest.Fault{DropAnswer: true, Times: 3}},
	{name: "slow, then cut before the answer", does: mapitest.Fault{DropAnswer: true, Delay: 100 * time.Millisecond}},
	{name: "slow, then well", does: mapitest.Fault{Delay: 200 * time.Millisecond}},
	{name: "no answer before the client's limit", does: mapitest.Fault{Delay: 2 * clientLimit}},
	{name: "garbage for an answer", does: mapitest.Fault{Garbage: true}},
	{name: "the session has expired", does: mapitest.Fault{ExpireSession: true}},
	{name: "X-ResponseCode 1, unknown failure", does: mapitest.Fault{ResponseCode: 1}},
	{name: "X-ResponseCode 6, invalid cookie", does: mapitest.Fault{ResponseCode: 6}},
	{name: "X-ResponseCode 15, invalid sequence", does: mapitest.Fault{ResponseCode: 15}},
	{name: "X-ResponseCode 18, shutting down", does: mapitest.Fault{ResponseCode: 18}},
	{name: "HTTP 401", does: mapitest.Fault{HTTPStatus: 401}},
	{name: "HTTP 403", does: mapitest.Fault{HTTPStatus: 403}},
	{name: "HTTP 404", does: mapitest.Fault{HTTPStatus: 404}},
	{name: "HTTP 500", does: mapitest.Fault{HTTPStatus: 500}},
	{name: "HTTP 503, Retry-After 1", does: mapitest.Fault{HTTPStatus: 503, RetryAfter: time.Second}},
	{name: "StatusCode ecServerBusy", does: mapitest.Fault{Status: mapi.ErrServerBusy}},
	{name: "ErrorCode ecServerBusy", does: mapitest.Fault{Code: mapi.ErrServerBusy}},
	{name: "RopBackoff 300 ms", rop: true, does: mapitest.Fault{Backoff: 300 * time.Millisecond}},
	{name: "ROP: connection cut before the answer", rop: true, does: mapitest.Fault{DropAnswer: true}},
	{name: "ROP: ecServerBusy", rop: true, does: mapitest.Fault{Code: mapi.ErrServerBusy}},
	{name: "ROP: ecTimeout", rop: true, does: mapitest.Fault{Code: mapi.ErrTimeout}},
	{name: "ROP: ecQuotaExceeded", rop: true, does: mapitest.Fault{Code: mapi.ErrQuotaExceeded}},
	{name: "ROP: ecMailboxInTransit", rop: true, does: mapitest.Fault{Code: mapi.ErrMailboxInTransit}},
	{name: "ROP: ecAccessDenied", rop: true, does: mapitest.Fault{Code: mapi.ErrAccessDenied}},
	{name: "ROP: MAPI_E_NO_SUPPORT", rop: true, does: mapitest.Fault{Code: mapi.ErrNotSupported}},
}

// clientLimit is how long the client waits for an answer: longer than a machine
// with much else to do takes for one, or cells fail whose faults never came.
const clientLimit = 4 * time.Second

// An operation is what the gateway does on a mailbox.
type operation struct {
	name string
	// rop and request are where its faults are.
	rop     rop.ID
	request string
	run     func(*testing.T, func(*mapitest.Server)) cell
}

func operations() []operation {
	return []operation{
		{"submit", rop.SubmitMessage, "Execute", submitCell},
		{"read", rop.GetPropertiesAll, "Execute", readCell},
		{"move", rop.MoveCopyMessages, "Execute", moveCell},
		{"watch", rop.RegisterNotification, "NotificationWait", watchCell},
	}
}

// A cell is what came of one operation under one fault.
type cell struct {
	// first is how the first try ended, tries how many it took.
	first string
	tries int
	// copies is how many there are of the mail in the end, where one belongs.
	copies int
	// leftover counts what lies about besides.
	leftover int
	err      error
}

func (c cell) String() string {
	s := c.first
	if c.tries > 1 {
		s += fmt.Sprintf(", %d tries", c.tries)
	}
	return fmt.Sprintf("%s: %d", s, c.copies)
}

// TestFaults tries all against all. No mail is lost and none is doubled: every
// try that ends unknown is followed by a look that finds the truth.
func TestFaults(t *testing.T) {
	ops := operations()
	table := make([][]cell, len(faults))
	var running sync.WaitGroup
	places := make(chan struct{}, 16) // they mostly wait, whatever -parallel says
	for i, f := range faults {
		table[i] = make([]cell, len(ops))
		for j, op := range ops {
			running.Go(func() {
				places <- struct{}{}
				defer func() { <-places }()
				t.Run(op.name+"/"+f.name, func(t *testing.T) {
					c := op.run(t, func(s *mapitest.Server) { s.Faults().Add(f.at(op)) })
					table[i][j] = c
					if c.err != nil || c.copies != 1 || c.leftover != 0 {
						t.Errorf("%v, %d left over: %v", c, c.leftover, c.err)
					}
				})
			})
		}
	}
	running.Wait()
	printTable(t, ops, table)
}

// at gives the fault its place.
func (f fault) at(op operation) mapitest.Fault {
	does := f.does
	does.At = mapitest.Request(op.request)
	if f.rop {
		does.At = mapitest.ROP(op.rop)
	}
	return does
}

func printTable(t *testing.T, ops []operation, table [][]cell) {
	head := fmt.Sprintf("%-40s", "fault")
	for _, op := range ops {
		head += fmt.Sprintf(" | %-22s", op.name)
	}
	lines := []string{head, strings.Repeat("-", len(head))}
	count := map[string]int{}
	for i, f := range faults {
		line := fmt.Sprintf("%-40s", f.name)
		for j := range ops {
			line += fmt.Sprintf(" | %-22s", table[i][j])
			count[table[i][j].first]++
		}
		lines = append(lines, line)
	}
	var sums []string
	for name, n := range count {
		sums = append(sums, fmt.Sprintf("%s %d", name, n))
	}
	sort.Strings(sums)
	lines = append(lines, fmt.Sprintf("%d faults x %d operations; first tries: %s; the number is that of the copies in the end",
		len(faults), len(ops), strings.Join(sums, ", ")))
	t.Log("\n" + strings.Join(lines, "\n"))
}

// kind names an error as the table does.
func kind(err error) string {
	var unknown *mapihttp.UnknownOutcomeError
	var lost *mapihttp.ContextLostError
	var submit *mapiclient.SubmitError
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &unknown), errors.As(err, &submit) && submit.Unknown:
		return "unknown"
	case errors.As(err, &lost):
		return "lost session"
	case errors.Is(err, mapiclient.ErrGone):
		return "gone"
	}
	return "refused"
}
