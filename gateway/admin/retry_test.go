package admin_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mapigate/mapigate/gateway/admin/api"
)

// Whoever has mail tried again wants it tried: a destination that did not answer lately is asked, too, however the mail was named.
func TestRetryAsksWhatIsDown(t *testing.T) {
	r := newRig(t, nil)
	id := r.put("a@here.test", "One", "x@away.test")
	r.put("b@here.test", "Two", "x@there.test")
	for filter, want := range map[string][]string{
		`{"sender":"a@here.test"}`:                     {"internet away.test"},
		fmt.Sprintf(`{"ids":[%q]}`, id):                {"internet away.test"},
		`{"destination":"away.test"}`:                  {"internet away.test"},
		`{"sender":"b@here.test"}`:                     nil,
		`{"destination":"there.test"}`:                 nil,
		`{"courier":"exchange/main"}`:                  nil,
		`{"recipient":"@away.test","states":["held"]}`: nil,
	} {
		r.mu.Lock()
		r.flushed = nil
		r.mu.Unlock()
		w := r.ask(ask{method: "POST", path: api.Prefix + "/actions", token: operatorToken, body: fmt.Sprintf(`{"action":"retry","filter":%s,"count":9}`, filter)})
		r.mu.Lock()
		if !slices.Equal(r.flushed, want) {
			t.Errorf("%s: flushed %v, want %v (%d)", filter, r.flushed, want, w.Code)
		}
		r.mu.Unlock()
	}
}
