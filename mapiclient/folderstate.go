package mapiclient

import (
	"context"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A FolderState is what a server counts of a folder. Two that are equal say
// that no message has come, gone or changed in between.
type FolderState struct {
	// Count is how many messages lie there, and Deleted how many have been deleted so far.
	Count, Deleted int32
	// Committed is when a message came, changed or went last; the zero time when
	// the server does not tell. [MS-OXCFOLD] 2.2.2.2.1.14
	Committed time.Time
}

// Same tells whether nothing has happened between two looks. It takes a server
// that does not tell when the last change was to have changed something, unless
// the folder is empty.
func (s FolderState) Same(as FolderState) bool {
	if s.Committed.IsZero() && s.Count > 0 {
		return false
	}
	return s.Count == as.Count && s.Deleted == as.Deleted && s.Committed.Equal(as.Committed)
}

var stateColumns = []mapi.PropTag{
	mapi.PidTagContentCount.Tag(), mapi.PidTagDeletedCountTotal.Tag(), mapi.PidTagLocalCommitTimeMax.Tag(),
}

func newFolderState(p mapi.Props) FolderState {
	return FolderState{
		Count:     mapi.PidTagContentCount.Get(p),
		Deleted:   mapi.PidTagDeletedCountTotal.Get(p),
		Committed: mapi.PidTagLocalCommitTimeMax.Get(p),
	}
}

// FolderState asks how a folder stands, with one request.
func (m *Mailbox) FolderState(ctx context.Context, folder mapi.FolderID) (FolderState, error) {
	return m.folderState(m.session.pipeline(ctx), folder)
}

// WatchState is Watch and then FolderState, with one request: what the state does
// not tell, the server will.
func (m *Mailbox) WatchState(ctx context.Context, folder mapi.FolderID) (FolderState, error) {
	p := m.session.pipeline(ctx)
	queueWatch(p, folder)
	return m.folderState(p, folder)
}

func (m *Mailbox) folderState(p *pipeline, folder mapi.FolderID) (FolderState, error) {
	f := p.openFolder(folder)
	var state FolderState
	add(p, f, &rop.GetPropertiesSpecificRequest{WantUnicode: true, Tags: stateColumns},
		func(r *rop.GetPropertiesSpecificResponse) error { state = newFolderState(r.Row); return nil })
	p.release(f)
	err := p.flush()
	return state, err
}

// OpenMailboxAt is OpenMailbox and FolderState in the same requests. The folder
// is one of an earlier logon to the same mailbox; when it is not there any more
// the mailbox comes with an error of a code such as [mapi.ErrNotFound], and is open nevertheless.
func (c *Client) OpenMailboxAt(ctx context.Context, folder mapi.FolderID) (*Mailbox, FolderState, error) {
	l := &look{folder: folder}
	m, err := c.open(ctx, l)
	if err != nil {
		return nil, FolderState{}, err
	}
	return m, l.state, l.err
}

// A look at a folder travels with the request of a logon.
type look struct {
	folder mapi.FolderID
	open   *rop.Call[*rop.OpenFolderResponse]
	props  *rop.Call[*rop.GetPropertiesSpecificResponse]

	state FolderState
	err   error
}

func (l *look) queue(b *rop.Batch, logon rop.Slot) {
	l.open = rop.Add(b, logon, &rop.OpenFolderRequest{FolderID: l.folder})
	l.props = rop.Add(b, l.open.Out, &rop.GetPropertiesSpecificRequest{WantUnicode: true, Tags: stateColumns})
}

// take reads the answers behind that of a successful logon.
func (l *look) take(s *Session) {
	if _, l.err = l.open.Result(); l.err != nil {
		return
	}
	s.discard(&object{handle: l.open.Handle()})
	var r *rop.GetPropertiesSpecificResponse
	if r, l.err = l.props.Result(); l.err == nil {
		l.state = newFolderState(r.Row)
	}
}
