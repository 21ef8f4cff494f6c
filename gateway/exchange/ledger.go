package exchange

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

const (
	// LedgerFolder is the hidden folder, beside the user's folders, where sent
	// copies lie that no user wants to see. They tell whether a mail was sent.
	LedgerFolder = "Mapigate Ledger"
	// LedgerKeep is how long they lie there at least.
	LedgerKeep = 48 * time.Hour
	// purgeEvery is how often mailboxes are tidied up.
	purgeEvery = 30 * time.Minute
	// purgeAtOnce is how many messages are deleted between two looks, so that a mailbox is not busy for long with it.
	purgeAtOnce = 500
	// purgeParts bounds how often that is done in a row: 100,000 messages.
	purgeParts = 200
)

// A ledger is the ledger folder of one mailbox.
type ledger struct{ used atomic.Bool }

// folder gives the folder's id in this logon, making it if need be.
func (l *ledger) folder(ctx context.Context, m *mapiclient.Mailbox) (mapi.FolderID, error) {
	id, err := m.EnsureFolder(ctx, m.SpecialFolder(rop.FolderRoot), LedgerFolder)
	if err == nil {
		l.used.Store(true)
	}
	return id, err
}

// Keep tidies up until ctx ends: the given mailboxes, and whatever others mail was sent through. oldest tells when the oldest mail was
// received that is not finished yet, zero when there is none: what was sent since then may be looked for.
func (a *Accounts) Keep(ctx context.Context, mailboxes []string, oldest func(context.Context) (time.Time, error), log *slog.Logger) error {
	for _, m := range mailboxes {
		if acc, err := a.account(m); err == nil {
			acc.ledger.used.Store(true)
		}
	}
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		open, err := oldest(ctx)
		if err != nil {
			log.Warn("mailboxes are not tidied up: the queue does not tell what may be looked for", "error", err)
			continue
		}
		for _, mailbox := range a.withLedgers() {
			if n, err := a.Tidy(ctx, mailbox, time.Now(), open); err != nil && ctx.Err() == nil {
				log.Warn("cannot tidy up a mailbox", "mailbox", mailbox, "deleted", n, "error", err)
			}
		}
	}
}

func (a *Accounts) withLedgers() (list []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for mailbox, acc := range a.known {
		if acc.ledger.used.Load() {
			list = append(list, mailbox)
		}
	}
	return list
}

// Tidy deletes what has lain in the ledger of a mailbox for too long, and drafts that were never sent. It tells how much
// that was in the ledger. The mailbox is given back between parts of it. What was filed after the time open stays: it may be looked for.
func (a *Accounts) Tidy(ctx context.Context, mailbox string, now, open time.Time) (deleted int, err error) {
	acc, err := a.account(mailbox)
	if err != nil {
		return 0, err
	}
	var failed error
	if _, err := acc.with(ctx, func(m *mapiclient.Mailbox) { failed = clearOldDrafts(ctx, m, now) }); err != nil || failed != nil {
		return 0, errors.Join(err, failed)
	}
	before := now.Add(-LedgerKeep)
	if !open.IsZero() && open.Before(before) {
		before = open
	}
	for range purgeParts {
		n, failed := 0, error(nil)
		if _, err := acc.with(ctx, func(m *mapiclient.Mailbox) { n, failed = acc.ledger.purge(ctx, m, before) }); err != nil {
			return deleted, err
		}
		deleted += n
		if failed != nil || n < purgeAtOnce {
			return deleted, failed
		}
	}
	return deleted, nil
}

// purge deletes some of what was filed before the given time.
func (l *ledger) purge(ctx context.Context, m *mapiclient.Mailbox, before time.Time) (int, error) {
	folder, err := l.folder(ctx, m)
	if err != nil {
		return 0, err
	}
	rows, err := m.Messages(ctx, folder, mapiclient.Query{
		Where: mapi.Compare(mapi.RelOpLessThan, mapi.PidTagLastModificationTime.Of(before)),
		Limit: purgeAtOnce,
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ids := make([]mapi.MessageID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	if err := m.Delete(ctx, folder, ids...); err != nil && !errors.Is(err, mapiclient.ErrGone) {
		return 0, fmt.Errorf("deleting %d messages: %w", len(ids), err)
	}
	return len(rows), nil
}
