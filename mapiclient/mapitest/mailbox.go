package mapitest

import (
	"context"
	"errors"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Folders of every mailbox, by path below the top of the information store. A
// path that begins with / starts at the mailbox root instead: "/Spooler Queue".
const (
	Inbox        = "Inbox"
	Outbox       = "Outbox"
	SentItems    = "Sent Items"
	DeletedItems = "Deleted Items"
	Drafts       = "Drafts"
	Calendar     = "Calendar"
)

// A Mailbox is a user's mailbox as a test sees it.
type Mailbox struct {
	user User
}

// Stored is a message as it lies in a mailbox. Named properties carry their
// names. It is a copy: changing it changes nothing.
type Stored struct {
	ID     mapi.MessageID
	Folder string
	mapi.Message
}

// AddUser makes a user with an empty mailbox.
func (s *Server) AddUser(u User) (*Mailbox, error) { return nil, errors.ErrUnsupported }

// Mailbox finds a user's mailbox by login name or any address, or nil.
func (s *Server) Mailbox(name string) *Mailbox { return nil }

// User is whose mailbox it is.
func (m *Mailbox) User() User { return m.user }

// Address is the primary SMTP address.
func (m *Mailbox) Address() string { return m.user.Address }

// LegacyDN is the user's distinguished name.
func (m *Mailbox) LegacyDN() string { return "" }

// URL is the address of the mailbox's MAPI/HTTP endpoint.
func (m *Mailbox) URL() string { return "" }

// AddressBookURL is the address of the mailbox's address book endpoint.
func (m *Mailbox) AddressBookURL() string { return "" }

// Messages are the messages of a folder, the oldest first.
func (m *Mailbox) Messages(folder string) []Stored { return nil }

// Folders are the paths of all folders.
func (m *Mailbox) Folders() []string { return nil }

// CreateFolder makes a folder and those above it.
func (m *Mailbox) CreateFolder(path string) error { return errors.ErrUnsupported }

// Deposit puts a message into a folder as if a client had saved it there.
func (m *Mailbox) Deposit(folder string, msg *mapi.Message) (mapi.MessageID, error) {
	return 0, errors.ErrUnsupported
}

// Deliver puts a message into the Inbox as the transport does, with the
// delivery properties set.
func (m *Mailbox) Deliver(msg *mapi.Message) (mapi.MessageID, error) {
	return 0, errors.ErrUnsupported
}

// WaitFor waits until a folder holds a message that match accepts (nil accepts
// all) and returns it, or ctx's error.
func (m *Mailbox) WaitFor(ctx context.Context, folder string, match func(*Stored) bool) (Stored, error) {
	return Stored{}, ctx.Err()
}

// Grants that a mailbox's owner can give.
type Grant int

// Grants.
const (
	FullAccess Grant = iota
	SendAs
	SendOnBehalf
)

// Grant lets another user, named by address, do something with the mailbox.
func (m *Mailbox) Grant(to string, grants ...Grant) error { return errors.ErrUnsupported }
