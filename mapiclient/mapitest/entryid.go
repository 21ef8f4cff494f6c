package mapitest

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// byEntryID finds the user that an EntryID names: one of the address book, or a
// one-off with the address of somebody who is here.
func (s *Server) byEntryID(b []byte) *account {
	id, err := mapi.ParseEntryID(b)
	if err != nil {
		return nil
	}
	switch id := id.(type) {
	case *mapi.AddressBookEntryID:
		return s.directory.byDN(id.DN)
	case *mapi.EphemeralEntryID:
		return s.directory.byMID(id.MID)
	case *mapi.OneOffEntryID:
		return s.byEmail(id.AddressType, id.EmailAddress)
	}
	return nil
}

// oneOffAddress gives the SMTP address in a one-off EntryID, or "".
func oneOffAddress(b []byte) string {
	id, err := mapi.ParseEntryID(b)
	if one, ok := id.(*mapi.OneOffEntryID); err == nil && ok && strings.EqualFold(one.AddressType, "SMTP") {
		return one.EmailAddress
	}
	return ""
}
