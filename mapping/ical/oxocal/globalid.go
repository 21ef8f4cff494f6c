package oxocal

import (
	"bytes"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// objectIDPrefix begins every global object id. [MS-OXOCAL] 2.2.1.27
var objectIDPrefix = [16]byte{0x04, 0, 0, 0, 0x82, 0, 0xE0, 0, 0x74, 0xC5, 0xB7, 0x10, 0x1A, 0x82, 0xE0, 0x08}

// vCalUID begins the data of an id that was made of another program's UID. [MS-OXCICAL] 2.1.3.1.1.20.26
const vCalUID = "vCal-Uid\x01\x00\x00\x00"

// A GlobalObjectID is PidLidGlobalObjectId. [MS-OXOCAL] 2.2.1.27
type GlobalObjectID struct {
	// Year, Month and Day are the day of the occurrence that is meant, or 0.
	Year       uint16
	Month, Day uint8
	Creation   uint64 // FILETIME
	X          [8]byte
	Data       []byte
}

// Layout codes the structure.
func (id *GlobalObjectID) Layout(c *wire.Codec) {
	prefix := objectIDPrefix
	c.Fixed(prefix[:])
	if c.Decoding() && prefix != objectIDPrefix {
		c.Failf("ByteArrayID of a global object id is %x", prefix)
		return
	}
	high, low := uint8(id.Year>>8), uint8(id.Year)
	c.Uint8(&high)
	c.Uint8(&low)
	id.Year = uint16(high)<<8 | uint16(low)
	c.Uint8(&id.Month)
	c.Uint8(&id.Day)
	c.Uint64(&id.Creation)
	c.Fixed(id.X[:])
	c.Bytes32(&id.Data)
}

// Clean is the id without its day: PidLidCleanGlobalObjectId. [MS-OXOCAL] 2.2.1.28
func (id GlobalObjectID) Clean() GlobalObjectID {
	id.Year, id.Month, id.Day = 0, 0, 0
	return id
}

// On is the id of the occurrence on t's day.
func (id GlobalObjectID) On(t time.Time) GlobalObjectID {
	id.Year, id.Month, id.Day = uint16(t.Year()), uint8(t.Month()), uint8(t.Day())
	return id
}

// UID gives the iCalendar UID. [MS-OXCICAL] 2.1.3.1.1.20.26
func (id GlobalObjectID) UID() string {
	if uid, ok := bytes.CutPrefix(id.Data, []byte(vCalUID)); ok {
		uid, _, _ = bytes.Cut(uid, []byte{0})
		if utf8.Valid(uid) && len(uid) > 0 {
			return string(uid)
		}
	}
	id = id.Clean()
	b, err := wire.Marshal(&id)
	if err != nil {
		return ""
	}
	return strings.ToUpper(hex.EncodeToString(b))
}

// FromUID makes the id of an iCalendar UID: the one it was made of when it is
// hex of a global object id, else one that carries it. [MS-OXCICAL] 2.1.3.1.1.20.26
func FromUID(uid string) GlobalObjectID {
	var id GlobalObjectID
	if b, err := hex.DecodeString(uid); err == nil && wire.Unmarshal(b, &id) == nil {
		return id.Clean()
	}
	return GlobalObjectID{Data: append([]byte(vCalUID+uid), 0)}
}

// CreationTime is when the id was made, where it says so.
func (id GlobalObjectID) CreationTime() (time.Time, bool) {
	return mapi.TimeOf(id.Creation), id.Creation != 0
}
