package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// resultName is the named property that tells the user, on the sent message,
// what became of each recipient.
var resultName = mapi.Named[[]string]{
	PropertyName: mapi.PropertyName{Set: propertySet, Name: "MapigateResults"},
	Type:         mapi.PtypMultipleString,
}

// summaryName is a property of the kind that users can show as a column of their mail: how many got it and how many did not.
var summaryName = mapi.Named[string]{
	PropertyName: mapi.PropertyName{Set: mapi.PSPublicStrings, Name: "Delivery"},
	Type:         mapi.PtypString,
}

// failedCategory marks a sent message that not everybody got.
const failedCategory = "Not delivered"

// settleAtOnce bounds how many mails one round settles.
const settleAtOnce = 100

// settleFinal settles the claims whose recipients are all final.
func (s *shift) settleFinal(ctx context.Context) error {
	for {
		records, err := s.opts.Queue.Settleable(ctx, s.opts.Mailbox, settleAtOnce)
		if err != nil {
			return fmt.Errorf("asking the queue what is final: %w", err)
		}
		failed := 0
		for i := range records {
			rec := &records[i]
			if _, wait := s.putOff(rec.Mail.Source.Claim); wait {
				failed++
				continue
			}
			if err := s.guarded(func() error { return s.settle(ctx, rec) }); err != nil {
				failed++
				if err := s.failed(ctx, 0, rec.Mail.Source.Claim, "a sent message could not be settled", err); err != nil {
					return err
				}
			}
		}
		if failed > 0 || len(records) < settleAtOnce {
			return nil
		}
	}
}

var errStillThere = errors.New("the claimed message is still there after its deletion")

// settle does in the mailbox what is to be done when all is final, and tells the queue.
func (s *shift) settle(ctx context.Context, rec *queue.Record) error {
	claim := rec.Mail.Source.Claim
	if err := s.way.settle(ctx, rec); err != nil {
		return err
	}
	s.opts.Step(StepDeleted)
	if err := s.opts.Queue.Settle(ctx, rec.Mail.ID); err != nil {
		return elsewhere(err)
	}
	delete(s.troubles, claim)
	s.opts.Observer.Did(s.opts.Mailbox, "settled")
	s.log.Info("settled in the mailbox", "msg", rec.Mail.ID, "claim", claim, "message_id", rec.Mail.MessageID)
	s.opts.Step(StepSettled)
	return nil
}

// settle files the sent message and removes the claimed one. Whoever repeats
// it after a crash finds the filed one by its claim and files no other.
func (s *mover) settle(ctx context.Context, rec *queue.Record) error {
	claim := rec.Mail.Source.Claim
	id, err := s.find(ctx, s.claimed, claim)
	if err != nil || id == 0 {
		return err
	}
	if why := s.troubles.hopeless(claim); why != nil {
		return s.fileAsItIs(ctx, id, rec, why)
	}
	if s.opts.Mode != ModeJournal { // a journal's reports are nobody's sent mail
		if err := s.file(ctx, id, rec); err != nil && !errors.Is(err, mapiclient.ErrGone) {
			return err
		}
	}
	s.opts.Step(StepCopied)
	if err := s.mailbox.Delete(ctx, s.claimed, id); err != nil {
		return fmt.Errorf("deleting the claimed message: %w", err)
	}
	// Servers answer success to a delete that did nothing. Once the queue has forgotten the claim, a message that is
	// still there would be sent again.
	if left, err := s.find(ctx, s.claimed, claim); err != nil || left != 0 {
		return errors.Join(err, errStillThere)
	}
	return nil
}

