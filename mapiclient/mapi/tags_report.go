package mapi

import "time"

// Properties of delivery and read reports. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagDeliverTime                          Tag[time.Time] = 0x00100040 // [MS-OXOMSG] 2.2.2.29
	PidTagOriginallyIntendedRecipientName      Tag[[]byte]    = 0x00200102
	PidTagOriginatorDeliveryReportRequested    Tag[bool]      = 0x0023000B // [MS-OXOMSG] 2.2.1.20
	PidTagReceiptTime                          Tag[time.Time] = 0x002A0040 // [MS-OXOMSG] 2.2.2.33
	PidTagRedirectionHistory                   Tag[[]byte]    = 0x002C0102
	PidTagOriginalSensitivity                  Tag[int32]     = 0x002E0003 // [MS-OXOMSG] 2.2.1.22
	PidTagReportTag                            Tag[[]byte]    = 0x00310102 // [MS-OXOMSG] 2.2.2.22
	PidTagReportTime                           Tag[time.Time] = 0x00320040
	PidTagReturnedMessageid                    Tag[bool]      = 0x0033000B
	PidTagSubjectMessageId                     Tag[[]byte]    = 0x00380102
	PidTagReportName                           Tag[string]    = 0x003A001F // [MS-OXOMSG] 2.2.2.20
	PidTagNonReceiptReason                     Tag[int32]     = 0x003E0003
	PidTagReportEntryId                        Tag[[]byte]    = 0x00450102 // [MS-OXOMSG] 2.2.1.45
	PidTagOriginalSubject                      Tag[string]    = 0x0049001F // [MS-OXOMSG] 2.2.2.16
	PidTagOriginalMessageClass                 Tag[string]    = 0x004B001F // [MS-OXOMSG] 2.2.1.86
	PidTagOriginalSubmitTime                   Tag[time.Time] = 0x004E0040 // [MS-OXOMSG] 2.2.2.17
	PidTagReportSearchKey                      Tag[[]byte]    = 0x00540102 // [MS-OXOMSG] 2.2.2.21
	PidTagOriginalDeliveryTime                 Tag[time.Time] = 0x00550040 // [MS-OXOMSG] 2.2.2.2
	PidTagOriginalDisplayBcc                   Tag[string]    = 0x0072001F // [MS-OXOMSG] 2.2.2.5
	PidTagOriginalDisplayCc                    Tag[string]    = 0x0073001F // [MS-OXOMSG] 2.2.2.4
	PidTagOriginalDisplayTo                    Tag[string]    = 0x0074001F // [MS-OXOMSG] 2.2.2.3
	PidTagOriginallyIntendedRecipAddrtype      Tag[string]    = 0x007B001F
	PidTagOriginallyIntendedRecipEmailAddress  Tag[string]    = 0x007C001F
	PidTagReportDisposition                    Tag[string]    = 0x0080001F // [MS-OXOMSG] 2.2.1.34
	PidTagReportDispositionMode                Tag[string]    = 0x0081001F // [MS-OXOMSG] 2.2.1.35
	PidTagReportOriginalSender                 Tag[string]    = 0x0082001F
	PidTagReportDispositionToNames             Tag[[]string]  = 0x0083101F
	PidTagReportDispositionToEmailAddresses    Tag[[]string]  = 0x0084101F
	PidTagReportDispositionOptions             Tag[string]    = 0x0085001F
	PidTagNonDeliveryReportReasonCode          Tag[int32]     = 0x0C040003 // [MS-OXOMSG] 2.2.2.31
	PidTagNonDeliveryReportDiagCode            Tag[int32]     = 0x0C050003 // [MS-OXOMSG] 2.2.2.30
	PidTagNonReceiptNotificationRequested      Tag[bool]      = 0x0C06000B
	PidTagDeliveryPoint                        Tag[int32]     = 0x0C070003
	PidTagOriginatorNonDeliveryReportRequested Tag[bool]      = 0x0C08000B // [MS-OXOMSG] 2.2.1.21
	PidTagPhysicalDeliveryMode                 Tag[int32]     = 0x0C0B0003
	PidTagProofOfDelivery                      Tag[[]byte]    = 0x0C110102
	PidTagProofOfDeliveryRequested             Tag[bool]      = 0x0C12000B
	PidTagRegisteredMailType                   Tag[int32]     = 0x0C160003
	PidTagRequestedDeliveryMethod              Tag[int32]     = 0x0C180003
	PidTagSupplementaryInfo                    Tag[string]    = 0x0C1B001F // [MS-OXOMSG] 2.2.2.36
	PidTagTypeOfX400User                       Tag[int32]     = 0x0C1C0003
	PidTagNonDeliveryReportStatusCode          Tag[int32]     = 0x0C200003 // [MS-OXOMSG] 2.2.2.32
	PidTagRemoteMessageTransferAgent           Tag[string]    = 0x0C21001F // [MS-OXOMSG] 2.2.2.34
	PidTagReportText                           Tag[string]    = 0x1001001F // [MS-OXOMSG] 2.2.2.23
	PidTagReportingDistributionListName        Tag[[]byte]    = 0x10030102
	PidTagOriginallyIntendedRecipEntryId       Tag[[]byte]    = 0x10120102
	PidTagOriginalMessageId                    Tag[string]    = 0x1046001F // [MS-OXOMSG] 2.2.1.85
	PidTagReportingMessageTransferAgent        Tag[string]    = 0x6820001F // [MS-OXOMSG] 2.2.2.35
)
