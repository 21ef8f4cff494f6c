package mapiclient_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// saved puts a message into the Inbox and gives the mailbox and its id.
func saved(t *testing.T, msg *mapi.Message) (*mapitest.Server, *mapiclient.Mailbox, mapi.MessageID) {
	t.Helper()
	s, opts := newExchange(t)
	m := openAlice(t, opts)
	id, err := m.Save(t.Context(), m.SpecialFolder(rop.FolderInbox), msg)
	if err != nil {
		t.Fatal(err)
	}
	return s, m, id
}

// A message whose recipients the server does not give completely cannot be read: it would go to too few.
func TestMissingRecipientsAreAnError(t *testing.T) {
	msg := plainNote()
	for i := range 300 { // more than the answer to the opening holds
		msg.Recipients = append(msg.Recipients, recipient(mapi.RecipientTo, fmt.Sprintf("number%d@example.test", i)))
	}
	s, m, id := saved(t, msg)
	o, err := m.Open(t.Context(), m.SpecialFolder(rop.FolderInbox), id, mapiclient.OpenOptions{})
	if err != nil || len(o.Recipients) != 301 {
		t.Fatalf("without a fault: %v", err)
	}
	o.Close()
	s.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.ReadRecipients), Nth: 2, Code: mapi.ErrNotFound})
	_, err = m.Open(t.Context(), m.SpecialFolder(rop.FolderInbox), id, mapiclient.OpenOptions{})
	var short *mapiclient.RecipientsError
	if !errors.As(err, &short) || short.Told != 301 || short.Given >= 301 {
		t.Errorf("some recipients missing: %v", err)
	}
}

// A large value that the server has and does not give is an error when it is a body, and noted otherwise.
func TestLargeValuesThatCannotBeRead(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 4<<10)
	header := mapi.InternetHeader("X-Long")
	for name, tc := range map[string]struct {
		prop mapi.Prop
		fail bool
	}{
		"a body":         {mapi.PidTagBody.Of(long), true},
		"another string": {mapi.PidTagTransportMessageHeaders.Of(long), false},
		"a named string": {header.Of(long), false},
	} {
		t.Run(name, func(t *testing.T) {
			msg := plainNote()
			msg.Props.Set(tc.prop)
			s, m, id := saved(t, msg)
			s.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.OpenStream), Code: mapi.ErrNotFound, Times: 2})
			o, err := m.Open(t.Context(), m.SpecialFolder(rop.FolderInbox), id, mapiclient.OpenOptions{})
			if tc.fail {
				if err == nil {
					t.Error("read without an error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			if len(o.Unread) != 1 || tc.prop.Name == nil && !slices.Contains(o.Unread, tc.prop.Tag.ID()) {
				t.Errorf("noted as not read: %v", o.Unread)
			}
		})
	}
}

// A server forgets an idle session of the address book; whoever asks does not notice.
func TestAddressBookSessionExpires(t *testing.T) {
	s, opts := newExchange(t)
	book := openBook(t, opts)
	bob := s.Mailbox("bob")
	for _, request := range []string{"DNToMId", "QueryRows"} {
		s.Faults().Add(mapitest.Fault{At: mapitest.Request(request), ExpireSession: true})
		if address, err := book.SMTPAddress(t.Context(), "EX", bob.LegacyDN()); err != nil || address != bob.Address() {
			t.Errorf("expired at %s: %q, %v", request, address, err)
		}
	}
	s.Faults().Add(mapitest.Fault{At: mapitest.Request("ResolveNames"), ExpireSession: true})
	if e, err := book.ByAddress(t.Context(), bob.Address()); err != nil || e == nil {
		t.Errorf("expired at ResolveNames: %v, %v", e, err)
	}
	if n := s.Count(mapitest.Request("Bind")); n != 4 {
		t.Errorf("%d sessions, want 4", n)
	}
	// A server that refuses is not asked for ever.
	s.Faults().Add(mapitest.Fault{At: mapitest.Request("ResolveNames"), ExpireSession: true, Times: -1})
	if _, err := book.ByAddress(t.Context(), bob.Address()); err == nil {
		t.Error("no error though each session is lost")
	}
}
