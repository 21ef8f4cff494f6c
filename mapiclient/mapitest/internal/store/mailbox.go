package store

import (
	"crypto/rand"
	"encoding/binary"
	"os"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// ReplicaID is the replica id of all ids of a mailbox. Equal ids in two
// mailboxes mean different things. [MS-OXCDATA] 2.2.1
const ReplicaID = 1

// Options bound a mailbox; the zero value works.
type Options struct {
	// Dir is where large values are spilled. Default os.TempDir().
	Dir string
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// NamedProps is how many named properties there may be. Default 16384.
	NamedProps int
	// SubmitBytes is the largest message that may be submitted, which the store
	// tells as PidTagMaximumSubmitMessageSize.
	SubmitBytes int64
	// Bytes is the size from which a mailbox takes nothing more, SendBytes that
	// from which it sends nothing. Default none.
	Bytes, SendBytes int64
	// SaveOverQuota lets clients save messages beyond Bytes.
	SaveOverQuota bool
	// ValueBytes is the longest a value may be. Default 2^31-1.
	ValueBytes int64
	// StaleSave says what becomes of saving a message that is gone.
	StaleSave StaleSave
	// ReadSettable lets clients set PidTagRead.
	ReadSettable bool
	// Values is where large values are kept, for a mailbox whose log is kept.
	Values string
	// KeepHeaderCase keeps the names of Internet headers as they were spelt first.
	KeepHeaderCase bool
	// TerminatedStreams gives streams of strings their NUL.
	TerminatedStreams bool
}

// A StaleSave says what becomes of saving a message that has been moved or deleted.
type StaleSave int

// What may become of it.
const (
	// StaleSaveFails answers ecObjectDeleted.
	StaleSaveFails StaleSave = iota
	// StaleSaveLies answers success and saves nothing, as Exchange 2010 to 2016.
	StaleSaveLies
	// StaleSaveRevives brings the message back as a second copy, as gromox 3.10 with a forced save.
	StaleSaveRevives
)

// An Owner is whose mailbox it is.
type Owner struct {
	DN, DisplayName, Address string
}

// A Mailbox is one user's private store. Its lock is held around every use of
// the mailbox and of what is in it.
type Mailbox struct {
	sync.Mutex

	// GUID identifies the mailbox, Replica its ids.
	GUID, Replica mapi.GUID
	Owner         Owner
	Names         *Names

	opts     Options
	props    mapi.Props
	folders  map[mapi.FolderID]*Folder
	messages map[mapi.MessageID]*Message
	special  [lastSpecial]*Folder
	counter  uint64
	change   uint64
	size     int64
	events   hub
	spooled  []*Message // the spooler queue
	pending  pending
}

// NewMailbox makes a mailbox with its special folders.
func NewMailbox(owner Owner, opts Options) *Mailbox {
	m := bareMailbox(owner, opts)
	m.makeSpecialFolders()
	return m
}

// bareMailbox makes a mailbox without any folder.
func bareMailbox(owner Owner, opts Options) *Mailbox {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.NamedProps == 0 {
		opts.NamedProps = 16384
	}
	if opts.ValueBytes == 0 {
		opts.ValueBytes = maxValue
	}
	if opts.Dir == "" {
		opts.Dir = os.TempDir()
	}
	return &Mailbox{
		GUID: NewGUID(), Replica: NewGUID(), Owner: owner, Names: newNames(opts.NamedProps, opts.KeepHeaderCase), opts: opts,
		folders: make(map[mapi.FolderID]*Folder), messages: make(map[mapi.MessageID]*Message),
	}
}

// NewGUID makes a random GUID.
func NewGUID() mapi.GUID {
	var g mapi.GUID
	rand.Read(g[:])
	return g
}

// Now is the mailbox's time, in the resolution of FILETIME.
func (m *Mailbox) Now() time.Time { return m.opts.Now().UTC().Truncate(100 * time.Nanosecond) }

// Dir is where large values are spilled.
func (m *Mailbox) Dir() string { return m.opts.Dir }

// buffer starts a value of the mailbox.
func (m *Mailbox) buffer(b *Blob) *Buffer { return NewBuffer(m.opts.Dir, m.opts.ValueBytes, b) }

// Size is the size of all messages in bytes.
func (m *Mailbox) Size() int64 { return m.size }

// nextID makes a folder or message id that was never used.
func (m *Mailbox) nextID() uint64 {
	m.counter++
	return mapi.MakeID(ReplicaID, m.counter)
}

// NextMessageID makes a message id that was never used.
func (m *Mailbox) NextMessageID() mapi.MessageID { return mapi.MessageID(m.nextID()) }

// nextChange makes a change number. [MS-OXCFXICS] 2.2.2.1
func (m *Mailbox) nextChange() uint64 {
	m.change++
	return m.change
}

// Folder finds a folder, or nil.
func (m *Mailbox) Folder(id mapi.FolderID) *Folder { return m.folders[id] }

// Message finds a message that is not deleted, or nil.
func (m *Mailbox) Message(id mapi.MessageID) *Message { return m.messages[id] }

// LongTermID gives the long form of a folder or message id.
func (m *Mailbox) LongTermID(id uint64) (mapi.LongTermID, bool) {
	replica, counter := mapi.SplitID(id)
	return m.longTerm(counter), replica == ReplicaID && counter != 0
}

func (m *Mailbox) longTerm(counter uint64) mapi.LongTermID {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], counter)
	return mapi.LongTermID{Replica: m.Replica, Counter: [6]byte(b[2:])}
}

// ID gives the short form of a long id of this mailbox.
func (m *Mailbox) ID(long mapi.LongTermID) (uint64, bool) {
	var b [8]byte
	copy(b[2:], long.Counter[:])
	return mapi.MakeID(ReplicaID, binary.BigEndian.Uint64(b[:])), long.Replica == m.Replica
}

// key is a 22-byte key made of the replica and a counter: a source key or a
// change key. [MS-OXCFXICS] 2.2.1.2
func (m *Mailbox) key(counter uint64) []byte {
	long := m.longTerm(counter)
	return append(append([]byte(nil), long.Replica[:]...), long.Counter[:]...)
}

// predecessors is a predecessor change list of a single change. [MS-OXCFXICS] 2.2.2.3
func (m *Mailbox) predecessors(change uint64) []byte {
	key := m.key(change)
	return append([]byte{byte(len(key))}, key...)
}
