package courier

import (
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

func TestRefuse(t *testing.T) {
	for _, c := range []struct{ in, want mail.Outcome }{
		{mail.Outcome{Code: 550, Detail: "7.60", Text: "not your address"}, mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "7.60", Text: "not your address"}},
		{mail.Outcome{Code: 550, Text: "no detail"}, mail.Outcome{Verdict: mail.Failed, Code: 550, Text: "no detail"}},
		{mail.Outcome{Text: "just so"}, mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "7.1", Text: "just so"}},
	} {
		leg := RefuseLeg(c.in)
		got := Refuse(t.Context(), queue.Group{Route: leg.Route, Items: make([]queue.Item, 2)})
		if len(got) != 2 || got[0] != c.want || leg.Courier != RefuseName {
			t.Errorf("%+v becomes %+v, want %+v", c.in, got, c.want)
		}
	}
}
