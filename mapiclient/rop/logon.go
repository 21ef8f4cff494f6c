package rop

import (
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// LogonFlags say which kind of store is opened. [MS-OXCSTOR] 2.2.1.1.1
type LogonFlags uint8

// Logon flags.
const (
	LogonPrivate    LogonFlags = 0x01
	LogonUndercover LogonFlags = 0x02
	LogonGhosted    LogonFlags = 0x04
	LogonSpooler    LogonFlags = 0x08
)

// OpenFlags say how the store is opened. [MS-OXCSTOR] 2.2.1.1.1
type OpenFlags uint32

// Open flags.
const (
	OpenUseAdminPrivilege      OpenFlags = 0x00000001
	OpenPublic                 OpenFlags = 0x00000002
	OpenHomeLogon              OpenFlags = 0x00000004
	OpenTakeOwnership          OpenFlags = 0x00000008
	OpenAlternateServer        OpenFlags = 0x00000100
	OpenIgnoreHomeMDB          OpenFlags = 0x00000200
	OpenNoMail                 OpenFlags = 0x00000400
	OpenUsePerMDBReplIDMapping OpenFlags = 0x01000000
	OpenSupportProgress        OpenFlags = 0x20000000
)

// LogonRequest opens a mailbox or the public folders.
// [MS-OXCROPS] 2.2.3.1.1, [MS-OXCSTOR] 2.2.1.1.1
type LogonRequest struct {
	LogonFlags LogonFlags
	OpenFlags  OpenFlags
	StoreState uint32
	// Essdn is the legacy DN of the mailbox; empty for public folders.
	Essdn string
}

// ROP implements [Request].
func (*LogonRequest) ROP() ID { return Logon }

// NewResponse implements [RequestOf].
func (*LogonRequest) NewResponse() *LogonResponse { return new(LogonResponse) }

// Layout implements [wire.Coder].
func (r *LogonRequest) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.LogonFlags)
	wire.Uint32s(&r.OpenFlags, c)
	c.Uint32(&r.StoreState)
	layoutSizedString8(c, &r.Essdn)
}

// The folders of a private mailbox in the order of [LogonResponse].Folders.
// [MS-OXCSTOR] 2.2.1.1.3
const (
	FolderRoot = iota
	FolderDeferredAction
	FolderSpoolerQueue
	FolderIPMSubtree
	FolderInbox
	FolderOutbox
	FolderSentItems
	FolderDeletedItems
	FolderCommonViews
	FolderSchedule
	FolderSearch
	FolderViews
	FolderShortcuts
)

// ResponseFlags say what the user may do with the mailbox.
// [MS-OXCSTOR] 2.2.1.1.3
type ResponseFlags uint8

// Response flags.
const (
	LogonReserved    ResponseFlags = 0x01
	LogonOwnerRight  ResponseFlags = 0x02
	LogonSendAsRight ResponseFlags = 0x04
	LogonOutOfOffice ResponseFlags = 0x10
)

// A LogonTime is the server's clock at logon, in parts.
// [MS-OXCROPS] 2.2.3.1.2.1
type LogonTime struct {
	Seconds, Minutes, Hour, DayOfWeek, Day, Month uint8
	Year                                          uint16
}

// Layout codes eight bytes.
func (t *LogonTime) Layout(c *wire.Codec) {
	for _, p := range []*uint8{&t.Seconds, &t.Minutes, &t.Hour, &t.DayOfWeek, &t.Day, &t.Month} {
		c.Uint8(p)
	}
	c.Uint16(&t.Year)
}

// LogonTimeOf gives t, in UTC, in parts.
func LogonTimeOf(t time.Time) LogonTime {
	t = t.UTC()
	return LogonTime{uint8(t.Second()), uint8(t.Minute()), uint8(t.Hour()), uint8(t.Weekday()),
		uint8(t.Day()), uint8(t.Month()), uint16(t.Year())}
}

// LogonResponse describes the opened store. Which fields are present depends
// on LogonFlags: with LogonPrivate ResponseFlags, MailboxGUID, LogonTime,
// GwartTime and StoreState, without it PerUserGUID.
// [MS-OXCROPS] 2.2.3.1.2, 2.2.3.1.3, [MS-OXCSTOR] 2.2.1.1.3, 2.2.1.1.4
type LogonResponse struct {
	LogonFlags    LogonFlags
	Folders       [13]mapi.FolderID
	ResponseFlags ResponseFlags
	MailboxGUID   mapi.GUID
	ReplID        uint16
	ReplGUID      mapi.GUID
	LogonTime     LogonTime
	GwartTime     uint64
	StoreState    uint32
	PerUserGUID   mapi.GUID

	// ServerName is the legacy DN of the right server; present only when the
	// operation failed with ecWrongServer. [MS-OXCROPS] 2.2.3.1.4
	ServerName string
}

// ROP implements [Response].
func (*LogonResponse) ROP() ID { return Logon }

// Layout implements [wire.Coder].
func (r *LogonResponse) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.LogonFlags)
	for i := range r.Folders {
		r.Folders[i].Layout(c)
	}
	if r.LogonFlags&LogonPrivate == 0 {
		c.Uint16(&r.ReplID)
		r.ReplGUID.Layout(c)
		r.PerUserGUID.Layout(c)
		return
	}
	layoutFlags8(c, &r.ResponseFlags)
	r.MailboxGUID.Layout(c)
	c.Uint16(&r.ReplID)
	r.ReplGUID.Layout(c)
	r.LogonTime.Layout(c)
	c.Uint64(&r.GwartTime)
	c.Uint32(&r.StoreState)
}

// LayoutFailure codes the redirection of ecWrongServer. [MS-OXCROPS] 2.2.3.1.4
func (r *LogonResponse) LayoutFailure(c *wire.Codec, code mapi.ErrorCode) {
	if code != ecWrongServer {
		return
	}
	layoutFlags8(c, &r.LogonFlags)
	c.Sized8(func() {
		if r.ServerName != "" || c.Len() > 0 {
			c.String8(&r.ServerName)
		}
	})
}
