package outbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// claimName is the named property that holds a claim GUID, in a property set
// of the gateway's own.
var claimName = mapi.Named[string]{
	PropertyName: mapi.PropertyName{Set: propertySet, Name: "MapigateClaim"},
	Type:         mapi.PtypString,
}

var propertySet = mapi.GUID(mail.PropertySet())

// draftName marks what a courier has written into the Outbox and not yet submitted.
var draftName = mapi.Named[string]{
	PropertyName: mapi.PropertyName{Set: propertySet, Name: mail.DraftProperty},
	Type:         mapi.PtypString,
}

const (
	// takeLimit bounds how many messages one round takes from a folder.
	takeLimit = 500
	// lookAgain is how long something that only a person can mend is left alone.
	lookAgain = 5 * time.Minute
)

// A mover claims messages by moving them into a hidden folder.
type mover struct {
	*shift
	watched mapi.FolderID
	claimed mapi.FolderID
	claim   mapi.PropTag   // the claim GUID's tag in this mailbox
	own     mapi.PropTag   // the tag of X-Mapigate-Id, which what this gateway submits itself has
	draft   mapi.PropTag   // the tag of draftName
	mark    []mapi.PropTag // columns that show the mark, if one is asked for
}

func (s *mover) folder() mapi.FolderID { return s.watched }

// begin prepares the folders and names.
func (s *mover) begin(ctx context.Context) (err error) {
	m := s.mailbox
	root, top := m.SpecialFolder(rop.FolderRoot), m.SpecialFolder(rop.FolderIPMSubtree)
	setup := mapiclient.Setup{
		Folders: []mapiclient.NewFolder{{Parent: root, Name: ClaimedFolder}},
		Names:   []mapi.PropertyName{claimName.PropertyName, idHeader.PropertyName, draftName.PropertyName},
	}
	switch s.opts.Mode {
	case ModeFolder:
		setup.Folders = append(setup.Folders, mapiclient.NewFolder{Parent: top, Name: s.opts.Folder})
	case ModeJournal:
		s.watched = m.SpecialFolder(rop.FolderInbox)
	default:
		s.watched = m.SpecialFolder(rop.FolderOutbox)
	}
	if err := m.Prepare(ctx, setup); err != nil {
		return err
	}
	if s.claimed, err = m.EnsureFolder(ctx, root, ClaimedFolder); err != nil {
		return err
	}
	if s.claim, err = m.Tag(ctx, claimName.PropertyName, claimName.Type); err != nil {
		return fmt.Errorf("the claim property: %w", err)
	}
	if s.own, err = m.Tag(ctx, idHeader.PropertyName, idHeader.Type); err != nil {
		return fmt.Errorf("the property of %s: %w", mail.IDHeader, err)
	}
	if s.draft, err = m.Tag(ctx, draftName.PropertyName, draftName.Type); err != nil {
		return fmt.Errorf("the property of drafts: %w", err)
	}
	if s.mark, err = s.opts.Mark.columns(ctx, m); err != nil || s.watched != 0 {
		return err
	}
	s.watched, err = m.EnsureFolder(ctx, top, s.opts.Folder)
	return err
}

// take claims what is ready in the watched folder and puts it into the queue.
func (s *mover) take(ctx context.Context) error {
	columns := append(slices.Clone(readyColumns), mapi.PidTagInternetMessageId.Tag(), s.own, s.draft)
	rows, err := s.mailbox.Messages(ctx, s.watched, mapiclient.Query{
		Columns: append(columns, s.mark...),
		Sort:    []mapi.SortOrder{{Tag: mapi.PidTagLastModificationTime.Tag()}},
	})
	if err != nil {
		return fmt.Errorf("looking into the watched folder: %w", err)
	}
	s.forgetAllBut(rows)
	taken := 0
	for _, row := range rows {
		if !s.wanted(row) || s.waiting(row.ID, unclaimed(row.ID)) {
			continue
		}
		ok, from := ready(row.Props, s.sight(row, s.opts.Now()), s.opts.Now(), s.opts.Grace)
		if !ok {
			if !from.IsZero() {
				s.later[row.ID] = from
			}
			continue
		}
		if why, err := s.couriers(ctx, row); err != nil {
			return err
		} else if why != "" {
			s.leave(row.ID, why)
			continue
		}
		if taken++; taken > takeLimit {
			s.later[row.ID] = s.opts.Now() // the next round, at once
			return nil
		}
		if err := s.guarded(func() error { return s.takeOne(ctx, row) }); err != nil {
			if err := s.failed(ctx, row.ID, unclaimed(row.ID), "a message could not be claimed; it still lies where it lay", err); err != nil {
				return err
			}
		} else if written, known := mapi.PidTagLastModificationTime.From(row.Props); known {
			s.opts.Observer.Lag(s.opts.Mailbox, max(s.opts.Now().Sub(written), 0))
		}
	}
	return nil
}

// forgetAllBut drops what is remembered of messages that have gone.
func (s *mover) forgetAllBut(rows []mapiclient.Row) {
	there := make(map[mapi.MessageID]bool, len(rows))
	for _, row := range rows {
		there[row.ID] = true
	}
	gone := func(id mapi.MessageID) bool { return !there[id] }
	maps.DeleteFunc(s.foreign, func(id mapi.MessageID, _ bool) bool { return gone(id) })
	maps.DeleteFunc(s.seen, func(id mapi.MessageID, _ sighting) bool { return gone(id) })
	maps.DeleteFunc(s.left, func(id mapi.MessageID, _ string) bool { return gone(id) })
}

