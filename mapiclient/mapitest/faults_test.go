package mapitest_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// TestFaults makes an Execute that saves a message go wrong in every way, and
// checks what the client sees and whether the message was saved.
func TestFaults(t *testing.T) {
	execute, save := mapitest.Request("Execute"), mapitest.ROP(rop.SaveChangesMessage)
	refused := func(code mapi.ErrorCode) func(error, error) bool {
		return func(whole, call error) bool { return whole == nil && errors.Is(call, code) }
	}
	transport := func(status int, code frame.ResponseCode) func(error, error) bool {
		return func(whole, _ error) bool {
			var e *transportError
			return errors.As(whole, &e) && e.status == status && e.code == code
		}
	}
	broken := func(whole, _ error) bool {
		var e *transportError
		return whole != nil && !errors.As(whole, &e)
	}
	tests := []struct {
		name  string
		fault mapitest.Fault
		want  func(whole, call error) bool
		saved bool
	}{
		{"none", mapitest.Fault{At: mapitest.ROP(rop.Abort), DropAnswer: true}, func(whole, call error) bool { return whole == nil && call == nil }, true},
		{"code of the Execute", mapitest.Fault{At: execute, Code: mapi.ErrServerBusy}, func(whole, _ error) bool {
			var e *executed
			return errors.As(whole, &e) && mapi.ErrorCode(e.code) == mapi.ErrServerBusy
		}, false},
		{"status of the Execute", mapitest.Fault{At: execute, Status: mapi.ErrServerPaused}, func(whole, _ error) bool {
			var e *executed
			return errors.As(whole, &e) && mapi.ErrorCode(e.status) == mapi.ErrServerPaused
		}, false},
		{"code of the ROP", mapitest.Fault{At: save, Code: mapi.ErrTimeout}, refused(mapi.ErrTimeout), false},
		{"backoff", mapitest.Fault{At: save, Backoff: 1500 * time.Millisecond}, func(whole, call error) bool {
			var e *rop.BackoffError
			return whole == nil && errors.As(call, &e) && e.Wait() == 1500*time.Millisecond
		}, false},
		{"request dropped", mapitest.Fault{At: execute, DropRequest: true}, broken, false},
		{"answer dropped", mapitest.Fault{At: execute, DropAnswer: true}, broken, true},
		{"dropped before the ROP", mapitest.Fault{At: save, DropRequest: true}, broken, false},
		{"dropped after the ROP", mapitest.Fault{At: save, DropAnswer: true}, broken, true},
		{"garbage", mapitest.Fault{At: execute, Garbage: true}, broken, true},
		{"session expired", mapitest.Fault{At: execute, ExpireSession: true}, transport(200, frame.CodeContextNotFound), false},
		{"session expired at the ROP", mapitest.Fault{At: save, ExpireSession: true}, transport(200, frame.CodeContextNotFound), false},
		{"503", mapitest.Fault{At: execute, HTTPStatus: 503, RetryAfter: 7 * time.Second}, transport(503, 0), false},
		{"401", mapitest.Fault{At: execute, HTTPStatus: 401}, transport(401, 0), false},
		{"response code", mapitest.Fault{At: execute, ResponseCode: 16}, transport(200, frame.CodeEndpointDisabled), false},
		{"late response code", mapitest.Fault{At: save, ResponseCode: 18}, transport(200, frame.CodeEndpointShuttingDown), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := server(t)
			c := open(t, s, "anna")
			h := c.newMessage(rop.FolderOutbox)
			armed := s.Faults().Add(test.fault)
			b := rop.NewBatch(0)
			call := rop.Add(b, b.Use(h), &rop.SaveChangesMessageRequest{})
			whole := c.try(b)
			if !test.want(whole, call.Err()) {
				t.Errorf("the client sees %v, %v", whole, call.Err())
			}
			if saved := len(s.Mailbox("anna").Messages(mapitest.Outbox)) == 1; saved != test.saved {
				t.Errorf("saved %v, want %v", saved, test.saved)
			}
			if fired := armed.Fired(); fired != 1 && test.name != "none" {
				t.Errorf("fired %d times", fired)
			}
		})
	}
}

// TestPropertyProblems lets SetProperties succeed without setting.
func TestPropertyProblems(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	h := c.newMessage(rop.FolderOutbox)
	s.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SetProperties), Problems: mapi.ErrOutOfMemory})
	r := do1(c, h, &rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagSubject.Of("x"), mapi.PidTagBody.Of("y")}})
	if len(r.Problems) != 2 || r.Problems[1].Code != mapi.ErrOutOfMemory || r.Problems[1].Tag != mapi.PidTagBody.Tag() {
		t.Errorf("problems are %+v", r.Problems)
	}
	if got := c.get(h, mapi.PidTagSubject.Tag()); got.Has(mapi.PidTagSubject.Tag()) {
		t.Error("the property was set")
	}
	c.set(h, mapi.PidTagSubject.Of("x")) // the fault hits once
}

// TestFaultCounting checks Nth, Times and Mailbox.
func TestFaultCounting(t *testing.T) {
	s := server(t)
	anna, otto := open(t, s, "anna"), open(t, s, "otto")
	kind := mapitest.ROP(rop.GetStoreState)
	a := s.Faults().Add(mapitest.Fault{At: kind, Mailbox: "anna@example.test", Nth: 2, Times: 2, Code: mapi.ErrServerBusy})
	var codes []mapi.ErrorCode
	for range 5 {
		_, err := one(anna, anna.logon, &rop.GetStoreStateRequest{})
		codes = append(codes, codeOf(t, err))
		if _, err := one(otto, otto.logon, &rop.GetStoreStateRequest{}); err != nil {
			t.Errorf("the fault hit another mailbox: %v", err)
		}
	}
	want := []mapi.ErrorCode{0, mapi.ErrServerBusy, mapi.ErrServerBusy, 0, 0}
	for i := range want {
		if codes[i] != want[i] {
			t.Errorf("codes are %v, want %v", codes, want)
			break
		}
	}
	if a.Fired() != 2 {
		t.Errorf("fired %d times", a.Fired())
	}
	if n, m := s.Count(kind), s.CountOf(kind, "otto@example.test"); n != 10 || m != 5 {
		t.Errorf("counted %d, %d", n, m)
	}
	if n := s.CountOf(mapitest.Request("Execute"), "anna@example.test"); n != 6 {
		t.Errorf("counted %d Executes of anna", n)
	}
	s.ResetCounts()
	always := s.Faults().Add(mapitest.Fault{At: kind, Times: -1, Code: mapi.ErrServerBusy})
	for range 3 {
		_, err := one(anna, anna.logon, &rop.GetStoreStateRequest{})
		wantCode(t, "always", err, mapi.ErrServerBusy)
	}
	always.Remove()
	_, err := one(anna, anna.logon, &rop.GetStoreStateRequest{})
	wantCode(t, "after removal", err, 0)
	if n := s.Count(kind); n != 4 {
		t.Errorf("counted %d after a reset", n)
	}
}

// TestRetryAfter checks the header that goes with a 503.
func TestRetryAfter(t *testing.T) {
	s := server(t)
	c := dial(t, s, "anna", "anna")
	s.Faults().Add(mapitest.Fault{At: mapitest.AnyRequest(), HTTPStatus: http.StatusServiceUnavailable, RetryAfter: 7 * time.Second})
	a, err := c.send(frame.Connect, c.connectRequest(), nil)
	if err != nil || a.status != 503 || a.header.Get("Retry-After") != "7" {
		t.Errorf("%+v, %v", a, err)
	}
}
