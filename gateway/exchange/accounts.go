package exchange

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
)

// Accounts gives sessions on mailboxes by their address. It is safe for
// concurrent use.
type Accounts struct {
	open func(mailbox string) (*mapiclient.Client, error)
	pool *mapiclient.Pool

	mu    sync.Mutex
	known map[string]*account
	most  int // how many are known at a time
}

// knownMailboxes is how many mailboxes are remembered, with what their servers have said about them. Mail into Inboxes goes to as many as
// there are recipients, and who writes to addresses that nobody has must not fill the memory with them.
const knownMailboxes = 10000

type account struct {
	client *mapiclient.Client
	used   time.Time // when it was last asked for; guarded by the mutex of Accounts
	pool   *mapiclient.Pool
	ledger ledger
	limits limits
	rooms  rooms
}

// with calls f with the open mailbox. opened says whether it came to that: otherwise the error is that of the logon.
func (a *account) with(ctx context.Context, f func(*mapiclient.Mailbox)) (opened bool, err error) {
	err = a.pool.With(ctx, a.client, func(m *mapiclient.Mailbox) error {
		opened = true
		f(m)
		return nil
	})
	return opened, err
}

// NewAccounts makes accounts of clients that open makes when a mailbox is
// needed for the first time. sessions is how many all of them may have together; 0 is
// [mapiclient.DefaultSessions].
func NewAccounts(open func(mailbox string) (*mapiclient.Client, error), sessions int) *Accounts {
	return &Accounts{
		open: open, pool: mapiclient.NewPool(mapiclient.PoolOptions{Sessions: sessions}), known: make(map[string]*account),
		most: knownMailboxes,
	}
}

func (a *Accounts) account(mailbox string) (*account, error) {
	key := strings.ToLower(mailbox)
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if known := a.known[key]; known != nil {
		known.used = now
		return known, nil
	}
	client, err := a.open(mailbox)
	if err != nil {
		return nil, fmt.Errorf("mailbox %s: %w", mailbox, err)
	}
	if len(a.known) >= a.most {
		a.prune()
	}
	acc := &account{client: client, pool: a.pool, used: now}
	a.known[key] = acc
	return acc, nil
}

// prune forgets a tenth of the mailboxes, those that were not used for the longest time. Who is at work with one goes on; a session that
// is left over ends when it has been idle for long enough. Called with mu held.
func (a *Accounts) prune() {
	keys := slices.Collect(maps.Keys(a.known))
	slices.SortFunc(keys, func(x, y string) int { return a.known[x].used.Compare(a.known[y].used) })
	for _, key := range keys[:max(len(keys)/10, 1)] {
		a.known[key].client.Close()
		delete(a.known, key)
	}
}

// forget drops a mailbox that does not exist.
func (a *Accounts) forget(mailbox string, acc *account) {
	key := strings.ToLower(mailbox)
	a.mu.Lock()
	defer a.mu.Unlock()
	if acc != nil && a.known[key] == acc {
		delete(a.known, key)
		acc.client.Close()
	}
}

// Client gives the client of a mailbox.
func (a *Accounts) Client(mailbox string) (*mapiclient.Client, error) {
	acc, err := a.account(mailbox)
	if err != nil {
		return nil, err
	}
	return acc.client, nil
}

// Probe tells whether a mailbox can be opened.
func (a *Accounts) Probe(ctx context.Context, mailbox string) error {
	acc, err := a.account(mailbox)
	if err != nil {
		return err
	}
	return acc.pool.With(ctx, acc.client, func(m *mapiclient.Mailbox) error { return m.Session().Ping(ctx) })
}

// Close ends all sessions.
func (a *Accounts) Close(ctx context.Context) {
	a.mu.Lock()
	known := a.known
	a.known = make(map[string]*account)
	a.mu.Unlock()
	a.pool.Close(ctx)
	for _, acc := range known {
		acc.client.Close()
	}
}
