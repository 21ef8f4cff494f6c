package signin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/smtpside"
)

// BansOptions bound guesses. A zero field takes its default, a negative number is no bound.
type BansOptions struct {
	// UserFailures are the different wrong passwords of one user that are tried, whoever sends them, before his are no longer
	// tried for a while. It must be less than what locks an account in the directory. Default 4.
	UserFailures int
	// AddressFailures are the failures of one client network before it may not sign in for a while. Default 20.
	AddressFailures int
	// Window is how long failures are remembered, and so how long a ban lasts. It must be as long at least as the time
	// in which the directory counts. Default 30 min.
	Window time.Duration
	Clock  func() time.Time
	Log    *slog.Logger // default: discard
	// Banned is told of each attempt that was not tried: by "user", "address" or "repeated". For metrics.
	Banned func(by string)
}

// maxBanEntries bounds what is remembered; beyond, what has been quiet for longest goes.
const maxBanEntries = 20000

// Bans keeps guesses away from what checks passwords. It is shared by all listeners, since the accounts are the same.
//
//   - A password of a user that was wrong is not tried again within the window: a device that has an old one, and repeats it
//     for ever, uses up one failure and no more.
//   - A user with too many different wrong ones is banned, but for the last password that was right: who is attacked can go
//     on, and a directory that counts failures has not seen enough of them.
//   - Attempts of one user that may be wrong go one after the other, so that many at once do not get past the count.
//   - A client network with too many failures is banned, whomever it says it is.
//
// Passwords are remembered as digests under a key that dies with the process.
type Bans struct {
	opts BansOptions
	key  []byte

	mu        sync.Mutex
	users     map[string]*userRecord
	addresses map[netip.Prefix]*addressRecord
}

type userRecord struct {
	turn  chan struct{} // held while a password is tried that may be wrong
	right []byte        // the digest of the last password that was right, nil if none is known
	wrong [][]byte      // those that were wrong
	last  time.Time     // the last failure, or use
}

type addressRecord struct {
	failures int
	last     time.Time
}

// NewBans makes an empty memory.
func NewBans(o BansOptions) (*Bans, error) {
	fill := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	fill(&o.UserFailures, 4)
	fill(&o.AddressFailures, 20)
	if o.Window <= 0 {
		o.Window = 30 * time.Minute
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Banned == nil {
		o.Banned = func(string) {}
	}
	key := make([]byte, sha256.Size)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("signin: %w", err)
	}
	return &Bans{opts: o, key: key, users: map[string]*userRecord{}, addresses: map[netip.Prefix]*addressRecord{}}, nil
}

// Guard puts the bans before a checker.
func (b *Bans) Guard(c Checker) Checker { return &guarded{bans: b, next: c} }

type guarded struct {
	bans *Bans
	next Checker
}

// errBanned is temporary: the credentials may be right.
var errBanned = smtpside.Status{Code: 454, Detail: "7.0", Text: "too many failed sign-ins, try again later"}

