package mapi

import "time"

// Properties of attachments. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagAttachSize                      Tag[int32]     = 0x0E200003 // [MS-OXCMSG] 2.2.2.5
	PidTagAttachNumber                    Tag[int32]     = 0x0E210003 // [MS-OXCMSG] 2.2.2.6
	PidTagAttachmentX400Parameters        Tag[[]byte]    = 0x37000102
	PidTagAttachDataObject                Tag[Object]    = 0x3701000D // [MS-OXCMSG] 2.2.2.8
	PidTagAttachDataBinary                Tag[[]byte]    = 0x37010102
	PidTagAttachEncoding                  Tag[[]byte]    = 0x37020102 // [MS-OXCMSG] 2.2.2.20
	PidTagAttachExtension                 Tag[string]    = 0x3703001F // [MS-OXCMSG] 2.2.2.12
	PidTagAttachFilename                  Tag[string]    = 0x3704001F // [MS-OXCMSG] 2.2.2.11
	PidTagAttachMethod                    Tag[int32]     = 0x37050003 // [MS-OXCMSG] 2.2.2.9
	PidTagAttachLongFilename              Tag[string]    = 0x3707001F // [MS-OXCMSG] 2.2.2.10
	PidTagAttachPathname                  Tag[string]    = 0x3708001F // [MS-OXCMSG] 2.2.2.14
	PidTagAttachRendering                 Tag[[]byte]    = 0x37090102 // [MS-OXCMSG] 2.2.2.17
	PidTagAttachTag                       Tag[[]byte]    = 0x370A0102 // [MS-OXCMSG] 2.2.2.15
	PidTagRenderingPosition               Tag[int32]     = 0x370B0003 // [MS-OXCMSG] 2.2.2.16
	PidTagAttachTransportName             Tag[string]    = 0x370C001F // [MS-OXCMSG] 2.2.2.19
	PidTagAttachLongPathname              Tag[string]    = 0x370D001F // [MS-OXCMSG] 2.2.2.13
	PidTagAttachMimeTag                   Tag[string]    = 0x370E001F // [MS-OXCMSG] 2.2.2.29
	PidTagAttachAdditionalInformation     Tag[[]byte]    = 0x370F0102 // [MS-OXCMSG] 2.2.2.21
	PidTagAttachMimeSequence              Tag[int32]     = 0x37100003
	PidTagAttachContentBase               Tag[string]    = 0x3711001F // [MS-OXCMSG] 2.2.2.29
	PidTagAttachContentId                 Tag[string]    = 0x3712001F // [MS-OXCMSG] 2.2.2.29
	PidTagAttachContentLocation           Tag[string]    = 0x3713001F // [MS-OXCMSG] 2.2.2.29
	PidTagAttachFlags                     Tag[int32]     = 0x37140003 // [MS-OXCMSG] 2.2.2.18
	PidTagAttachPayloadProviderGuidString Tag[string]    = 0x3719001F // [MS-OXCMSG] 2.2.2.29
	PidTagAttachPayloadClass              Tag[string]    = 0x371A001F // [MS-OXCMSG] 2.2.2.29
	PidTagTextAttachmentCharset           Tag[string]    = 0x371B001F // [MS-OXCMSG] 2.2.2.25
	PidTagAttachmentLinkId                Tag[int32]     = 0x7FFA0003 // [MS-OXCMSG] 2.2.2.22
	PidTagExceptionStartTime              Tag[time.Time] = 0x7FFB0040 // [MS-OXOCAL] 2.2.10.1.4
	PidTagExceptionEndTime                Tag[time.Time] = 0x7FFC0040 // [MS-OXOCAL] 2.2.10.1.5
	PidTagAttachmentFlags                 Tag[int32]     = 0x7FFD0003 // [MS-OXCMSG] 2.2.2.23
	PidTagAttachmentHidden                Tag[bool]      = 0x7FFE000B // [MS-OXCMSG] 2.2.2.24
	PidTagAttachmentContactPhoto          Tag[bool]      = 0x7FFF000B // [MS-OXOCNTC] 2.2.1.8.2
)
