package exchange

import (
	"context"
	"errors"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// idHeader carries the mail's id on the MAPI side.
var idHeader = mapi.InternetHeader(mail.IDHeader)

// draftMark holds the mail's id on a message that a courier writes, until it is submitted.
var draftMark = mapi.Named[string]{
	PropertyName: mapi.PropertyName{Set: mapi.GUID(mail.PropertySet()), Name: mail.DraftProperty},
	Type:         mapi.PtypString,
}

// maxCopies bounds how many messages of one mail are looked for in a folder: mail with many recipients goes in several.
const maxCopies = 5000

// A trace is what is found of a mail in the mailbox it was sent through.
type trace struct {
	// sent are the addresses that a copy of a sent message names, in lower case, with the Message-ID that the server gave it.
	sent map[string]string
	// underway are those of a message that the server is still sending.
	underway map[string]string
}

// look searches a mailbox for what an earlier attempt may have sent. The
// Outbox comes first: a message moves from there to where sent copies go, so
// that the other order could miss it. A draft of ours in the Outbox that was never
// submitted is deleted; one without our mark is somebody's.
func look(ctx context.Context, m *mapiclient.Mailbox, id mail.ID, filed ...mapi.FolderID) (*trace, error) {
	tag, err := m.Tag(ctx, idHeader.PropertyName, mapi.PtypString)
	if err != nil {
		return nil, err
	}
	mark, err := m.Tag(ctx, draftMark.PropertyName, draftMark.Type)
	if err != nil {
		return nil, err
	}
	t := &trace{sent: map[string]string{}, underway: map[string]string{}}
	outbox := m.SpecialFolder(rop.FolderOutbox)
	for _, folder := range append([]mapi.FolderID{outbox}, filed...) {
		rows, err := m.Messages(ctx, folder, mapiclient.Query{
			Columns: []mapi.PropTag{mapi.PidTagMessageFlags.Tag(), mapi.PidTagInternetMessageId.Tag(), mark},
			Where:   mapi.Equal(mapi.Prop{Tag: tag, Value: string(id)}),
			Limit:   maxCopies,
		})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			flags := mapi.PidTagMessageFlags.Get(row.Props)
			into := t.sent
			if folder == outbox && flags&mapi.MfSubmitted == 0 {
				if draftMark.Get(row.Props) == "" {
					continue
				}
				if err := m.Delete(ctx, outbox, row.ID); err != nil {
					return nil, err
				}
				continue
			}
			if folder == outbox {
				into = t.underway
			}
			if err := t.note(ctx, m, folder, row, into); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

// note adds the recipients of a found message.
func (t *trace) note(ctx context.Context, m *mapiclient.Mailbox, folder mapi.FolderID, row mapiclient.Row, into map[string]string) error {
	o, err := m.Open(ctx, folder, row.ID, mapiclient.OpenOptions{})
	if errors.Is(err, mapiclient.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer o.Close()
	for _, r := range o.Recipients {
		for _, tag := range []mapi.Tag[string]{mapi.PidTagSmtpAddress, mapi.PidTagEmailAddress} {
			if address := tag.Get(r.Props); address != "" {
				into[strings.ToLower(address)] = mapi.PidTagInternetMessageId.Get(row.Props)
			}
		}
	}
	return nil
}
