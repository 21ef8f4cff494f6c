package mapitest

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
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
	SpoolerQueue = "/Spooler Queue"
)

// A Mailbox is a user's mailbox as a test sees it. It is safe for concurrent use.
type Mailbox struct {
	server  *Server
	account *account
}

// Stored is a message as it lies in a mailbox. Named properties carry their
// names, and the properties that the store computes are among the others. It is
// a copy: changing it changes nothing.
type Stored struct {
	ID     mapi.MessageID
	Folder string
	// Flags are the PidTagMessageFlags.
	Flags int32
	mapi.Message
}

// A Grant is something that a mailbox's owner allows another.
type Grant int

// Grants.
const (
	FullAccess Grant = iota
	SendAs
	SendOnBehalf
)

// Mailbox finds a user's mailbox by login name or any address, or nil.
func (s *Server) Mailbox(name string) *Mailbox {
	if a := s.directory.find(name); a != nil {
		return &Mailbox{server: s, account: a}
	}
	return nil
}

// Mailboxes are the mailboxes of all users, in the order of their making.
func (s *Server) Mailboxes() []*Mailbox {
	var list []*Mailbox
	for _, a := range s.directory.all() {
		list = append(list, &Mailbox{server: s, account: a})
	}
	return list
}

// User is whose mailbox it is.
func (m *Mailbox) User() User { return m.account.User }

// Address is the primary SMTP address.
func (m *Mailbox) Address() string { return m.account.Address }

// LegacyDN is the user's distinguished name.
func (m *Mailbox) LegacyDN() string { return m.account.dn }

// URL is the address of the mailbox's MAPI/HTTP endpoint.
func (m *Mailbox) URL() string {
	return m.server.URL() + emsmdbPath + "?MailboxId=" + m.account.mailboxID()
}

// AddressBookURL is the address of the mailbox's address book endpoint.
func (m *Mailbox) AddressBookURL() string {
	return m.server.URL() + nspiPath + "?MailboxId=" + m.account.mailboxID()
}

// Grant lets another user, named by login name or address, do something with
// the mailbox.
func (m *Mailbox) Grant(to string, grants ...Grant) error {
	user := m.server.directory.find(to)
	if user == nil {
		return fmt.Errorf("granting to %q: %w", to, errNoUser)
	}
	m.account.grant(user.dn, grants)
	m.server.keep(m.account, false)
	return m.server.state.sync()
}

func (a *account) grant(dn string, grants []Grant) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.grants[dn] == nil {
		a.grants[dn] = make(map[Grant]bool)
	}
	for _, g := range grants {
		a.grants[dn][g] = true
	}
}

// Folders are the paths of all folders.
func (m *Mailbox) Folders() []string {
	box := m.account.box
	box.Lock()
	defer box.Unlock()
	var paths []string
	var walk func(*store.Folder)
	walk = func(f *store.Folder) {
		for _, c := range f.Children() {
			paths = append(paths, c.Path())
			walk(c)
		}
	}
	walk(box.Special(store.Root))
	return paths
}

// CreateFolder makes a folder and those above it.
func (m *Mailbox) CreateFolder(path string) error {
	box := m.account.box
	box.Lock()
	_, code := box.Make(path)
	box.Unlock()
	if code != 0 {
		return &mapi.Error{Op: "creating folder " + path, Code: code}
	}
	return m.server.state.sync()
}

// Messages are the messages of a folder, the oldest first; none if there is no
// such folder.
func (m *Mailbox) Messages(folder string) []Stored {
	box := m.account.box
	box.Lock()
	defer box.Unlock()
	f := box.Find(folder)
	if f == nil {
		return nil
	}
	var list []Stored
	for _, msg := range f.Messages() {
		list = append(list, snapshot(box, msg))
	}
	return list
}

// Message finds a message wherever it lies.
func (m *Mailbox) Message(id mapi.MessageID) (Stored, bool) {
	box := m.account.box
	box.Lock()
	defer box.Unlock()
	if msg := box.Message(id); msg != nil {
		return snapshot(box, msg), true
	}
	return Stored{}, false
}

// snapshot copies a message out of its mailbox, whose lock is held.
func snapshot(box *store.Mailbox, msg *store.Message) Stored {
	c := *msg.Content()
	d := msg.Open(false)
	c.Props = slices.Clone(c.Props)
	for _, tag := range d.Computed() {
		if p, code := d.Get(tag); code == 0 {
			c.Props.Set(p)
		}
	}
	return Stored{ID: msg.ID, Folder: msg.Folder().Path(), Flags: d.Flags(), Message: *box.Export(&c).Message()}
}

// Deposit puts a message into a folder as if a client had saved it there. The
// message's PidTagMessageFlags are taken as they are; without them it is a draft.
func (m *Mailbox) Deposit(folder string, msg *mapi.Message) (mapi.MessageID, error) {
	c, err := m.content(msg)
	if err != nil {
		return 0, fmt.Errorf("depositing: %w", err)
	}
	stored, code := m.deposit(folder, c)
	if code != 0 {
		return 0, &mapi.Error{Op: "depositing in " + folder, Code: code}
	}
	return stored.ID, m.server.state.sync()
}

func (m *Mailbox) deposit(folder string, c *store.Content) (*store.Message, mapi.ErrorCode) {
	box := m.account.box
	box.Lock()
	defer box.Unlock()
	f := box.Find(folder)
	if f == nil {
		return nil, mapi.ErrNotFound
	}
	return f.Deposit(box.Import(c))
}

// Deliver puts a message into the Inbox as the transport does, with the
// delivery properties set.
func (m *Mailbox) Deliver(msg *mapi.Message) (mapi.MessageID, error) {
	c, err := m.content(msg)
	if err != nil {
		return 0, fmt.Errorf("delivering: %w", err)
	}
	stored, code := m.server.deliver(m.account, c)
	if code != 0 {
		return 0, &mapi.Error{Op: "delivering to " + m.Address(), Code: code}
	}
	return stored.ID, m.server.state.sync()
}

// content reads a message from outside into a store's form.
func (m *Mailbox) content(msg *mapi.Message) (*store.Content, error) {
	return store.NewContent(msg, m.account.box.Dir(), func(s mapi.Stream) (io.ReadCloser, error) {
		return s.Open(context.Background())
	})
}

// WaitFor waits until a folder holds a message that match accepts (nil accepts
// all) and returns it, or ctx's error.
func (m *Mailbox) WaitFor(ctx context.Context, folder string, match func(*Stored) bool) (Stored, error) {
	changed := make(chan struct{}, 1)
	box := m.account.box
	box.Lock()
	cancel := box.Subscribe(&store.Subscription{Types: store.AllEvents, Whole: true, Notify: func(store.Event) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}})
	box.Unlock()
	defer func() {
		box.Lock()
		cancel()
		box.Unlock()
	}()
	for {
		for _, s := range m.Messages(folder) {
			if match == nil || match(&s) {
				return s, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Stored{}, fmt.Errorf("waiting for a message in %s of %s: %w", folder, m.Address(), ctx.Err())
		}
	}
}
