package exchange

import (
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// What a mail costs in requests once its session is open and the folders and names are known: it is written and checked, sent, and
// its copy is looked at for the Message-ID that the server gave it.
func TestRequestsOfAMail(t *testing.T) {
	for name, c := range map[string]struct {
		one  bool
		most int
	}{"by default": {false, 3}, "submit_in_one_request": {true, 2}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "alice", "bob")
			s := r.submitter(SubmitterOptions{Fallback: "alice@example.test", OneRequest: c.one})
			for i := range 4 {
				r.x.ResetCounts()
				if out := s.Deliver(t.Context(), group("alice@example.test", hello, "bob@example.test"))[0]; out.Verdict != mail.Delivered {
					t.Fatalf("%+v", out)
				}
				if n := r.x.Count(mapitest.Request("Execute")); i > 1 && n > c.most {
					t.Errorf("mail %d took %d requests, want %d at most", i+1, n, c.most)
				}
			}
		})
	}
}
