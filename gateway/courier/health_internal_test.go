package courier

import (
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

// The outcome that one mail met stands for all others that are put off, but not what was found out about
// that mail alone: a mail in doubt would be sent again without a look.
func TestRefusalSaysNothingAboutTheMail(t *testing.T) {
	h := newHealth(Options{Name: "out", Clock: time.Now}.withDefaults())
	h.failed("there", mail.Outcome{Verdict: mail.Retry, Code: 451, Detail: "4.1", Text: "no answer", Absent: true})
	o, down := h.refuse("there")
	if !down || o.Verdict != mail.Retry || o.Absent {
		t.Errorf("refused %v with %+v, want a retry that leaves doubt as it is", down, o)
	}
}
