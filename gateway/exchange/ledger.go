package exchange

import (
	"context"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

const (
	// LedgerFolder is the hidden folder, beside the user's folders, where sent
	// copies lie that no user wants to see. They tell whether a mail was sent.
	LedgerFolder = "Mapigate Ledger"
	// LedgerKeep is how long they lie there.
	LedgerKeep = 48 * time.Hour
	// purgeEvery is how often a ledger is looked through.
	purgeEvery = time.Hour
)

// A ledger is the ledger folder of one mailbox.
type ledger struct {
	mu     sync.Mutex
	purged time.Time
}

// folder gives the folder's id in this logon, making it if need be. Now and
// then it throws away what is old.
func (l *ledger) folder(ctx context.Context, m *mapiclient.Mailbox, now time.Time) (mapi.FolderID, error) {
	id, err := m.EnsureFolder(ctx, m.SpecialFolder(rop.FolderRoot), LedgerFolder)
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	due := now.Sub(l.purged) >= purgeEvery
	if due {
		l.purged = now
	}
	l.mu.Unlock()
	if due {
		if err = purge(ctx, m, id, now.Add(-LedgerKeep)); err == nil {
			err = clearOldDrafts(ctx, m, now)
		}
	}
	return id, err
}

// purge deletes what was filed before the given time.
func purge(ctx context.Context, m *mapiclient.Mailbox, folder mapi.FolderID, before time.Time) error {
	rows, err := m.Messages(ctx, folder, mapiclient.Query{
		Where: mapi.Compare(mapi.RelOpLessThan, mapi.PidTagLastModificationTime.Of(before)),
		Limit: 5000,
	})
	if err != nil {
		return err
	}
	ids := make([]mapi.MessageID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	return m.Delete(ctx, folder, ids...)
}
