package mapi

import (
	"encoding/binary"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A FolderID names a folder within one logon: a replica id (low 16 bits) and a
// big-endian counter, treated as opaque. [MS-OXCDATA] 2.2.1.1
type FolderID uint64

// A MessageID names a message within one logon. [MS-OXCDATA] 2.2.1.2
type MessageID uint64

// Layout codes the eight bytes.
func (id *FolderID) Layout(c *wire.Codec) { wire.Uint64s(id, c) }

// Layout codes the eight bytes.
func (id *MessageID) Layout(c *wire.Codec) { wire.Uint64s(id, c) }

// String gives the replica id and the counter in hex, as administrators' tools print them.
func (id FolderID) String() string { return idString(uint64(id)) }

// String gives the replica id and the counter in hex.
func (id MessageID) String() string { return idString(uint64(id)) }

func idString(id uint64) string {
	replica, counter := SplitID(id)
	return fmt.Sprintf("%x-%x", replica, counter)
}

// SplitID gives the replica id and the counter of a folder or message id.
func SplitID(id uint64) (replica uint16, counter uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], id)
	replica = binary.LittleEndian.Uint16(b[:])
	b[0], b[1] = 0, 0
	return replica, binary.BigEndian.Uint64(b[:])
}

// MakeID puts a replica id and a counter of at most 48 bits together.
func MakeID(replica uint16, counter uint64) uint64 {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], counter)
	binary.LittleEndian.PutUint16(b[:], replica)
	return binary.LittleEndian.Uint64(b[:])
}

// A LongTermID names a folder or message across logons. [MS-OXCDATA] 2.2.1.3.1
type LongTermID struct {
	Replica GUID
	// Counter is big-endian.
	Counter [6]byte
}

// Layout codes 24 bytes, the last two of them padding.
func (id *LongTermID) Layout(c *wire.Codec) {
	id.Replica.Layout(c)
	c.Fixed(id.Counter[:])
	c.Pad(2)
}

// LongTerm is the id with its replica id replaced by the replica's GUID, as
// RopLongTermIdFromId does. [MS-OXCDATA] 2.2.1.3.1
func (id FolderID) LongTerm(replica GUID) LongTermID { return longTerm(uint64(id), replica) }

// LongTerm is the id with its replica id replaced by the replica's GUID.
func (id MessageID) LongTerm(replica GUID) LongTermID { return longTerm(uint64(id), replica) }

func longTerm(id uint64, replica GUID) LongTermID {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], id)
	return LongTermID{Replica: replica, Counter: [6]byte(b[2:])}
}

// Short gives the folder or message id that the long-term id has in a logon
// that gave its replica the id replica.
func (id LongTermID) Short(replica uint16) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint16(b[:], replica)
	copy(b[2:], id.Counter[:])
	return binary.LittleEndian.Uint64(b[:])
}

// SourceKey gives the GID that PidTagSourceKey holds: 22 bytes. [MS-OXCDATA] 2.2.1.3
func (id LongTermID) SourceKey() []byte {
	return append(append([]byte(nil), id.Replica[:]...), id.Counter[:]...)
}

// ParseSourceKey is the opposite of [LongTermID.SourceKey].
func ParseSourceKey(b []byte) (LongTermID, error) {
	if len(b) != 22 {
		return LongTermID{}, fmt.Errorf("source key has %d bytes, want 22", len(b))
	}
	return LongTermID{Replica: GUID(b[:16]), Counter: [6]byte(b[16:])}, nil
}
