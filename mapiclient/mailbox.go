package mapiclient

import (
	"context"
	"fmt"
	"sync"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A Mailbox is a logon to one mailbox. It is safe for concurrent use.
type Mailbox struct {
	client  *Client
	session *Session
	dn      string
	store   rop.LogonResponse
	names   *names

	mu sync.Mutex
	// replicas maps the replica ids of this logon to what they stand for everywhere.
	replicas map[uint16]mapi.GUID
	folders  map[folderKey]mapi.FolderID
}

func newMailbox(s *Session, dn string, r *rop.LogonResponse) *Mailbox {
	return &Mailbox{
		client: s.client, session: s, dn: dn, store: *r,
		names:    s.client.namesOf(r.MailboxGUID),
		replicas: map[uint16]mapi.GUID{r.ReplID: r.ReplGUID},
		folders:  map[folderKey]mapi.FolderID{},
	}
}

// Session is the session that the mailbox was opened in.
func (m *Mailbox) Session() *Session { return m.session }

// UserDN is the distinguished name of the mailbox's owner.
func (m *Mailbox) UserDN() string { return m.dn }

// GUID names the mailbox on its server.
func (m *Mailbox) GUID() mapi.GUID { return m.store.MailboxGUID }

// Rights tells what the user may do with the mailbox as a whole.
func (m *Mailbox) Rights() rop.ResponseFlags { return m.store.ResponseFlags }

// SpecialFolder gives the id of a folder that the logon names:
// [rop.FolderInbox], [rop.FolderOutbox] and so on.
func (m *Mailbox) SpecialFolder(i int) mapi.FolderID { return m.store.Folders[i] }

// Close logs off and ends the session.
func (m *Mailbox) Close(ctx context.Context) error { return m.session.Close(ctx) }

// Lost tells why the mailbox can no longer be used, or nil.
func (m *Mailbox) Lost() error { return m.session.Lost() }

// folderEntryID gives the EntryID of a folder. [MS-OXCDATA] 2.2.4.1
func (m *Mailbox) folderEntryID(ctx context.Context, id mapi.FolderID) ([]byte, error) {
	long, err := m.longTermID(ctx, uint64(id))
	if err != nil {
		return nil, err
	}
	return wire.Marshal(mapi.NewFolderEntryID(m.store.MailboxGUID, long))
}

// longTermID gives what an id stands for outside this logon. The server is
// asked once for each replica. [MS-OXCSTOR] 2.2.1.8
func (m *Mailbox) longTermID(ctx context.Context, id uint64) (mapi.LongTermID, error) {
	replica, counter := mapi.SplitID(id)
	m.mu.Lock()
	guid, known := m.replicas[replica]
	m.mu.Unlock()
	if !known {
		r, err := one(m.session.pipeline(ctx), m.session.logon, &rop.LongTermIDFromIDRequest{ObjectID: id})
		if err != nil {
			return mapi.LongTermID{}, err
		}
		guid = r.LongTermID.Replica
		m.mu.Lock()
		m.replicas[replica] = guid
		m.mu.Unlock()
	}
	long := mapi.LongTermID{Replica: guid}
	for i := range long.Counter {
		long.Counter[i] = byte(counter >> (8 * (5 - i)))
	}
	return long, nil
}

// idFromLongTermID is the opposite of longTermID. [MS-OXCSTOR] 2.2.1.9
func (m *Mailbox) idFromLongTermID(ctx context.Context, long mapi.LongTermID) (uint64, error) {
	r, err := one(m.session.pipeline(ctx), m.session.logon, &rop.IDFromLongTermIDRequest{LongTermID: long})
	if err != nil {
		return 0, err
	}
	return r.ObjectID, nil
}

// FolderFromEntryID gives the id of the folder that an EntryID names.
func (m *Mailbox) FolderFromEntryID(ctx context.Context, entryID []byte) (mapi.FolderID, error) {
	var e mapi.FolderEntryID
	if err := wire.Unmarshal(entryID, &e); err != nil {
		return 0, fmt.Errorf("folder EntryID: %w", err)
	}
	id, err := m.idFromLongTermID(ctx, e.Folder)
	return mapi.FolderID(id), err
}

// Properties reads properties of the mailbox itself.
func (m *Mailbox) Properties(ctx context.Context, tags ...mapi.PropTag) (mapi.Props, error) {
	r, err := one(m.session.pipeline(ctx), m.session.logon, &rop.GetPropertiesSpecificRequest{WantUnicode: true, Tags: tags})
	if err != nil {
		return nil, err
	}
	return r.Row, nil
}

// one sends a single ROP and gives its response.
func one[R rop.Response](p *pipeline, o *object, q rop.RequestOf[R]) (R, error) {
	var out R
	add(p, o, q, func(r R) error { out = r; return nil })
	err := p.flush()
	return out, err
}