// Check implements Checker.
func (g *guarded) Check(ctx context.Context, peer *smtpside.Peer, cred smtpside.Credentials) (string, error) {
	b, network := g.bans, peerNetwork(peer)
	banned := b.bannedAddress(network)
	if banned && cred.Token != "" {
		return "", b.refuse("address", peer, cred, errBanned)
	}
	if cred.Token != "" { // nobody can guess one, and no account is locked by one
		return g.ask(ctx, peer, network, cred)
	}
	digest := b.digest(cred)
	user, sure := b.user(cred.Username, digest)
	if sure { // wherever it comes from: others behind the same address may be at fault
		return g.askOf(ctx, peer, network, cred, user, digest)
	}
	if banned {
		return "", b.refuse("address", peer, cred, errBanned)
	}
	select {
	case user.turn <- struct{}{}:
		defer func() { <-user.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	switch b.judge(user, digest) {
	case "repeated":
		return "", b.refuse("repeated", peer, cred, smtpside.AuthFailed(""))
	case "user":
		b.failed(network)
		return "", b.refuse("user", peer, cred, errBanned)
	}
	return g.askOf(ctx, peer, network, cred, user, digest)
}

// askOf asks, and remembers of the user what came of it.
func (g *guarded) askOf(ctx context.Context, peer *smtpside.Peer, network netip.Prefix, cred smtpside.Credentials, user *userRecord, digest []byte) (string, error) {
	name, err := g.ask(ctx, peer, network, cred)
	g.bans.learn(user, digest, err)
	return name, err
}

func (g *guarded) ask(ctx context.Context, peer *smtpside.Peer, network netip.Prefix, cred smtpside.Credentials) (string, error) {
	name, err := g.next.Check(ctx, peer, cred)
	if blames(err) {
		g.bans.failed(network)
	}
	return name, err
}

// blames tells whether an error says that the credentials are wrong.
func blames(err error) bool {
	var status smtpside.Status
	return errors.As(err, &status) && status.Code == 535
}

func (b *Bans) refuse(by string, peer *smtpside.Peer, cred smtpside.Credentials, err error) error {
	b.opts.Banned(by)
	session := ""
	if peer != nil {
		session = peer.ID
	}
	b.opts.Log.Warn("sign-in not tried", "banned", by, "user", cred.Username, "session", session)
	return err
}

// digest stands for a password of a user.
func (b *Bans) digest(cred smtpside.Credentials) []byte {
	mac := hmac.New(sha256.New, b.key)
	fmt.Fprintf(mac, "%d:%s%s", len(cred.Username), strings.ToLower(cred.Username), cred.Password)
	return mac.Sum(nil)
}

// user gives the record of a name, and whether the password is the one that was right the last time.
func (b *Bans) user(name string, digest []byte) (u *userRecord, sure bool) {
	name = strings.ToLower(name) // as directories compare
	now := b.opts.Clock()
	b.mu.Lock()
	defer b.mu.Unlock()
	u = b.users[name]
	if u == nil {
		if len(b.users) >= maxBanEntries {
			// Who invents names shall not make us forget those who are there, or how many have been tried of one.
			forgetOldest(b.users, func(u *userRecord) time.Time {
				weight := len(u.wrong)
				if u.right != nil {
					weight += 10
				}
				return u.last.Add(time.Duration(weight) * b.opts.Window)
			})
		}
		u = &userRecord{turn: make(chan struct{}, 1), last: now}
		b.users[name] = u
	}
	return u, u.right != nil && hmac.Equal(u.right, digest)
}

// judge says why a password of a user is not to be tried; "" when it is. The caller has the user's turn.
func (b *Bans) judge(u *userRecord, digest []byte) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opts.Clock().Sub(u.last) >= b.opts.Window {
		u.wrong = nil
	}
	switch {
	case u.right != nil && hmac.Equal(u.right, digest): // while we waited
	case slices.ContainsFunc(u.wrong, func(w []byte) bool { return hmac.Equal(w, digest) }):
		return "repeated"
	case b.opts.UserFailures > 0 && len(u.wrong) >= b.opts.UserFailures:
		return "user"
	}
	return ""
}

// learn notes what came of a password.
func (b *Bans) learn(u *userRecord, digest []byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		u.right, u.wrong = digest, nil
	case blames(err):
		if hmac.Equal(u.right, digest) { // it was changed
			u.right = nil
		}
		u.wrong = append(u.wrong, digest)
		if b.opts.UserFailures < 0 && len(u.wrong) > 100 {
			u.wrong = u.wrong[1:]
		}
	default:
		return
	}
	u.last = b.opts.Clock()
}

// bannedAddress tells whether a client network may not sign in now.
func (b *Bans) bannedAddress(network netip.Prefix) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.addresses[network]
	if a != nil && b.opts.Clock().Sub(a.last) >= b.opts.Window {
		delete(b.addresses, network)
		a = nil
	}
	return a != nil && b.opts.AddressFailures > 0 && a.failures >= b.opts.AddressFailures
}

// failed counts a failure of a client network. Clients without an IP address, on Unix sockets, are not counted.
func (b *Bans) failed(network netip.Prefix) {
	if !network.IsValid() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.addresses[network]
	if a == nil {
		if len(b.addresses) >= maxBanEntries {
			forgetOldest(b.addresses, func(a *addressRecord) time.Time { return a.last })
		}
		a = &addressRecord{}
		b.addresses[network] = a
	}
	a.failures++
	a.last = b.opts.Clock()
}

// forgetOldest makes room for a tenth.
func forgetOldest[K comparable, R any](records map[K]R, last func(R) time.Time) {
	times := make([]time.Time, 0, len(records))
	for _, r := range records {
		times = append(times, last(r))
	}
	slices.SortFunc(times, time.Time.Compare)
	limit := times[len(times)/10]
	for key, r := range records {
		if !last(r).After(limit) {
			delete(records, key)
		}
	}
}

func peerNetwork(peer *smtpside.Peer) netip.Prefix {
	if peer == nil {
		return netip.Prefix{}
	}
	network, _ := smtpside.ClientNetwork(peer.Addr)
	return network
}
