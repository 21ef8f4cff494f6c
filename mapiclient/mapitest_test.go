package mapiclient_test

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// newExchange starts a test Exchange with two users and gives the client
// options of the first.
func newExchange(t *testing.T) (*mapitest.Server, mapiclient.Options) {
	t.Helper()
	s := mapitest.NewServer(t)
	return s, addAlice(t, s)
}

// addAlice makes the users alice and bob and gives the client options of the first.
func addAlice(t *testing.T, s *mapitest.Server) mapiclient.Options {
	t.Helper()
	for _, name := range []string{"alice", "bob"} {
		if _, err := s.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	alice := s.Mailbox("alice")
	return mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: alice.URL(), AddressBookURL: alice.AddressBookURL(), UserDN: alice.LegacyDN()},
		Address:  "alice@example.test",
		Auth:     auth.NewNTLM(auth.Credentials{User: "alice", Password: auth.NewSecret("secret")}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}},
	}
}

// The suite runs against every server that mapitest can be, and against a real
// one in TestRealServer.
func TestSuite(t *testing.T) {
	for _, profile := range mapitest.Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			opts := addAlice(t, mapitest.NewServer(t, mapitest.Options{Profile: profile}))
			runSuite(t, target{options: opts, recipient: "bob@example.test"})
		})
	}
}

func openAlice(t *testing.T, opts mapiclient.Options) *mapiclient.Mailbox {
	t.Helper()
	c, err := mapiclient.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close(context.Background()); c.Close() })
	return m
}

func openBook(t *testing.T, opts mapiclient.Options) *mapiclient.AddressBook {
	t.Helper()
	c, err := mapiclient.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	book, err := c.AddressBook(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close(context.Background()); c.Close() })
	return book
}

func plainNote() *mapi.Message {
	return &mapi.Message{
		Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of("Hello"),
			mapi.PidTagBody.Of(strings.Repeat("0123456789abcdef", 256)), mapi.InternetHeader("X-Mapigate-Id").Of("q1")},
		Recipients: []mapi.Recipient{recipient(mapi.RecipientTo, "bob@example.test")},
	}
}

// A plain mail whose shape the server has taken before goes in one request.
func TestSubmitOfKnownShapeIsOneRequest(t *testing.T) {
	s, opts := newExchange(t)
	m := openAlice(t, opts)
	for i, c := range []struct {
		one  bool
		want int
	}{{true, 0}, {true, 1}, {true, 1}, {false, 2}} {
		s.ResetCounts()
		if _, err := m.Submit(t.Context(), plainNote(), mapiclient.SubmitOptions{OneRequest: c.one}); err != nil {
			t.Fatal(err)
		}
		got := s.Count(mapitest.Request("Execute"))
		if c.want > 0 && got != c.want {
			t.Errorf("submit %d took %d requests, want %d", i+1, got, c.want)
		}
	}
}

// A failure before the submit never leads to a submit, and leaves nothing in the Outbox: not of a message whose shape is
// new, and without OneRequest not of any.
func TestFailureBeforeSubmitNeverSubmits(t *testing.T) {
	for name, fault := range map[string]mapitest.Fault{
		"SetProperties fails":    {At: mapitest.ROP(rop.SetProperties), Code: mapi.ErrQuotaExceeded},
		"a property is refused":  {At: mapitest.ROP(rop.SetProperties), Problems: mapi.ErrAccessDenied},
		"ModifyRecipients fails": {At: mapitest.ROP(rop.ModifyRecipients), Code: mapi.ErrInvalidParameter},
		"Save fails":             {At: mapitest.ROP(rop.SaveChangesMessage), Code: mapi.ErrObjectModified},
		"the server backs off":   {At: mapitest.ROP(rop.SetProperties), Backoff: time.Second},
	} {
		for shape, one := range map[string]bool{"new shape": true, "known shape": false} {
			t.Run(name+", "+shape, func(t *testing.T) {
				s, opts := newExchange(t)
				m := openAlice(t, opts)
				if shape == "known shape" {
					if _, err := m.Submit(t.Context(), plainNote(), mapiclient.SubmitOptions{}); err != nil {
						t.Fatal(err)
					}
					for len(s.Mailbox("alice").Messages(mapitest.Outbox)) > 0 { // the transport is taking it
						time.Sleep(time.Millisecond)
					}
				}
				s.ResetCounts()
				s.Faults().Add(fault)
				_, err := m.Submit(t.Context(), plainNote(), mapiclient.SubmitOptions{OneRequest: one})
				if err == nil {
					t.Fatal("the submit succeeded")
				}
				if n := s.Count(mapitest.ROP(rop.SubmitMessage)); n != 0 {
					t.Errorf("%d submits were asked for", n)
				}
				if left := s.Mailbox("alice").Messages(mapitest.Outbox); len(left) != 0 {
					t.Errorf("%d messages are left in the Outbox", len(left))
				}
				// The next try, without the fault, works.
				if _, err := m.Submit(t.Context(), plainNote(), mapiclient.SubmitOptions{OneRequest: one}); err != nil {
					t.Errorf("the next submit: %v", err)
				}
			})
		}
	}
}

// After a problem with a known shape the shape is not trusted any more.
func TestProblemForgetsTheShape(t *testing.T) {
	s, opts := newExchange(t)
	m := openAlice(t, opts)
	submit := func() error {
		_, err := m.Submit(t.Context(), plainNote(), mapiclient.SubmitOptions{OneRequest: true})
		return err
	}
	if err := submit(); err != nil {
		t.Fatal(err)
	}
	s.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SetProperties), Problems: mapi.ErrAccessDenied, Times: 2})
	var failed *mapiclient.SubmitError
	if err := submit(); !errors.As(err, &failed) || !failed.Sent {
		t.Fatalf("%v, want a *SubmitError that says it was sent", err)
	}
	s.ResetCounts()
	if err := submit(); err == nil {
		t.Fatal("the submit succeeded")
	}
	if n := s.Count(mapitest.ROP(rop.SubmitMessage)); n != 0 {
		t.Errorf("%d submits behind the problem", n)
	}
}

// A lost answer is an unknown outcome, and nothing is sent again by itself.
func TestLostAnswerOfSubmitIsUnknown(t *testing.T) {
	s, opts := newExchange(t)
	m := openAlice(t, opts)
	s.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SubmitMessage), DropAnswer: true})
	_, err := m.Submit(t.Context(), plainNote(), mapiclient.SubmitOptions{})
	var unknown *mapihttp.UnknownOutcomeError
	if !errors.As(err, &unknown) {
		t.Fatalf("%v, want an *UnknownOutcomeError", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := s.Mailbox("bob").WaitFor(ctx, mapitest.Inbox, nil); err != nil {
		t.Fatalf("the mail did not arrive: %v", err)
	}
	if n := s.Count(mapitest.ROP(rop.SubmitMessage)); n != 1 {
		t.Errorf("%d submits, want 1", n)
	}
	if m.Lost() == nil {
		t.Error("the session still counts as alive")
	}
}

// Discovery finds the endpoint by the address alone.
func TestDiscovery(t *testing.T) {
	s, opts := newExchange(t)
	opts.Endpoint = mapiclient.Endpoint{}
	opts.AutodiscoverURL = s.AutodiscoverURL()
	m := openAlice(t, opts)
	if m.UserDN() != s.Mailbox("alice").LegacyDN() {
		t.Errorf("DN %q", m.UserDN())
	}
}
