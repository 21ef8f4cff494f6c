package mapiclient_test

import (
	"errors"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
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

// What is known of the endpoint is asked anew when it often refuses the sign-in
// or cannot be reached, but not at once: that would double each failure.
func TestDoubtfulEndpointIsAskedFor(t *testing.T) {
	for name, fault := range map[string]mapitest.Fault{
		"refuses the sign-in": {At: mapitest.Request("Connect"), HTTPStatus: 401, Times: -1},
		"is down":             {At: mapitest.Request("Connect"), HTTPStatus: 502, Times: -1},
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
			s.Faults().Add(fault)
			for try, want := range []int{1, 1, 2, 2, 2, 3} {
				if _, err := c.OpenMailbox(t.Context()); err == nil {
					t.Fatal("it opened")
				}
				if n := s.Count(mapitest.Request("Autodiscover")) / 2; n != want {
					t.Errorf("%d discoveries after %d failures, want %d", n, try+1, want)
				}
			}
			s.Faults().Clear()
			m, err := c.OpenMailbox(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_ = m.Close(t.Context())
		})
	}
}

// A session whose endpoint has gone is lost, so that its user opens the mailbox
// anew and finds the new place.
func TestEndpointGoneWithinASession(t *testing.T) {
	for _, status := range []int{302, 404} {
		s, opts := newExchange(t)
		m := openAlice(t, opts)
		s.Faults().Add(mapitest.Fault{At: mapitest.Request("Execute"), HTTPStatus: status})
		_, err := m.FolderState(t.Context(), m.SpecialFolder(rop.FolderInbox))
		var lost *mapihttp.ContextLostError
		if !errors.As(err, &lost) || m.Lost() == nil {
			t.Errorf("HTTP %d: %v, lost %v, want a lost context", status, err, m.Lost())
		}
	}
}
