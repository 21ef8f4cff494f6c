package exchange

import (
	"context"
	"slices"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// leftoverAge is how old a draft of ours must be before nobody can be writing
// it any more, whichever gateway that is.
const leftoverAge = time.Hour

// clearDrafts deletes what earlier tries of a mail have written into the Outbox
// and not submitted: a session that is lost between the two leaves it there.
func clearDrafts(ctx context.Context, m *mapiclient.Mailbox, id mail.ID) error {
	tag, err := m.Tag(ctx, draftMark.PropertyName, draftMark.Type)
	if err != nil {
		return err
	}
	return deleteDrafts(ctx, m, mapi.Equal(mapi.Prop{Tag: tag, Value: string(id)}))
}

// clearOldDrafts does the same for all mails of gateways that never tried again. The mark is what counts, not the header field with the id:
// that one is also on what people send again from Sent Items, and drafts of gateways that did not mark them yet look like it.
func clearOldDrafts(ctx context.Context, m *mapiclient.Mailbox, now time.Time) error {
	tag, err := m.Tag(ctx, draftMark.PropertyName, draftMark.Type)
	if err != nil {
		return err
	}
	return deleteDrafts(ctx, m, mapi.AndRestriction{mapi.ExistRestriction{Tag: tag},
		mapi.Compare(mapi.RelOpLessThan, mapi.PidTagLastModificationTime.Of(now.Add(-leftoverAge)))})
}

func deleteDrafts(ctx context.Context, m *mapiclient.Mailbox, which mapi.Restriction) error {
	outbox := m.SpecialFolder(rop.FolderOutbox)
	rows, err := m.Messages(ctx, outbox, mapiclient.Query{
		Columns: []mapi.PropTag{mapi.PidTagMessageFlags.Tag()}, Where: which, Limit: 1000,
	})
	if err != nil {
		return err
	}
	var drafts []mapi.MessageID
	for _, row := range rows {
		if mapi.PidTagMessageFlags.Get(row.Props)&mapi.MfSubmitted == 0 {
			drafts = append(drafts, row.ID)
		}
	}
	return m.Delete(ctx, outbox, drafts...)
}

// retried tells whether any of the recipients has been tried before.
func (s *submission) retried() bool {
	return slices.ContainsFunc(s.group.Items, func(i queue.Item) bool { return i.Attempt > 1 })
}
