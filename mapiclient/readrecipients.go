package mapiclient

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// recipients gives the recipient table; what did not fit into the answer to
// the opening is read now. [MS-OXCMSG] 2.2.3.6
func (r *reader) recipients(o *object, head *rop.MessageHead) ([]mapi.Recipient, error) {
	prefix := r.mailbox.session.dnPrefix
	list := make([]mapi.Recipient, 0, len(head.Rows))
	for i := range head.Rows {
		list = append(list, head.Rows[i].Row.Recipient(head.Rows[i].Type, prefix))
	}
	if len(list) >= int(head.RecipientCount) {
		return list, nil
	}
	list = list[:0]
	for next := uint32(0); len(list) < int(head.RecipientCount); {
		rows, err := one(r.mailbox.session.pipeline(r.ctx), o, &rop.ReadRecipientsRequest{RowID: next, Columns: head.Columns})
		if errors.Is(err, mapi.ErrNotFound) || err == nil && len(rows.Rows) == 0 {
			// Nobody may be left out silently: whoever sends it would send to too few.
			return nil, &RecipientsError{Told: int(head.RecipientCount), Given: len(list)}
		}
		if err != nil {
			return nil, err
		}
		for i := range rows.Rows {
			row := &rows.Rows[i]
			list = append(list, row.Row.Recipient(row.Type, prefix))
			next = row.RowID + 1
		}
	}
	return list, nil
}

// A RecipientsError says that a server gave fewer recipients of a message than it told there are.
type RecipientsError struct{ Told, Given int }

// Error implements error.
func (e *RecipientsError) Error() string {
	return fmt.Sprintf("the message has %d recipients and the server gives %d", e.Told, e.Given)
}
