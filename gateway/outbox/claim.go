package outbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// claimName is the named property that holds a claim GUID, in a property set
// of the gateway's own.
var claimName = mapi.Named[string]{
	PropertyName: mapi.PropertyName{Set: propertySet, Name: "MapigateClaim"},
	Type:         mapi.PtypString,
}

// resultName is the named property that tells the user, on the sent message,
// what became of each recipient.
var resultName = mapi.Named[[]string]{
	PropertyName: mapi.PropertyName{Set: propertySet, Name: "MapigateResults"},
	Type:         mapi.PtypMultipleString,
}

// propertySet is {8b5f3c0e-6f0e-4c55-9a3e-0d3c1f6a7b21}.
var propertySet = mapi.GUID{0x0E, 0x3C, 0x5F, 0x8B, 0x0E, 0x6F, 0x55, 0x4C, 0x9A, 0x3E, 0x0D, 0x3C, 0x1F, 0x6A, 0x7B, 0x21}

const (
	// takeLimit bounds how many messages one round takes from a folder.
	takeLimit = 500
	// afterFailure is how long a message that could not be worked on is left alone.
	afterFailure = 5 * time.Minute
)

// takeReady claims what is ready in the watched folder and puts it into the queue.
func (s *shift) takeReady(ctx context.Context) error {
	rows, err := s.mailbox.Messages(ctx, s.watched, mapiclient.Query{
		Columns: append(slices.Clone(readyColumns), s.own),
		Sort:    []mapi.SortOrder{{Tag: mapi.PidTagLastModificationTime.Tag()}},
	})
	if err != nil {
		return fmt.Errorf("looking into the watched folder: %w", err)
	}
	taken := 0
	for _, row := range rows {
		// What a courier of ours is about to submit through this mailbox is not for us.
		if s.waiting(row.ID) || text(row.Props, s.own) != "" {
			continue
		}
		ok, from := ready(row.Props, s.opts.Now(), s.opts.Grace)
		if !ok {
			if !from.IsZero() {
				s.later[row.ID] = from
			}
			continue
		}
		if taken++; taken > takeLimit {
			s.later[row.ID] = s.opts.Now() // the next round, at once
			return nil
		}
		if err := s.take(ctx, row.ID); err != nil && (ctx.Err() != nil || !s.postpone(row.ID, afterFailure, "a message could not be claimed", err)) {
			return err
		}
	}
	return nil
}

// take claims one message and puts it into the queue.
func (s *shift) take(ctx context.Context, id mapi.MessageID) error {
	s.opts.Step(StepFound)
	claim, err := s.mark(ctx, id)
	if errors.Is(err, mapiclient.ErrGone) || errors.Is(err, errNotOurs) {
		s.opts.Observer.Did(s.opts.Mailbox, "lost to another")
		return nil
	}
	if err != nil {
		return err
	}
	s.opts.Step(StepMarked)
	// The move decides who has it. [MS-OXCFOLD] 2.2.1.6
	if err := s.mailbox.Move(ctx, s.watched, s.claimed, id); errors.Is(err, mapiclient.ErrGone) {
		s.opts.Observer.Did(s.opts.Mailbox, "lost to another")
		return nil
	} else if err != nil {
		return fmt.Errorf("moving it: %w", err)
	}
	s.opts.Step(StepMoved)
	moved, err := s.find(ctx, s.claimed, claim)
	if err != nil {
		return err
	}
	if moved == 0 {
		return fmt.Errorf("claim %s is not in the hidden folder after the move", claim)
	}
	s.opts.Observer.Did(s.opts.Mailbox, "claimed")
	return s.enqueue(ctx, moved, claim)
}

var errNotOurs = errors.New("somebody else changes the message")

// mark writes a fresh claim GUID onto a message and reads it back through a new
// handle: servers may answer a stale save with success without committing it.
func (s *shift) mark(ctx context.Context, id mapi.MessageID) (string, error) {
	o, err := s.mailbox.Open(ctx, s.watched, id, mapiclient.OpenOptions{Write: true})
	if err != nil {
		return "", err
	}
	claim := newClaim()
	set := mapi.Props{claimName.Of(claim)}
	if mapi.PidTagInternetMessageId.Get(o.Props) == "" {
		// From now on every attempt has the same Message-ID.
		set = append(set, mapi.PidTagInternetMessageId.Of("<"+claim+"@"+s.domain()+">"))
	}
	if _, ours := idHeader.From(o.Props); ours || len(o.Recipients) == 0 || mapi.PidTagMessageFlags.Get(o.Props)&mfSubmitted != 0 {
		o.Close()
		return "", errNotOurs
	}
	err = o.SetProps(ctx, set)
	if err == nil {
		err = o.Save(ctx)
	}
	// A handle that outlives the move could bring the message back.
	o.Close()
	if errors.Is(err, mapi.ErrObjectModified) {
		return "", errNotOurs
	}
	if err != nil {
		return "", fmt.Errorf("marking it: %w", err)
	}
	found, err := s.find(ctx, s.watched, claim)
	if err != nil {
		return "", err
	}
	if found != id {
		return "", errNotOurs
	}
	return claim, nil
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
func (s *shift) find(ctx context.Context, folder mapi.FolderID, claim string) (mapi.MessageID, error) {
	rows, err := s.mailbox.Messages(ctx, folder, mapiclient.Query{
		Columns: []mapi.PropTag{s.claim}, Where: mapi.Equal(mapi.Prop{Tag: s.claim, Value: claim}), Limit: 2,
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].ID, nil
}

// resume puts claimed messages that are not in the queue there: those of a
// gateway that ended in between.
func (s *shift) resume(ctx context.Context) error {
	rows, err := s.mailbox.Messages(ctx, s.claimed, mapiclient.Query{Columns: []mapi.PropTag{s.claim}})
	if err != nil {
		return fmt.Errorf("looking into the hidden folder: %w", err)
	}
	for _, row := range rows {
		if s.waiting(row.ID) {
			continue
		}
		err := s.resumeOne(ctx, row.ID, text(row.Props, s.claim))
		if err != nil && (ctx.Err() != nil || !s.postpone(row.ID, afterFailure, "a claimed message could not be queued", err)) {
			return err
		}
	}
	return nil
}

// text gives the string that a row has for a named property's tag, or "".
func text(row mapi.Props, tag mapi.PropTag) string {
	for _, p := range row {
		if p.Tag == tag {
			v, _ := p.Value.(string)
			return v
		}
	}
	return ""
}

func (s *shift) resumeOne(ctx context.Context, id mapi.MessageID, claim string) error {
	if claim == "" {
		// Nothing of ours puts such a message here; whoever did must not lose it.
		s.later[id] = s.opts.Now().Add(afterFailure)
		s.log.Warn("a message without a claim lies in the hidden folder; move it to the watched folder to send it",
			"message", id.String(), "folder", ClaimedFolder)
		return nil
	}
	_, err := s.opts.Queue.FindClaim(ctx, claim)
	if errors.Is(err, queue.ErrNotFound) {
		return s.enqueue(ctx, id, claim)
	}
	return err
}
