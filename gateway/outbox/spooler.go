package outbox

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A spooler claims what clients have submitted for a spooler by the server's own
// protocol: it locks a message, and when all is done says so. The server files it
// then. A lock ends with its session; the message stays in the spooler queue, and
// the next session locks it again. [MS-OXOMSG] 3.2.4.8
type spooler struct {
	*shift
	waitingIn mapi.FolderID // the spooler queue, whose rows are links to messages that lie elsewhere
	own       mapi.PropTag
	locked    map[mapi.MessageID]bool
	claims    map[string]mapi.MessageID // of what was in the queue at the last look
}

// errNoSpooler says that a server does not do the protocol.
var errNoSpooler = errors.New("mode spooler does not work with this server; use mode folder")

func (s *spooler) folder() mapi.FolderID { return s.mailbox.SpecialFolder(rop.FolderOutbox) }

// begin becomes the spooler, and asks for a lock that nobody can have: only a server
// whose locks mean something refuses it in the right way.
func (s *spooler) begin(ctx context.Context) (err error) {
	m := s.mailbox
	s.waitingIn = m.SpecialFolder(rop.FolderSpoolerQueue)
	if s.own, err = m.Tag(ctx, idHeader.PropertyName, idHeader.Type); err != nil {
		return fmt.Errorf("the property of %s: %w", mail.IDHeader, err)
	}
	if err := m.SetSpooler(ctx); err != nil {
		return fmt.Errorf("%w: it refuses RopSetSpooler: %w", errNoSpooler, err)
	}
	nothing := mapi.MessageID(m.SpecialFolder(rop.FolderRoot)) // the id of a folder
	switch err := m.SpoolerLock(ctx, nothing, rop.LockMessage); {
	case err == nil:
		return fmt.Errorf("%w: it grants a lock on a message that does not exist, so that its locks mean nothing", errNoSpooler)
	case errors.Is(err, mapi.ErrNotSupported):
		return fmt.Errorf("%w: it refuses RopSpoolerLockMessage: %w", errNoSpooler, err)
	case errors.Is(err, mapi.ErrNotInQueue), errors.Is(err, mapi.ErrNotFound):
		return nil
	default:
		return fmt.Errorf("asking for a lock that nobody can have: %w", err)
	}
}

// resume has nothing to do: what was claimed before is still in the spooler queue.
func (s *spooler) resume(context.Context) error { return nil }

// take locks what is in the spooler queue, and puts what is new into the queue.
func (s *spooler) take(ctx context.Context) error {
	columns := append(slices.Clone(readyColumns), mapi.PidTagSourceKey.Tag(), s.own)
	rows, err := s.mailbox.Messages(ctx, s.waitingIn, mapiclient.Query{Columns: append(columns, asideColumns...), Limit: takeLimit})
	if err != nil {
		return fmt.Errorf("looking into the spooler queue: %w", err)
	}
	s.claims = make(map[string]mapi.MessageID, len(rows))
	for _, row := range rows {
		claim := spoolClaim(row)
		if text(row.Props, s.own) != "" || s.waiting(row.ID, claim) {
			continue
		}
		if at, deferred := deferredUntil(row.Props); deferred && at.After(s.opts.Now()) {
			s.later[row.ID] = at
			continue
		}
		s.claims[claim] = row.ID
		if err := s.guarded(func() error { return s.takeOne(ctx, row, claim) }); err != nil {
			if err := s.failed(ctx, row.ID, claim, "a message of the spooler queue could not be queued", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// spoolClaim names one submission of a message. Its source key stays as long as it
// is not moved; submitted again it has another time.
func spoolClaim(row mapiclient.Row) string {
	key := hex.EncodeToString(mapi.PidTagSourceKey.Get(row.Props))
	if key == "" {
		key = row.ID.String()
	}
	return fmt.Sprintf("spooled/%s/%d", key, mapi.PidTagClientSubmitTime.Get(row.Props).UnixNano())
}

func (s *spooler) takeOne(ctx context.Context, row mapiclient.Row, claim string) error {
	s.opts.Step(StepFound)
	if !s.locked[row.ID] {
		if err := s.mailbox.SpoolerLock(ctx, row.ID, rop.LockMessage); errors.Is(err, mapi.ErrNotInQueue) {
			s.opts.Observer.Did(s.opts.Mailbox, "lost to another")
			return nil
		} else if err != nil {
			return fmt.Errorf("locking it: %w", err)
		}
		s.locked[row.ID] = true
		s.opts.Step(StepMoved)
	}
	if _, err := s.opts.Queue.FindClaim(ctx, claim); !errors.Is(err, queue.ErrNotFound) {
		return elsewhere(err)
	}
	if why := s.troubles.hopeless(claim); why != nil {
		return s.refuse(ctx, row, claim, "it is filed as if it had been sent", why)
	}
	s.opts.Observer.Did(s.opts.Mailbox, "claimed")
	o, err := s.mailbox.Open(ctx, s.waitingIn, row.ID, mapiclient.OpenOptions{})
	if err != nil {
		return fmt.Errorf("reading it: %w", err)
	}
	defer o.Close()
	if err := s.enqueue(ctx, o, claim); err != nil {
		return err
	}
	delete(s.troubles, claim)
	return nil
}

// settle marks who got it and tells the server that all is done, which files the message as its properties say.
func (s *spooler) settle(ctx context.Context, rec *queue.Record) error {
	id, there := s.claims[rec.Mail.Source.Claim]
	if !there {
		return nil // finished before
	}
	if !s.locked[id] {
		return elsewhere(errors.New("another holds the lock of a message that is to be settled"))
	}
	got := make(map[string]bool)
	for _, r := range rec.Recipients {
		got[strings.ToLower(r.Address)] = r.Last.Verdict == mail.Delivered
	}
	err := s.mailbox.MarkHandled(ctx, s.waitingIn, id, func(r *mapi.Recipient) bool {
		return got[strings.ToLower(mapi.PidTagSmtpAddress.Get(r.Props))] || got[strings.ToLower(mapi.PidTagEmailAddress.Get(r.Props))]
	})
	if err != nil && s.troubles.hopeless(rec.Mail.Source.Claim) == nil {
		return fmt.Errorf("marking who got it: %w", err)
	}
	s.opts.Step(StepCopied)
	if err := s.mailbox.SpoolerLock(ctx, id, rop.FinishMessage); err != nil && !errors.Is(err, mapi.ErrNotInQueue) {
		return fmt.Errorf("finishing it: %w", err)
	}
	delete(s.locked, id)
	delete(s.claims, rec.Mail.Source.Claim)
	return nil
}
