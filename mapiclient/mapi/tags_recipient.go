package mapi

import "time"

// Properties of recipients and of all address objects. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagRecipientType                   Tag[int32]     = 0x0C150003 // [MS-OXOMSG] 2.2.3.1
	PidTagResponsibility                  Tag[bool]      = 0x0E0F000B // [MS-OXCMSG] 2.2.1.37
	PidTagRecipientStatus                 Tag[int32]     = 0x0E150003
	PidTagInstanceKey                     Tag[[]byte]    = 0x0FF60102 // [MS-OXOABK] 2.2.3.6
	PidTagObjectType                      Tag[int32]     = 0x0FFE0003 // [MS-OXCPRPT] 2.2.1.7
	PidTagEntryId                         Tag[[]byte]    = 0x0FFF0102 // [MS-OXCPERM] 2.2.4
	PidTagRowid                           Tag[int32]     = 0x30000003 // [MS-OXCMSG] 2.2.1.38
	PidTagDisplayName                     Tag[string]    = 0x3001001F // [MS-OXCFOLD] 2.2.2.2.2.5
	PidTagAddressType                     Tag[string]    = 0x3002001F // [MS-OXOABK] 2.2.3.13
	PidTagEmailAddress                    Tag[string]    = 0x3003001F // [MS-OXOABK] 2.2.3.14
	PidTagSearchKey                       Tag[[]byte]    = 0x300B0102 // [MS-OXCPRPT] 2.2.1.9
	PidTagDisplayType                     Tag[int32]     = 0x39000003 // [MS-OXOABK] 2.2.3.11
	PidTagDisplayTypeEx                   Tag[int32]     = 0x39050003 // [MS-OXOABK] 2.2.3.12
	PidTagSmtpAddress                     Tag[string]    = 0x39FE001F // [MS-OXOABK] 2.2.3.21
	PidTagAddressBookDisplayNamePrintable Tag[string]    = 0x39FF001F
	PidTagConversionProhibited            Tag[bool]      = 0x3A03000B
	PidTagMailPermission                  Tag[bool]      = 0x3A0E000B
	PidTagOriginalDisplayName             Tag[string]    = 0x3A13001F
	PidTagOriginalSearchKey               Tag[[]byte]    = 0x3A140102
	PidTagTransmittableDisplayName        Tag[string]    = 0x3A20001F // [MS-OXOABK] 2.2.3.8
	PidTagSendRichInfo                    Tag[bool]      = 0x3A40000B // [MS-OXOABK] 2.2.3.18
	PidTagSendInternetEncoding            Tag[int32]     = 0x3A710003 // [MS-OXOABK] 2.2.3.19
	PidTagRecipientResourceState          Tag[int32]     = 0x5FDE0003
	PidTagRecipientOrder                  Tag[int32]     = 0x5FDF0003 // [MS-OXCMSG] 2.2.1.40
	PidTagRecipientProposed               Tag[bool]      = 0x5FE1000B // [MS-OXOCAL] 2.2.4.10.4
	PidTagRecipientProposedStartTime      Tag[time.Time] = 0x5FE30040 // [MS-OXOCAL] 2.2.4.10.5
	PidTagRecipientProposedEndTime        Tag[time.Time] = 0x5FE40040 // [MS-OXOCAL] 2.2.4.10.6
	PidTagRecipientDisplayName            Tag[string]    = 0x5FF6001F // [MS-OXCMSG] 2.2.1.54
	PidTagRecipientEntryId                Tag[[]byte]    = 0x5FF70102 // [MS-OXCMSG] 2.2.1.55
	PidTagRecipientTrackStatusTime        Tag[time.Time] = 0x5FFB0040 // [MS-OXOCAL] 2.2.4.10.3
	PidTagRecipientFlags                  Tag[int32]     = 0x5FFD0003 // [MS-OXOCAL] 2.2.4.10.1
	PidTagRecipientTrackStatus            Tag[int32]     = 0x5FFF0003 // [MS-OXOCAL] 2.2.4.10.2
	PidTagRecipientNumber                 Tag[int32]     = 0x66620003
)
