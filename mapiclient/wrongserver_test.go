package mapiclient_test

import (
	"errors"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A mailbox that has moved is looked for again, once.
func TestMovedMailboxIsFoundAgain(t *testing.T) {
	for name, test := range map[string]struct {
		fault       mapitest.Fault
		discoveries int
		fails       bool
	}{
		"ecWrongServer at the logon": {mapitest.Fault{At: mapitest.ROP(rop.Logon), Code: mapi.ErrWrongServer}, 2, false},
		"it stays so":                {mapitest.Fault{At: mapitest.ROP(rop.Logon), Code: mapi.ErrWrongServer, Times: -1}, 2, true},
		"HTTP 404 at Connect":        {mapitest.Fault{At: mapitest.Request("Connect"), HTTPStatus: 404}, 2, false},
		"HTTP 302 at Connect":        {mapitest.Fault{At: mapitest.Request("Connect"), HTTPStatus: 302}, 2, false},
		"refused for another reason": {mapitest.Fault{At: mapitest.ROP(rop.Logon), Code: mapi.ErrLoginPerm}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, opts := newExchange(t)
			opts.Endpoint = mapiclient.Endpoint{}
			opts.AutodiscoverURL = s.AutodiscoverURL()
			c, err := mapiclient.New(opts)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			s.Faults().Add(test.fault)
			m, err := c.OpenMailbox(t.Context())
			if test.fails != (err != nil) {
				t.Errorf("opening: %v", err)
			}
			if err == nil {
				_ = m.Close(t.Context())
			}
			var moved *mapiclient.WrongServerError
			if test.fails && test.fault.Code == mapi.ErrWrongServer && !errors.As(err, &moved) {
				t.Errorf("%v, want a *WrongServerError", err)
			}
			// Each begins without credentials and goes on with them.
			if n := s.Count(mapitest.Request("Autodiscover")) / 2; n != test.discoveries {
				t.Errorf("%d discoveries, want %d", n, test.discoveries)
			}
		})
	}
}
