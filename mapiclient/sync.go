package mapiclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

const (
	// maxChanges bounds how many changes one Sync collects.
	maxChanges = 1 << 20
	// maxStreamed bounds how many changes one Sync passes on.
	maxStreamed = 1 << 24
)

// changeLimit is how large the properties of one change may be, in bytes.
const changeLimit = 1 << 20

// SyncOptions say what a synchronisation tells. The zero value tells which
// normal messages are new, changed, read, unread or gone.
type SyncOptions struct {
	// Columns are properties wanted of each new or changed message.
	Columns []mapi.PropTag
	// Where narrows the folder; a message that matched before and does no more
	// is out of scope.
	Where mapi.Restriction
	// Associated synchronises the folder's associated messages as well.
	Associated bool
	// Change, if set, gets each new or changed message as it comes, instead of
	// [Changes.Messages]. Its error ends the synchronisation.
	Change func(*Change) error
}

// A Change is a new or changed message.
type Change struct {
	ID mapi.MessageID
	// SourceKey names the message across logons.
	SourceKey []byte
	// Number is the change's, as an id of this logon.
	Number uint64
	// ChangeKey names the change across logons: a message whose key is the same
	// has the same content. [MS-OXCFXICS] 2.2.1.2.7
	ChangeKey []byte
	// New says that the state did not know the message.
	New bool
	// Associated tells a folder associated message.
	Associated bool
	// Size is the size of the message in bytes.
	Size int32
	// Modified is when it was changed.
	Modified time.Time
	// Props are the columns asked for that it has; none when they are larger
	// than 1 MB together.
	Props mapi.Props
}

// Changes is what has changed in a folder.
type Changes struct {
	// Messages are the new and changed ones.
	Messages []Change
	// Deleted are messages that have left the folder, whichever way, and
	// OutOfScope those that no longer match. [fasttransfer.ShortIDSet.All] lists them.
	Deleted, OutOfScope fasttransfer.ShortIDSet
	// Read and Unread are messages of which only the read state changed.
	Read, Unread fasttransfer.ShortIDSet
}

// Empty tells whether nothing has changed.
func (c *Changes) Empty() bool {
	return len(c.Messages) == 0 && c.Deleted.Len() == 0 && c.OutOfScope.Len() == 0 && c.Read.Len() == 0 && c.Unread.Len() == 0
}

// Sync tells what has changed in a folder since a state, and the state to
// begin with the next time. Without a state everything is new. The state is
// opaque and may be kept anywhere; one of another mailbox or folder is
// ErrForeignState, and one is lost when an error comes back: keep the old one.
// As long as the state and the changes are small, one request does it.
// [MS-OXCFXICS] 3.3.5.5
func (m *Mailbox) Sync(ctx context.Context, folder mapi.FolderID, state []byte, opts SyncOptions) (*Changes, []byte, error) {
	known, err := m.parseState(folder, state)
	if err != nil {
		return nil, nil, err
	}
	p := m.session.pipeline(ctx)
	f := p.openFolder(folder)
	source := create(p, f, syncRequest(&opts), nil)
	uploadState(p, source, known)
	d, err := startDownload(p, source)
	defer func() { d.close(f) }()
	if err != nil {
		return nil, nil, fmt.Errorf("synchronising a folder: %w", err)
	}
	c := changeReader{mailbox: m, known: known, opts: &opts}
	end, err := fasttransfer.ReadContentsSync(fasttransfer.NewReader(d, 0), changeLimit, c.take)
	if err != nil {
		return nil, nil, fmt.Errorf("synchronising a folder: %w", err)
	}
	c.changes.Deleted, c.changes.OutOfScope = end.Deleted, end.OutOfScope
	c.changes.Deleted = append(c.changes.Deleted, end.Expired...)
	c.changes.Read, c.changes.Unread = end.Read, end.Unread
	humbleReads(&end.State)
	saved, err := m.formatState(folder, &end.State)
	return &c.changes, saved, err
}

