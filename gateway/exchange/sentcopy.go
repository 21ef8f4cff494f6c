package exchange

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/verdict"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// newestFiled is how many of the newest sent copies are looked at for one's own: others are sent at the same time.
const newestFiled = 16

// readBack finds out what the server has made of a message that it took: its Message-ID, which servers may set anew, and
// whether it was sent as, or on behalf of, whom it is from. Filing is asynchronous: a copy that is not there yet says nothing.
func (s *submission) readBack(ctx context.Context, m *mapiclient.Mailbox, filed mapi.FolderID, o *mail.Outcome) {
	id, err := m.Tag(ctx, idHeader.PropertyName, mapi.PtypString)
	if err != nil {
		return
	}
	rows, err := m.Messages(ctx, filed, mapiclient.Query{
		Columns: []mapi.PropTag{id, mapi.PidTagInternetMessageId.Tag(), mapi.PidTagSenderSmtpAddress.Tag(), mapi.PidTagSentRepresentingSmtpAddress.Tag()},
		Sort:    []mapi.SortOrder{{Tag: mapi.PidTagLastModificationTime.Tag(), Order: mapi.SortDescending}},
		Limit:   newestFiled,
	})
	if err != nil {
		s.opts.Log.Debug("cannot read a sent copy back", "msg", s.group.Mail.ID, "mailbox", s.identity.Mailbox, "error", err)
		return
	}
	for _, row := range rows {
		if idHeader.Get(row.Props) != string(s.group.Mail.ID) {
			continue
		}
		if own := mapi.PidTagInternetMessageId.Get(row.Props); own != "" {
			o.RemoteID = own
		}
		sender, from := mapi.PidTagSenderSmtpAddress.Get(row.Props), mapi.PidTagSentRepresentingSmtpAddress.Get(row.Props)
		switch {
		case s.op != verdict.SubmitAs || from == "" || sender == "":
		case sender == from:
			o.Text += ", as " + from
		default:
			o.Text += ", on behalf of " + from
		}
		return
	}
}

// copyForRepresented files a copy in Sent Items of the mailbox in whose name was sent, if that is wanted. The mail is sent;
// that its copy cannot be filed changes nothing about it.
func (s *submission) copyForRepresented(ctx context.Context, part []int) {
	wanted := s.identity.SentItems == SentRepresented || s.identity.SentItems == SentBoth
	if !wanted || s.op != verdict.SubmitAs {
		return
	}
	if err := s.fileFor(ctx, s.from, part); err != nil {
		s.opts.Log.Warn("cannot file a copy for whom it was sent", "msg", s.group.Mail.ID, "mailbox", s.from, "error", err)
	}
}

func (s *submission) fileFor(ctx context.Context, mailbox string, part []int) error {
	acc, err := s.opts.Accounts.account(mailbox)
	if err != nil {
		return err
	}
	msg, err := s.translate(ctx, part)
	if err != nil {
		return err
	}
	msg.Props.Set(mapi.PidTagClientSubmitTime.Of(s.opts.Now().UTC()))
	// Sent and read. Before the first save, or it would stay a draft for ever. [MS-OXCMSG] 2.2.1.6
	msg.Props.Set(mapi.PidTagMessageFlags.Of(mapi.PidTagMessageFlags.Get(msg.Props)&^mapi.MfUnsent | mapi.MfRead))
	var saved error
	if _, err := acc.with(ctx, func(m *mapiclient.Mailbox) {
		_, saved = m.Save(ctx, m.SpecialFolder(rop.FolderSentItems), msg)
	}); err != nil {
		return fmt.Errorf("opening the mailbox: %w", err)
	}
	return saved
}
