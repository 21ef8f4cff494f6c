package mapitest

import "slices"

// A Quirk is one way in which a server differs from its specification or from
// other servers. [Quirks] says what each is.
type Quirk string

// A QuirkInfo is a row of the table of quirks.
type QuirkInfo struct {
	Quirk Quirk
	// Profiles are the names of the profiles that have it; none is a quirk that
	// only tests ask for.
	Profiles []string
	// Section is what the quirk departs from, or what leaves it open.
	Section string
	// Does is what a server with the quirk does.
	Does string
}

// Names of the profiles.
const (
	nameExchangeSE   = "exchange-se"
	nameExchange2016 = "exchange-2016"
	nameGromox       = "gromox"
)

// Quirks of the transport.
const (
	QuirkChunkedRefused    Quirk = "chunked-refused"
	QuirkLengthRequired    Quirk = "length-required"
	QuirkNTLMAsNegotiate   Quirk = "ntlm-as-negotiate"
	QuirkMailboxIDIgnored  Quirk = "mailbox-id-ignored"
	QuirkSidCookies        Quirk = "sid-cookies"
	QuirkOwnResponseCodes  Quirk = "own-response-codes"
	QuirkRotatesOnRefusal  Quirk = "rotates-on-refusal"
	QuirkBarePending       Quirk = "bare-pending"
	QuirkProcessingAgain   Quirk = "processing-again"
	QuirkEndlessWait       Quirk = "endless-wait"
	QuirkSlowPending       Quirk = "slow-pending"
	QuirkShortBeforeLogon  Quirk = "short-life-before-logon"
	QuirkBackEndHeaders    Quirk = "back-end-headers"
	QuirkNeverCompressed   Quirk = "never-compressed"
	QuirkBindNotSupported  Quirk = "bind-unicode-not-supported"
	QuirkUnknownAmbiguous  Quirk = "unknown-name-ambiguous"
	QuirkGuestLogon        Quirk = "guest-logon"
	QuirkGuestsGetNoNames  Quirk = "guests-get-no-names"
	QuirkPropsAllFails     Quirk = "props-all-overflow-fails"
	QuirkReadSettable      Quirk = "read-settable"
	QuirkTerminatedStreams Quirk = "terminated-streams"
)

// Quirks of messages and folders.
const (
	QuirkMissingIgnored       Quirk = "missing-ignored"
	QuirkChildrenStay         Quirk = "children-stay"
	QuirkEmbeddedIDs          Quirk = "embedded-ids"
	QuirkNamesWithoutWarning  Quirk = "names-without-warning"
	QuirkHeaderNamesKeepCase  Quirk = "header-names-keep-case"
	QuirkStaleSaveLies        Quirk = "stale-save-lies"
	QuirkStaleSaveRevives     Quirk = "stale-save-revives"
	QuirkQuotaAtCreate        Quirk = "quota-at-create"
	QuirkNewMailIDsSwapped    Quirk = "new-mail-ids-swapped"
	QuirkNoMessagesForSpooler Quirk = "no-messages-for-spooler"
	QuirkSpoolerIgnored       Quirk = "spooler-ignored"
	QuirkSpoolerRefused       Quirk = "spooler-refused"
)

// Quirks of submitting.
const (
	QuirkSubmitRevives       Quirk = "submit-revives"
	QuirkSubmitTwice         Quirk = "submit-twice"
	QuirkBadAddresses        Quirk = "bad-addresses-accepted"
	QuirkSendWithinSubmit    Quirk = "send-within-submit"
	QuirkSendAsAccessDenied  Quirk = "send-as-access-denied"
	QuirkNoRecipientsOwnCode Quirk = "no-recipients-own-code"
	QuirkTooBigOwnCode       Quirk = "too-big-own-code"
	QuirkNewMessageID        Quirk = "new-message-id"
	QuirkSentMailSvrEID      Quirk = "sent-mail-svreid-ignored"
	QuirkSentMailEntryID     Quirk = "sent-mail-entryid-honoured"
)

// Quirks is the table of all quirks. What a profile is, it says.
func Quirks() []QuirkInfo { return slices.Concat(transportQuirks(), storeQuirks(), submitQuirks()) }

