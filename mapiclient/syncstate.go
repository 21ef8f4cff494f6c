package mapiclient

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// ErrForeignState says that a state of a synchronisation belongs to another
// mailbox or folder, or is none. Begin without one.
var ErrForeignState = errors.New("not a synchronisation state of this folder")

// A saved state is this mark, the GUID of the mailbox, the id of the folder and
// the state element of the stream. [MS-OXCFXICS] 2.2.4.3.25
const stateMark = "ICS1"

const stateHead = len(stateMark) + 16 + 8

// head is what a state of the folder begins with.
func (m *Mailbox) stateHead(folder mapi.FolderID) []byte {
	b := make([]byte, 0, stateHead)
	b = append(b, stateMark...)
	b = append(b, m.store.MailboxGUID[:]...)
	return binary.LittleEndian.AppendUint64(b, uint64(folder))
}

func (m *Mailbox) parseState(folder mapi.FolderID, state []byte) (*fasttransfer.State, error) {
	if len(state) == 0 {
		return &fasttransfer.State{}, nil
	}
	rest, ours := bytes.CutPrefix(state, m.stateHead(folder))
	if !ours {
		return nil, ErrForeignState
	}
	s, err := fasttransfer.ReadState(fasttransfer.NewReader(bytes.NewReader(rest), len(rest)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeignState, err)
	}
	return &s, nil
}

func (m *Mailbox) formatState(folder mapi.FolderID, s *fasttransfer.State) ([]byte, error) {
	out := stateBuffer(m.stateHead(folder))
	w := fasttransfer.NewWriter(&out)
	_ = s.Write(w)
	err := w.Flush()
	return out, err
}

// A stateBuffer keeps a stream. It implements [fasttransfer.Sink].
type stateBuffer []byte

// Room implements [fasttransfer.Sink].
func (*stateBuffer) Room() int { return 64 << 10 }

// Put implements [fasttransfer.Sink].
func (s *stateBuffer) Put(b []byte) error {
	*s = append(*s, b...)
	return nil
}
