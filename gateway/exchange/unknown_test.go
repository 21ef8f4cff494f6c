package exchange

import (
	"context"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A lost answer is looked for. As long as the server is still sending, or cannot be asked, that is neither another lost answer nor a
// reason to send again, nor one to fail.
func TestSubmissionInDoubt(t *testing.T) {
	arrived, proceed := make(chan struct{}, 10), make(chan struct{})
	r := newRigWith(t, mapitest.Options{Transport: func(ctx context.Context, _ *mapi.Message, _ mapitest.Envelope) error {
		arrived <- struct{}{}
		select {
		case <-proceed:
		case <-ctx.Done():
		}
		return nil
	}}, "alice")
	s := r.submitter(SubmitterOptions{Fallback: "alice@example.test"})
	g := group("alice@example.test", hello, "bob@elsewhere.test")
	r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SubmitMessage), DropAnswer: true})
	if o := s.Deliver(t.Context(), g)[0]; o.Verdict != mail.Unknown || !o.Findable {
		t.Fatalf("%v, findable %v: %s, want unknown that can be looked for", o.Verdict, o.Findable, o.Text)
	}
	select {
	case <-arrived:
	case <-time.After(time.Minute):
		t.Fatal("the server sends nothing")
	}
	for range 3 {
		if o := s.Deliver(t.Context(), inDoubt(g))[0]; o.Verdict != mail.Unknown || !o.Findable || o.Absent {
			t.Fatalf("under way: %+v", o)
		}
	}
	for _, code := range []mapi.ErrorCode{mapi.ErrAccessDenied, mapi.ErrServerBusy} {
		armed := r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.QueryRows), Code: code, Times: -1})
		if o := s.Deliver(t.Context(), inDoubt(g))[0]; o.Verdict != mail.Retry || o.Code/100 != 4 || o.Absent {
			t.Errorf("the look failed with %v: %+v, want a retry that found nothing out", code, o)
		}
		armed.Remove()
	}
	close(proceed)
	if n := len(arrived); n != 0 {
		t.Errorf("sent %d times more", n)
	}
}
