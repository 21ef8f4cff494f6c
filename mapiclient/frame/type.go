package frame

// ContentType is the media type of every request and of every good answer.
// [MS-OXCMAPIHTTP] 2.2.2.1
const ContentType = "application/mapi-http"

// A RequestType is the value of X-RequestType. [MS-OXCMAPIHTTP] 2.2.3.3.1
type RequestType string

// Request types of the mailbox endpoint. [MS-OXCMAPIHTTP] 2.2.4
const (
	Connect          RequestType = "Connect"
	Execute          RequestType = "Execute"
	Disconnect       RequestType = "Disconnect"
	NotificationWait RequestType = "NotificationWait"
)

// PING is served by both endpoints; it has no body. [MS-OXCMAPIHTTP] 2.2.6
const Ping RequestType = "PING"

// Request types of the address book endpoint. [MS-OXCMAPIHTTP] 2.2.5
const (
	Bind              RequestType = "Bind"
	Unbind            RequestType = "Unbind"
	CompareMIds       RequestType = "CompareMIds"
	DNToMId           RequestType = "DNToMId"
	GetMatches        RequestType = "GetMatches"
	GetPropList       RequestType = "GetPropList"
	GetProps          RequestType = "GetProps"
	GetSpecialTable   RequestType = "GetSpecialTable"
	GetTemplateInfo   RequestType = "GetTemplateInfo"
	ModLinkAtt        RequestType = "ModLinkAtt"
	ModProps          RequestType = "ModProps"
	QueryRows         RequestType = "QueryRows"
	QueryColumns      RequestType = "QueryColumns"
	ResolveNames      RequestType = "ResolveNames"
	ResortRestriction RequestType = "ResortRestriction"
	SeekEntries       RequestType = "SeekEntries"
	UpdateStat        RequestType = "UpdateStat"
	GetMailboxURL     RequestType = "GetMailboxUrl"
	GetAddressBookURL RequestType = "GetAddressBookUrl"
)

// Names of the protocol's headers. [MS-OXCMAPIHTTP] 2.2.3.3
const (
	HeaderRequestType       = "X-RequestType"
	HeaderRequestID         = "X-RequestId"
	HeaderClientInfo        = "X-ClientInfo"
	HeaderClientApplication = "X-ClientApplication"
	HeaderServerApplication = "X-ServerApplication"
	HeaderResponseCode      = "X-ResponseCode"
	HeaderPendingPeriod     = "X-PendingPeriod"
	HeaderExpirationInfo    = "X-ExpirationInfo"
	HeaderElapsedTime       = "X-ElapsedTime"
	HeaderStartTime         = "X-StartTime"
)