// file makes the sent message, unless the user wants none.
func (s *mover) file(ctx context.Context, id mapi.MessageID, rec *queue.Record) error {
	o, err := s.mailbox.Open(ctx, s.claimed, id, mapiclient.OpenOptions{})
	if err != nil {
		return err
	}
	defer o.Close()
	if mapi.PidTagDeleteAfterSubmit.Get(o.Props) {
		return nil
	}
	folder := s.sentFolder(ctx, o.Props)
	filed, err := s.find(ctx, folder, rec.Mail.Source.Claim)
	if sent := s.mailbox.SpecialFolder(rop.FolderSentItems); errors.Is(err, mapi.ErrNotFound) && folder != sent {
		// The folder that the message names was deleted meanwhile.
		folder = sent
		filed, err = s.find(ctx, folder, rec.Mail.Source.Claim)
	}
	if err != nil || filed != 0 {
		return err
	}
	_, err = o.CopyTo(ctx, folder, mapiclient.CopyOptions{
		Without: []mapi.PropTag{mapi.PidTagMessageFlags.Tag(), mapi.PidTagSentMailSvrEID.Tag(), mapi.PidTagSentMailEntryId.Tag(),
			mapi.PidTagDeferredSendTime.Tag(), mapi.PidTagDeferredSendNumber.Tag(), mapi.PidTagDeferredSendUnits.Tag()},
		Set: s.sentProps(o.Props, rec),
	})
	if err != nil {
		return fmt.Errorf("filing the sent message: %w", err)
	}
	return nil
}

// sentFolder is where the user wants the sent message. [MS-OXOMSG] 2.2.3.10
func (s *mover) sentFolder(ctx context.Context, p mapi.Props) mapi.FolderID {
	if svr, err := mapi.PidTagSentMailSvrEID.Get(p).Store(); err == nil && svr.Folder != 0 {
		return svr.Folder
	}
	if entry := mapi.PidTagSentMailEntryId.Get(p); len(entry) > 0 {
		if id, err := s.mailbox.FolderFromEntryID(ctx, entry); err == nil {
			return id
		}
	}
	return s.mailbox.SpecialFolder(rop.FolderSentItems)
}

// sentProps make a copy a sent message: read, not a draft, with the time and
// the sender that the server's own transport would have set.
func (s *mover) sentProps(p mapi.Props, rec *queue.Record) mapi.Props {
	signed := mapi.Props{}
	for _, tag := range []mapi.Tag[string]{mapi.PidTagSentRepresentingName, mapi.PidTagSentRepresentingAddressType,
		mapi.PidTagSentRepresentingEmailAddress, mapi.PidTagSentRepresentingSmtpAddress} {
		if v, ok := tag.From(p); ok {
			signed.Set(tag.Of(v))
		}
	}
	s.sender.sign(&signed)
	summary, all := summarise(rec)
	if categories := mapi.PidNameKeywords.Get(p); !all && !slices.Contains(categories, failedCategory) {
		signed = append(signed, mapi.PidNameKeywords.Of(append(slices.Clone(categories), failedCategory)))
	}
	return append(signed,
		mapi.PidTagMessageFlags.Of(mapi.MfRead),
		mapi.PidTagClientSubmitTime.Of(rec.Mail.Received),
		mapi.PidTagMessageDeliveryTime.Of(rec.Mail.Received),
		mapi.PidTagInternetMessageId.Of(rec.Mail.MessageID),
		claimName.Of(rec.Mail.Source.Claim),
		resultName.Of(results(rec)),
		summaryName.Of(summary),
	)
}

// summarise tells in a few words what became of a mail, and whether everybody got it.
func summarise(rec *queue.Record) (text string, all bool) {
	got := 0
	for _, r := range rec.Recipients {
		if r.Last.Verdict == mail.Delivered {
			got++
		}
	}
	switch n := len(rec.Recipients); got {
	case n:
		return "delivered", true
	case 0:
		return "not delivered", false
	default:
		return fmt.Sprintf("delivered to %d of %d", got, n), false
	}
}

// results tells what became of each recipient, a line each.
func results(rec *queue.Record) []string {
	lines := make([]string, 0, len(rec.Recipients))
	for _, r := range rec.Recipients {
		line := fmt.Sprintf("%s: %v, %s %s", r.Address, r.State, r.Last.Status(), r.Last.Text)
		if r.Last.Remote != "" {
			line += " (" + r.Last.Remote + ")"
		}
		lines = append(lines, cut(line+", "+r.Since.UTC().Format(time.RFC3339), 500))
	}
	return lines
}
