package exchange

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/mapigate/mapigate/mapiclient"
)

// Accounts gives sessions on mailboxes by their address. It is safe for
// concurrent use.
type Accounts struct {
	open func(mailbox string) (*mapiclient.Client, error)
	pool *mapiclient.Pool

	mu    sync.Mutex
	known map[string]*account
}

type account struct {
	client *mapiclient.Client
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
	}
}

func (a *Accounts) account(mailbox string) (*account, error) {
	key := strings.ToLower(mailbox)
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.known[key]; known != nil {
		return known, nil
	}
	client, err := a.open(mailbox)
	if err != nil {
		return nil, fmt.Errorf("mailbox %s: %w", mailbox, err)
	}
	acc := &account{client: client, pool: a.pool}
	a.known[key] = acc
	return acc, nil
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