func exchanges() []string { return []string{nameExchangeSE, nameExchange2016} }

func onlySE() []string { return []string{nameExchangeSE} }

func gromox() []string { return []string{nameGromox} }

func transportQuirks() []QuirkInfo {
	return []QuirkInfo{
		{QuirkChunkedRefused, gromox(), "RFC 9112 7.1", "answers 400 to a body with Transfer-Encoding: chunked and closes the connection"},
		{QuirkLengthRequired, exchanges(), "RFC 9110 15.5.12", "answers 411 to a POST without length before it asks who sends it"},
		{QuirkNTLMAsNegotiate, gromox(), "[MS-NTHT] 2.1", "offers no NTLM, takes raw NTLM messages under either name, and answers them as Negotiate"},
		{QuirkMailboxIDIgnored, gromox(), "[MS-OXCMAPIHTTP] 2.2.2.1", "wants the parameter MailboxId in the URL and no value; without it the path does not exist"},
		{QuirkSidCookies, gromox(), "[MS-OXCMAPIHTTP] 3.2.5.1", "names its cookies sid and sequence, and has none for routing"},
		{QuirkOwnResponseCodes, gromox(), "[MS-OXCMAPIHTTP] 2.2.3.3.3", "numbers refusals its own way: 3 a header is missing, 6 no sequence cookie, 7 a wrong one; looks at X-RequestType, X-RequestId and X-ClientInfo only"},
		{QuirkRotatesOnRefusal, gromox(), "[MS-OXCMAPIHTTP] 3.2.5.2", "moves the sequence on when it refuses an unknown request type, and does not say so: the context is lost"},
		{QuirkBarePending, gromox(), "[MS-OXCMAPIHTTP] 2.2.7", "writes PENDING without a line end"},
		{QuirkProcessingAgain, gromox(), "[MS-OXCMAPIHTTP] 2.2.7", "writes PROCESSING again before the DONE of a NotificationWait"},
		{QuirkEndlessWait, gromox(), "[MS-OXCMAPIHTTP] 3.2.5.5", "answers a NotificationWait when something happens and never before"},
		{QuirkSlowPending, onlySE(), "[MS-OXCMAPIHTTP] 2.2.3.3.5", "gives signs of life every 30 s instead of 15 s"},
		{QuirkShortBeforeLogon, onlySE(), "[MS-OXCMAPIHTTP] 2.2.3.3.4", "ends an idle session after 5 minutes while nobody has logged on, after 15 then"},
		{QuirkBackEndHeaders, exchanges(), "[MS-OXCMAPIHTTP] 2.2.3.3", "tells its front end, back end and request-id in headers"},
		{QuirkNeverCompressed, gromox(), "[MS-OXCRPC] 3.1.4.2.1.2.1", "neither compresses nor obfuscates, whatever the client takes"},
		{QuirkBindNotSupported, gromox(), "[MS-OXNSPI] 3.1.4.1.1", "answers MAPI_E_NO_SUPPORT to a Bind with the code page of UTF-16 instead of ecInvalidCodePage"},
		{QuirkUnknownAmbiguous, gromox(), "[MS-OXNSPI] 3.1.4.1.17", "calls a name that nobody has ambiguous instead of unresolved"},
		{QuirkGuestLogon, gromox(), "[MS-OXCSTOR] 3.2.5.1", "lets anybody log on to any mailbox, as a guest who finds no folder"},
		{QuirkGuestsGetNoNames, gromox(), "[MS-OXCPRPT] 3.2.5.10", "makes no named properties for who does not own the mailbox: the id is 0"},
		{QuirkPropsAllFails, gromox(), "[MS-OXCPRPT] 3.2.5.2", "fails the whole Execute with 0x3F0 when the answer to RopGetPropertiesAll is too long"},
		{QuirkReadSettable, gromox(), "[MS-OXCMSG] 2.2.1.53", "lets clients set PidTagRead"},
		{QuirkTerminatedStreams, gromox(), "[MS-OXCPRPT] 2.2.14", "gives streams of strings their NUL"},
	}
}

