package mapitest

import (
	"errors"
	"fmt"
	"reflect"
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

	// restored says that the account is of an earlier server and waits for AddUser
	// to say who it is now.
	restored bool

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

// AddUser makes a user with an empty mailbox. A user whom an earlier server of
// the state directory had is found again, if u says the same of them.
func (s *Server) AddUser(u User) (*Mailbox, error) {
	a, err := s.addUser(u, false)
	if err != nil {
		return nil, fmt.Errorf("test Exchange: %w", err)
	}
	return &Mailbox{server: s, account: a}, nil
}

// addUser makes a user, or finds a restored one; change lets u say of them what
// it will, which is safe before the server serves.
func (s *Server) addUser(u User, change bool) (*account, error) {
	local, domain, ok := strings.Cut(u.Address, "@")
	if !ok || local == "" || domain == "" {
		return nil, fmt.Errorf("user %q needs an address, not %q", u.Name, u.Address)
	}
	if u.Name == "" {
		u.Name = local
	}
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	a, isNew, err := s.newUser(u, change)
	if err != nil {
		return nil, err
	}
	s.keep(a, isNew)
	return a, s.state.sync()
}

// newUser makes the account, or finds the one of an earlier server.
func (s *Server) newUser(u User, change bool) (a *account, isNew bool, err error) {
	d := &s.directory
	d.mu.Lock()
	defer d.mu.Unlock()
	if old := d.names[strings.ToLower(u.Address)]; old != nil && old.restored && strings.EqualFold(old.Address, u.Address) {
		old.restored = false
		if change {
			return old, false, d.rename(old, u)
		}
		if !reflect.DeepEqual(old.User, u) {
			return nil, false, fmt.Errorf("%s was another user before: say so in Options.Users", u.Address)
		}
		return old, false, nil
	}
	a = d.newAccount(u)
	id := store.NewGUID()
	a.dn = fmt.Sprintf("%s%x-%s", s.recipientsDN(), id[:8], u.local())
	a.box = store.NewMailbox(owner(a), s.storeOptions())
	return a, true, d.add(a)
}

func owner(a *account) store.Owner {
	return store.Owner{DN: a.dn, DisplayName: a.DisplayName, Address: a.Address}
}

// newAccount makes an account without mailbox and DN.
func (d *directory) newAccount(u User) *account {
	return &account{User: u, mid: firstMID + uint32(len(d.accounts)), grants: make(map[string]map[Grant]bool)}
}

// local is what stands before the @.
func (u *User) local() string {
	local, _, _ := strings.Cut(u.Address, "@")
	return local
}

// add makes the account known.
func (d *directory) add(a *account) error {
	if err := d.addNames(a); err != nil {
		return err
	}
	if d.boxes == nil {
		d.boxes = make(map[mapi.GUID]*account)
	}
	d.boxes[a.box.GUID] = a
	d.accounts = append(d.accounts, a)
	return nil
}

// addNames makes the account known by its names. What stands before the @ may
// be another's already.
func (d *directory) addNames(a *account) error {
	local := a.local()
	keys := append([]string{a.Name, a.Address, local, a.dn}, a.Aliases...)
	for _, k := range keys {
		if other := d.names[strings.ToLower(k)]; other != nil && k != local {
			return fmt.Errorf("%q belongs to %s already", k, other.Address)
		}
	}
	if d.names == nil {
		d.names = make(map[string]*account)
	}
	for _, k := range keys {
		if k = strings.ToLower(k); d.names[k] == nil {
			d.names[k] = a
		}
	}
	return nil
}

// rename gives a restored account what its user is now.
func (d *directory) rename(a *account, u User) error {
	for k, of := range d.names {
		if of == a {
			delete(d.names, k)
		}
	}
	a.User = u
	a.box.Owner = owner(a)
	return d.addNames(a)
}

func (s *Server) storeOptions() store.Options {
	return store.Options{
		Dir: s.dir, Values: s.state.values(), Now: s.opts.Now, NamedProps: s.opts.Limits.NamedProps, Bytes: s.opts.Limits.MailboxBytes, SendBytes: s.opts.Limits.SendBytes,
		SaveOverQuota: s.has(QuirkQuotaAtCreate), ValueBytes: s.opts.Limits.ValueBytes,
		SubmitBytes: s.opts.Limits.MessageBytes, StaleSave: s.opts.Profile.staleSave(),
		ReadSettable: s.has(QuirkReadSettable), TerminatedStreams: s.has(QuirkTerminatedStreams), KeepHeaderCase: s.has(QuirkHeaderNamesKeepCase),
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