// humbleReads corrects a state that claims to know every change of a read state
// there will ever be, as gromox 3.10 has it until the first of them: it would
// never be told. What is known is what was when the messages were read.
func humbleReads(s *fasttransfer.State) {
	for i := range s.Read {
		if s.Read[i].Set.Contains(fasttransfer.MaxCounter) {
			s.Read[i].Set = s.Seen.Of(s.Read[i].Replica)
		}
	}
}

// syncRequest configures a synchronisation that sends only what is asked for.
// [MS-OXCFXICS] 2.2.3.2.1.1.1
func syncRequest(opts *SyncOptions) *rop.SynchronizationConfigureRequest {
	q := &rop.SynchronizationConfigureRequest{
		Type: rop.SynchronizeContents, SendOptions: sendUnicode, Restriction: opts.Where, Tags: opts.Columns,
		Flags: rop.SyncUnicode | rop.SyncNormal | rop.SyncReadState |
			// Without foreign identifiers a source key is the message's id.
			rop.SyncNoForeignIdentifiers | rop.SyncOnlySpecifiedProperties,
		ExtraFlags: rop.SyncEid | rop.SyncMessageSize | rop.SyncCN,
	}
	if opts.Associated {
		q.Flags |= rop.SyncFAI
	}
	return q
}

// uploadState queues what the client knows, property by property.
// [MS-OXCFXICS] 3.3.5.3
func uploadState(p *pipeline, source *object, known *fasttransfer.State) {
	for _, sp := range known.Props() {
		data, err := wire.Marshal(sp.Set)
		if err != nil {
			p.fail(err)
			return
		}
		if len(data) == 0 {
			continue
		}
		add(p, source, &rop.SynchronizationUploadStateStreamBeginRequest{
			StateProperty: sp.Tag, TransferBufferSize: uint32(len(data)),
		}, nil)
		for len(data) > 0 && p.err == nil {
			n := min(len(data), p.left(24))
			if n < 256 && n < len(data) {
				_ = p.flush()
				continue
			}
			add(p, source, &rop.SynchronizationUploadStateStreamContinueRequest{StreamData: data[:n]}, nil)
			data = data[n:]
		}
		add(p, source, &rop.SynchronizationUploadStateStreamEndRequest{}, nil)
	}
}

// A changeReader collects changes.
type changeReader struct {
	mailbox *Mailbox
	known   *fasttransfer.State
	opts    *SyncOptions
	changes Changes
	came    int
}

func (c *changeReader) take(m *fasttransfer.MessageChange) error {
	change, err := c.change(m)
	if err != nil {
		return err
	}
	limit := maxChanges
	if c.opts.Change != nil {
		limit = maxStreamed
	}
	if c.came++; c.came > limit {
		return fmt.Errorf("more than %d changes in one synchronisation", limit)
	}
	if c.opts.Change != nil {
		return c.opts.Change(change)
	}
	c.changes.Messages = append(c.changes.Messages, *change)
	return nil
}

// change takes from a change what was asked for. [MS-OXCFXICS] 2.2.4.3.14
func (c *changeReader) change(m *fasttransfer.MessageChange) (*Change, error) {
	h := m.Header
	id, there := mapi.PidTagMid.From(h)
	if !there {
		return nil, errors.New("the server did not tell which message has changed")
	}
	change := &Change{
		ID:         mapi.MessageID(uint64(id)),
		SourceKey:  mapi.PidTagSourceKey.Get(h),
		Number:     uint64(mapi.PidTagChangeNumber.Get(h)),
		ChangeKey:  mapi.PidTagChangeKey.Get(h),
		Associated: mapi.PidTagAssociated.Get(h),
		Size:       mapi.PidTagMessageSize.Get(h),
		Modified:   mapi.PidTagLastModificationTime.Get(h),
		New:        true,
	}
	if long, err := mapi.ParseSourceKey(change.SourceKey); err == nil {
		change.New = !c.known.Given.Contains(long)
	}
	if m.Message != nil {
		change.Props = m.Message.Props
		plainStrings(change.Props)
	}
	return change, nil
}