func storeQuirks() []QuirkInfo {
	return []QuirkInfo{
		{QuirkMissingIgnored, gromox(), "[MS-OXCFOLD] 3.2.5.11", "deletes and marks what is not there with success"},
		{QuirkChildrenStay, gromox(), "[MS-OXCROPS] 2.2.15.3", "keeps streams and attachments open when their message is released"},
		{QuirkEmbeddedIDs, gromox(), "[MS-OXCMSG] 2.2.3.16.2", "gives embedded messages an id when they are opened"},
		{QuirkNamesWithoutWarning, gromox(), "[MS-OXCPRPT] 3.2.5.10", "answers plain success when some names have no id"},
		{QuirkHeaderNamesKeepCase, gromox(), "[MS-OXCMAIL] 2.1.3.2.1", "keeps the name of an Internet header as it was spelt first instead of in lower case"},
		{QuirkStaleSaveLies, []string{nameExchange2016}, "[MS-OXCMSG] 3.2.5.3", "answers success to saving a message that has been moved or deleted, and saves nothing"},
		{QuirkStaleSaveRevives, gromox(), "[MS-OXCMSG] 3.2.5.3", "brings a moved or deleted message back as a second copy when it is saved by force, and answers ecObjectModified otherwise"},
		{QuirkQuotaAtCreate, gromox(), "[MS-OXCMSG] 3.2.5.2", "refuses to create messages in a full mailbox, and not to save them"},
		{QuirkNewMailIDsSwapped, gromox(), "[MS-OXOMSG] 3.3.5.7", "announces what RopTransportNewMail names with the ids of folder and message exchanged"},
		{QuirkNoMessagesForSpooler, exchanges(), "[MS-OXOMSG] 3.3.5.3", "creates no messages on a logon that has become a spooler"},
		{QuirkSpoolerIgnored, gromox(), "[MS-OXOMSG] 3.3.5.4", "sends what waits for the spooler, and takes locks without effect; lstFinished is ecNotInQueue"},
		{QuirkSpoolerRefused, nil, "[MS-OXOMSG] 3.3.5.4", "sends what waits for the spooler, and answers ecNotSupported to RopSpoolerLockMessage"},
	}
}

func submitQuirks() []QuirkInfo {
	return []QuirkInfo{
		{QuirkSubmitRevives, gromox(), "[MS-OXOMSG] 3.3.5.1", "sends again what is submitted through the handle of a message that has been sent, moved or deleted"},
		{QuirkSubmitTwice, gromox(), "[MS-OXOMSG] 3.3.5.1", "takes a submit of a message that another session is submitting, and sends it twice"},
		{QuirkBadAddresses, gromox(), "RFC 5321 4.1.2", "sends to what is no address at all instead of reporting it"},
		{QuirkSendWithinSubmit, gromox(), "[MS-OXOMSG] 3.3.5.1", "sends before it answers; what is not taken at once stays a draft, and the answer is the warning 0x00040203 after a temporary failure, 0x00040580 after another"},
		{QuirkSendAsAccessDenied, gromox(), "[MS-OXOMSG] 3.3.5.1", "answers ecAccessDenied instead of ecSendAsDenied"},
		{QuirkNoRecipientsOwnCode, gromox(), "[MS-OXOMSG] 3.3.5.1", "answers 0x80040607 instead of ecInvalidRecips to a submit without recipients"},
		{QuirkTooBigOwnCode, gromox(), "[MS-OXOMSG] 3.3.5.1", "answers 0x80040610 instead of ecMaxSubmissionExceeded to a submit of a message that is too large"},
		{QuirkNewMessageID, gromox(), "[MS-OXOMSG] 2.2.1.12", "gives every submitted message a new PidTagInternetMessageId"},
		{QuirkSentMailSvrEID, gromox(), "[MS-OXOMSG] 2.2.3.10", "files no sent message where PidTagSentMailSvrEID says"},
		{QuirkSentMailEntryID, gromox(), "[MS-OXOMSG] 2.2.3.10", "files a sent message where PidTagSentMailEntryId says"},
	}
}