// unclaimed stands for the claim of a message that has none yet.
func unclaimed(id mapi.MessageID) string { return "message " + id.String() }

// wanted tells whether a row is of a message that the mode takes at all.
func (s *mover) wanted(row mapiclient.Row) bool {
	switch {
	case s.foreign[row.ID]:
		return false
	case unsent(row.Props) != s.drafts():
		return false // sent already, and left there; or, of a journal, written by somebody into the mailbox
	}
	return s.opts.Mark.on(row.Props, s.mark)
}

func unsent(p mapi.Props) bool { return mapi.PidTagMessageFlags.Get(p)&mapi.MfUnsent != 0 }

// drafts tells whether what the mode takes is still to be sent.
func (s *mover) drafts() bool { return s.opts.Mode != ModeJournal }

// takeOne claims one message and puts it into the queue.
func (s *mover) takeOne(ctx context.Context, row mapiclient.Row) error {
	if s.opts.Mode == ModeJournal {
		if ours, err := s.isReport(ctx, row.ID); err != nil || !ours {
			return err
		}
	}
	s.opts.Step(StepFound)
	claim, err := s.sign(ctx, row)
	if errors.Is(err, mapiclient.ErrGone) || errors.Is(err, errNotOurs) {
		s.opts.Observer.Did(s.opts.Mailbox, "lost to another")
		return nil
	}
	if err != nil {
		return err
	}
	s.opts.Step(StepMarked)
	// The move decides who has it. [MS-OXCFOLD] 2.2.1.6
	if err := s.mailbox.Move(ctx, s.watched, s.claimed, row.ID); errors.Is(err, mapiclient.ErrGone) {
		s.opts.Observer.Did(s.opts.Mailbox, "lost to another")
		return nil
	} else if err != nil {
		return fmt.Errorf("moving it: %w", err)
	}
	delete(s.troubles, unclaimed(row.ID))
	s.opts.Step(StepMoved)
	moved, err := s.find(ctx, s.claimed, claim)
	if err != nil {
		return err
	}
	if moved == 0 {
		// Whoever has it now, the server that has sent and filed it perhaps, it is not ours.
		s.log.Warn("a message was gone as soon as it was claimed", "claim", claim)
		s.opts.Observer.Did(s.opts.Mailbox, "lost to another")
		return nil
	}
	s.opts.Observer.Did(s.opts.Mailbox, "claimed")
	return s.queueClaimed(ctx, moved, claim)
}

var errNotOurs = errors.New("somebody else changes the message")

// sign writes a fresh claim GUID onto a message and reads it back through a new
// handle: servers may answer a stale save with success without committing it.
func (s *mover) sign(ctx context.Context, row mapiclient.Row) (string, error) {
	claim := newClaim()
	set := mapi.Props{claimName.Of(claim)}
	if mapi.PidTagInternetMessageId.Get(row.Props) == "" {
		// From now on every attempt has the same Message-ID.
		set = append(set, mapi.PidTagInternetMessageId.Of("<"+claim+"@"+s.domain()+">"))
	}
	// A handle that outlives the move could bring the message back: none does.
	err := s.mailbox.Update(ctx, s.watched, row.ID, set)
	if errors.Is(err, mapi.ErrObjectModified) || errors.Is(err, mapi.ErrAccessDenied) && s.mailbox.Lost() == nil && s.inOtherHands(ctx, row.ID) {
		return "", errNotOurs
	}
	if err != nil {
		return "", fmt.Errorf("marking it: %w", err)
	}
	found, err := s.find(ctx, s.watched, claim)
	if err != nil {
		return "", err
	}
	if found != row.ID {
		return "", errNotOurs
	}
	return claim, nil
}

// inOtherHands tells whether a message that may not be changed is one that somebody has submitted meanwhile.
func (s *mover) inOtherHands(ctx context.Context, id mapi.MessageID) bool {
	rows, err := s.mailbox.Messages(ctx, s.watched, mapiclient.Query{
		Columns: []mapi.PropTag{mapi.PidTagMessageFlags.Tag()}, Where: mapi.Equal(mapi.PidTagMid.Of(int64(id))), Limit: 1,
	})
	return err == nil && (len(rows) == 0 || mapi.PidTagMessageFlags.Get(rows[0].Props)&mapi.MfSubmitted != 0)
}

// newClaim makes a GUID in canonical form.
func newClaim() string {
	var g mapi.GUID
	rand.Read(g[:]) // never fails
	g[7] = g[7]&0x0F | 0x40
	g[8] = g[8]&0x3F | 0x80
	return g.String()
}

// find gives the message of a folder that has the claim, or 0.
func (s *mover) find(ctx context.Context, folder mapi.FolderID, claim string) (mapi.MessageID, error) {
	rows, err := s.mailbox.Messages(ctx, folder, mapiclient.Query{
		Columns: []mapi.PropTag{s.claim}, Where: mapi.Equal(mapi.Prop{Tag: s.claim, Value: claim}), Limit: 2,
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].ID, nil
}
