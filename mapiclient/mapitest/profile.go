package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
)

// A Profile is what distinguishes one server from another.
type Profile struct {
	// Name is the profile's name in logs.
	Name string
	// ServerApplication is what X-ServerApplication says.
	ServerApplication string
	// Spooler says what becomes of the spooler protocol.
	Spooler SpoolerMode
	// StaleSave says what becomes of saving a message that was moved or deleted
	// after it was opened.
	StaleSave StaleSave
	// SendAsDenied is the answer to a submit in the name of somebody who has not
	// granted it.
	SendAsDenied mapi.ErrorCode
	// NoRecipients is the answer to a submit of a message without recipients.
	NoRecipients mapi.ErrorCode
	// BindUnicode is the address book's answer to a Bind with the code page of UTF-16.
	BindUnicode mapi.ErrorCode
	// UnknownIsAmbiguous lets ResolveNames call an unknown name ambiguous.
	UnknownIsAmbiguous bool
	// NoMessagesForSpooler refuses to create messages on a logon that has become
	// a spooler, as Exchange 2013 and later.
	NoMessagesForSpooler bool
	// ReadSettable lets clients set PidTagRead.
	ReadSettable bool
	// TerminatedStreams gives streams of strings their NUL.
	TerminatedStreams bool
	// MissingIgnored completes a deletion or marking of what is not there.
	MissingIgnored bool
	// ChildrenStay keeps a stream or attachment open when its message is released.
	ChildrenStay bool
	// EmbeddedIDs gives embedded messages an id when they are opened.
	EmbeddedIDs bool
	// NamesWithoutWarning answers plain success when some names have no id.
	NamesWithoutWarning bool
	// IgnoreSentMailSvrEID leaves PidTagSentMailSvrEID without effect.
	IgnoreSentMailSvrEID bool
	// HonourSentMailEntryID files a sent message where PidTagSentMailEntryId says.
	HonourSentMailEntryID bool
	// SendWithinSubmit sends while the client waits for the answer to its submit.
	// What the Transport does not take at once stays where it is, and the answer
	// is a warning: 0x00040203 after a temporary error, 0x00040580 after another.
	SendWithinSubmit bool
	// NewMessageID gives every submitted message a new PidTagInternetMessageId.
	NewMessageID bool
}

// A SpoolerMode says how a server treats RopSetSpooler, RopSpoolerLockMessage
// and submits with NeedsSpooler. [MS-OXOMSG] 3.2.4.8, 3.3.5.6
type SpoolerMode int

// Spooler modes.
const (
	// SpoolerFull is the protocol as specified.
	SpoolerFull SpoolerMode = iota
	// SpoolerRefused takes RopSetSpooler, ignores NeedsSpooler and answers ecNotSupported to RopSpoolerLockMessage.
	SpoolerRefused
	// SpoolerIgnored takes locks without effect, ignores NeedsSpooler and answers ecNotInQueue to lstFinished.
	SpoolerIgnored
)

// A StaleSave says what becomes of saving a message that was moved or deleted
// after it was opened.
type StaleSave int

// What may become of it.
const (
	// StaleSaveFails answers ecObjectDeleted.
	StaleSaveFails StaleSave = iota
	// StaleSaveLies answers success and saves nothing, as Exchange 2010 to 2016.
	StaleSaveLies
	// StaleSaveRevives brings the message back as a second copy when the save
	// is forced, as gromox 3.10.
	StaleSaveRevives
)

func (s StaleSave) mode() store.StaleSave {
	return map[StaleSave]store.StaleSave{
		StaleSaveFails: store.StaleSaveFails, StaleSaveLies: store.StaleSaveLies, StaleSaveRevives: store.StaleSaveRevives,
	}[s]
}

// Profiles are all servers that can be imitated.
func Profiles() []*Profile { return []*Profile{ExchangeSE(), Gromox()} }

// ExchangeSE is Exchange Server Subscription Edition, with the spooler
// protocol as its specification has it.
func ExchangeSE() *Profile {
	return &Profile{
		Name: "exchange-se", ServerApplication: "Exchange/15.02.2562.045",
		SendAsDenied: mapi.ErrSendAsDenied, NoRecipients: mapi.ErrInvalidRecips, BindUnicode: mapi.ErrInvalidCodePage,
		NoMessagesForSpooler: true,
	}
}

// Gromox is gromox 3.10, as far as tests against it have found it to differ
// from Exchange.
func Gromox() *Profile {
	return &Profile{
		Name: "gromox", ServerApplication: "Exchange/15.00.0847.4040",
		Spooler: SpoolerIgnored, StaleSave: StaleSaveRevives,
		SendAsDenied: mapi.ErrAccessDenied, NoRecipients: mapi.ErrNoRecipients, BindUnicode: mapi.ErrNotSupported,
		UnknownIsAmbiguous: true, ReadSettable: true, TerminatedStreams: true, MissingIgnored: true, ChildrenStay: true,
		EmbeddedIDs: true, NamesWithoutWarning: true, SendWithinSubmit: true,
		IgnoreSentMailSvrEID: true, HonourSentMailEntryID: true, NewMessageID: true,
	}
}
