package mapitest

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
)

// account is a user with a mailbox.
type account struct {
	User
	dn  string
	mid uint32 // Minimal Entry ID in the address book
	box *store.Mailbox

	mu     sync.Mutex
	grants map[string]map[Grant]bool // by the grantee's DN
}

// directory knows the users. It is safe for concurrent use.
type directory struct {
	mu       sync.RWMutex
	accounts []*account
	names    map[string]*account // login names, addresses and DNs, in lower case
	boxes    map[mapi.GUID]*account
}

// firstMID is the first Minimal Entry ID of an object; those below have
// meanings of their own. [MS-OXNSPI] 2.2.9.1
const firstMID = 0x10

// adminGroup is the second part of every LegacyDN.
const adminGroup = "/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)"

func (s *Server) recipientsDN() string {
	return "/o=" + s.opts.Organization + adminGroup + "/cn=Recipients/cn="
}

// serverDN is how a server is named where it is told; the leaf is a MailboxId.
func (s *Server) serverDN(leaf string) string {
	return "/o=" + s.opts.Organization + adminGroup + "/cn=Configuration/cn=Servers/cn=" + leaf
}

// AddUser makes a user with an empty mailbox.
func (s *Server) AddUser(u User) (*Mailbox, error) {
	local, domain, ok := strings.Cut(u.Address, "@")
	if !ok || local == "" || domain == "" {
		return nil, fmt.Errorf("test Exchange: user %q needs an address, not %q", u.Name, u.Address)
	}
	if u.Name == "" {
		u.Name = local
	}
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	d := &s.directory
	d.mu.Lock()
	defer d.mu.Unlock()
	id := store.NewGUID()
	a := &account{User: u, mid: firstMID + uint32(len(d.accounts)), grants: make(map[string]map[Grant]bool)}
	a.dn = fmt.Sprintf("%s%x-%s", s.recipientsDN(), id[:8], local)
	keys := append([]string{u.Name, u.Address, local, a.dn}, u.Aliases...)
	for _, k := range keys {
		if other := d.names[strings.ToLower(k)]; other != nil && k != local {
			return nil, fmt.Errorf("test Exchange: %q belongs to %s already", k, other.Address)
		}
	}
	a.box = store.NewMailbox(store.Owner{DN: a.dn, DisplayName: u.DisplayName, Address: u.Address}, s.storeOptions())
	if d.names == nil {
		d.names, d.boxes = make(map[string]*account), make(map[mapi.GUID]*account)
	}
	for _, k := range keys {
		if k = strings.ToLower(k); d.names[k] == nil {
			d.names[k] = a
		}
	}
	d.boxes[a.box.GUID] = a
	d.accounts = append(d.accounts, a)
	return &Mailbox{server: s, account: a}, nil
}

func (s *Server) storeOptions() store.Options {
	return store.Options{
		Dir: s.dir, Now: s.opts.Now, NamedProps: s.opts.Limits.NamedProps, Bytes: s.opts.Limits.MailboxBytes, ValueBytes: s.opts.Limits.ValueBytes,
		SubmitBytes: s.opts.Limits.MessageBytes, StaleSave: s.opts.Profile.StaleSave.mode(),
		ReadSettable: s.opts.Profile.ReadSettable, TerminatedStreams: s.opts.Profile.TerminatedStreams,
	}
}

// find finds a user by login name, address or DN. A name may stand behind a
// domain, as in EXAMPLE\anna.
func (d *directory) find(name string) *account {
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = name[i+1:]
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.names[strings.ToLower(name)]
}

// byAddress finds a user by an SMTP address.
func (d *directory) byAddress(address string) *account {
	if !strings.Contains(address, "@") {
		return nil
	}
	return d.find(address)
}

// byAddress finds a user by an SMTP address; a new one if Options.Unknown adds them.
func (s *Server) byAddress(address string) *account {
	a := s.directory.byAddress(address)
	if a != nil || s.opts.Unknown == nil {
		return a
	}
	if _, domain, ok := strings.Cut(address, "@"); !ok || !s.owns(domain) {
		return nil
	}
	s.opts.Unknown(address)
	return s.directory.byAddress(address)
}

// byDN finds a user by DN.
func (d *directory) byDN(dn string) *account {
	if !strings.HasPrefix(dn, "/") {
		return nil
	}
	return d.find(dn)
}

// byMailboxID finds a user by what stands in the MailboxId of an URL.
func (d *directory) byMailboxID(id string) *account {
	guid, _, _ := strings.Cut(id, "@")
	g, err := mapi.ParseGUID(guid)
	if err != nil {
		return nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.boxes[g]
}

// all gives the users in the order of their making.
func (d *directory) all() []*account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return append([]*account(nil), d.accounts...)
}

// mailboxID is what stands in the URLs of the mailbox.
func (a *account) mailboxID() string {
	_, domain, _ := strings.Cut(a.Address, "@")
	return a.box.GUID.String() + "@" + domain
}

// mayOpen tells whether a user may open the mailbox; asAdmin says that the
// administrator's flag was set.
func (a *account) mayOpen(user *account, asAdmin bool) bool {
	if asAdmin {
		return user.Admin
	}
	return user == a || a.granted(user, FullAccess)
}

func (a *account) granted(to *account, g Grant) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.grants[to.dn][g]
}

// errNoUser says that a grant names nobody.
var errNoUser = errors.New("no such user")

// byMID finds a user by Minimal Entry ID.
func (d *directory) byMID(mid uint32) *account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if i := int64(mid) - firstMID; i >= 0 && i < int64(len(d.accounts)) {
		return d.accounts[i]
	}
	return nil
}

// byServerDN finds the user whose MailboxId stands in the DN of a server, or
// whose own DN it is.
func (s *Server) byServerDN(dn string) *account {
	const leaf = "/cn="
	if i := strings.LastIndex(strings.ToLower(dn), leaf); i >= 0 {
		if a := s.directory.byMailboxID(dn[i+len(leaf):]); a != nil {
			return a
		}
	}
	return s.directory.byDN(dn)
}
