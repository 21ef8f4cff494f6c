package mail

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// idEncoding is base32 in an alphabet that sorts like the bytes and has no letters that people confuse.
var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// idLen is the length of an ID in characters: 48 bits of time and 52 of chance.
const idLen = 20

// NewID makes an ID of 20 letters and digits: the time in milliseconds, then chance, so that
// later mails sort after earlier ones.
func NewID(now time.Time) ID {
	var b [13]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	rand.Read(b[6:]) // never fails
	return ID(idEncoding.EncodeToString(b[:])[:idLen])
}

// Valid tells whether id could be one of NewID's: it is safe as a file name and in a header.
func (id ID) Valid() bool {
	if len(id) != idLen {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// TraceID names the mail to tracing systems, as W3C Trace Context does: 32 hex digits. It follows from the id, so that whoever sees
// the mail, on either side and after a restart, gives the same.
func (id ID) TraceID() string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}
