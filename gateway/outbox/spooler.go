package outbox

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
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
	claims    map[string]mapi.MessageID // of what was in the spooler queue at the last look
	queued    map[string]bool           // claims that our queue is known to have
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

// take locks what is in the spooler queue, and puts what is new into the queue. What is claimed stays there until it is settled, however
// long that takes: it must not hide what came later.
func (s *spooler) take(ctx context.Context) error {
	rows, err := s.list(ctx)
	if err != nil {
		return err
	}
	taken := 0
	for _, row := range rows {
		claim := spoolClaim(row)
		if s.isOwn(row) || s.mine(row, claim) || s.waiting(row.ID, claim) {
			continue
		}
		if at, deferred := deferredUntil(row.Props); deferred && at.After(s.opts.Now()) {
			s.later[row.ID] = at
			continue
		}
		if taken++; taken > takeLimit {
			s.later[row.ID] = s.opts.Now() // the next round, at once
			return nil
		}
		if err := s.guarded(func() error { return s.takeOne(ctx, row, claim) }); err != nil {
			if err := s.failed(ctx, row.ID, claim, "a message of the spooler queue could not be queued", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// list gives what lies in the spooler queue, and notes the claims that it stands for.
func (s *spooler) list(ctx context.Context) ([]mapiclient.Row, error) {
	columns := append(slices.Clone(readyColumns), mapi.PidTagSourceKey.Tag(), s.own)
	rows, err := s.mailbox.Messages(ctx, s.waitingIn, mapiclient.Query{Columns: append(columns, asideColumns...)})
	if err != nil {
		return nil, fmt.Errorf("looking into the spooler queue: %w", err)
	}
	s.claims = make(map[string]mapi.MessageID, len(rows))
	for _, row := range rows {
		if !s.isOwn(row) {
			s.claims[spoolClaim(row)] = row.ID
		}
	}
	gone := func(claim string, _ bool) bool { _, there := s.claims[claim]; return !there }
	maps.DeleteFunc(s.queued, gone)
	return rows, nil
}

// isOwn tells whether a message is what a courier of ours submits.
func (s *spooler) isOwn(row mapiclient.Row) bool { return text(row.Props, s.own) != "" }

// mine tells whether a message is claimed, and locked by this session.
func (s *spooler) mine(row mapiclient.Row, claim string) bool {
	return s.locked[row.ID] && s.queued[claim]
}

// lock takes the lock of a message that waits, if this session does not have it. got is false when another does.
func (s *spooler) lock(ctx context.Context, id mapi.MessageID) (got bool, err error) {
	if s.locked[id] {
		return true, nil
	}
	if err := s.mailbox.SpoolerLock(ctx, id, rop.LockMessage); errors.Is(err, mapi.ErrNotInQueue) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("locking it: %w", err)
	}
	s.locked[id] = true
	s.opts.Step(StepMoved)
	return true, nil
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
	if got, err := s.lock(ctx, row.ID); err != nil || !got {
		if err == nil {
			s.opts.Observer.Did(s.opts.Mailbox, "lost to another")
		}
		return err
	}
	if _, err := s.opts.Queue.FindClaim(ctx, claim); !errors.Is(err, queue.ErrNotFound) {
		s.queued[claim] = err == nil
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
	s.queued[claim] = true
	delete(s.troubles, claim)
	return nil
}

// find gives the message of a claim. One that the last look did not see is looked for again: rows may slip through a table that changes
// while it is read, and what is taken to be finished and is not would be sent again one day.
func (s *spooler) find(ctx context.Context, claim string) (mapi.MessageID, bool, error) {
	if id, there := s.claims[claim]; there {
		return id, true, nil
	}
	if _, err := s.list(ctx); err != nil {
		return 0, false, err
	}
	id, there := s.claims[claim]
	return id, there, nil
}

// settle marks who got it and tells the server that all is done, which files the message as its properties say.
func (s *spooler) settle(ctx context.Context, rec *queue.Record) error {
	id, there, err := s.find(ctx, rec.Mail.Source.Claim)
	if err != nil || !there {
		return err // nil: finished before
	}
	if got, err := s.lock(ctx, id); err != nil {
		return err
	} else if !got {
		return elsewhere(errors.New("another holds the lock of a message that is to be settled"))
	}
	got := make(map[string]bool)
	for _, r := range rec.Recipients {
		got[strings.ToLower(r.Address)] = r.Last.Verdict == mail.Delivered
	}
	err = s.mailbox.MarkHandled(ctx, s.waitingIn, id, func(r *mapi.Recipient) bool {
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
	delete(s.queued, rec.Mail.Source.Claim)
	return nil
}
