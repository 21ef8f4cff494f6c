package mapi

// Properties of the people a message is from and to: sender, representing, received by. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagSentRepresentingSearchKey            Tag[[]byte] = 0x003B0102 // [MS-OXOMSG] 2.2.1.58
	PidTagReceivedByEntryId                    Tag[[]byte] = 0x003F0102 // [MS-OXOMSG] 2.2.1.38
	PidTagReceivedByName                       Tag[string] = 0x0040001F // [MS-OXOMSG] 2.2.1.39
	PidTagSentRepresentingEntryId              Tag[[]byte] = 0x00410102 // [MS-OXOMSG] 2.2.1.56
	PidTagSentRepresentingName                 Tag[string] = 0x0042001F // [MS-OXOMSG] 2.2.1.57
	PidTagReceivedRepresentingEntryId          Tag[[]byte] = 0x00430102 // [MS-OXOMSG] 2.2.1.25
	PidTagReceivedRepresentingName             Tag[string] = 0x0044001F // [MS-OXOMSG] 2.2.1.26
	PidTagReadReceiptEntryId                   Tag[[]byte] = 0x00460102 // [MS-OXOMSG] 2.2.2.26
	PidTagOriginalAuthorEntryId                Tag[[]byte] = 0x004C0102 // [MS-OXOMSG] 2.2.1.32
	PidTagOriginalAuthorName                   Tag[string] = 0x004D001F // [MS-OXOMSG] 2.2.1.33
	PidTagReplyRecipientEntries                Tag[[]byte] = 0x004F0102 // [MS-OXOMSG] 2.2.1.43
	PidTagReplyRecipientNames                  Tag[string] = 0x0050001F // [MS-OXOMSG] 2.2.1.44
	PidTagReceivedBySearchKey                  Tag[[]byte] = 0x00510102 // [MS-OXOMSG] 2.2.1.40
	PidTagReceivedRepresentingSearchKey        Tag[[]byte] = 0x00520102 // [MS-OXOMSG] 2.2.1.27
	PidTagReadReceiptSearchKey                 Tag[[]byte] = 0x00530102 // [MS-OXOMSG] 2.2.2.28
	PidTagOriginalAuthorSearchKey              Tag[[]byte] = 0x00560102
	PidTagOriginalSenderName                   Tag[string] = 0x005A001F // [MS-OXOMSG] 2.2.2.9
	PidTagOriginalSenderEntryId                Tag[[]byte] = 0x005B0102 // [MS-OXOMSG] 2.2.2.8
	PidTagOriginalSenderSearchKey              Tag[[]byte] = 0x005C0102 // [MS-OXOMSG] 2.2.2.10
	PidTagOriginalSentRepresentingName         Tag[string] = 0x005D001F // [MS-OXOMSG] 2.2.2.14
	PidTagOriginalSentRepresentingEntryId      Tag[[]byte] = 0x005E0102 // [MS-OXOMSG] 2.2.2.13
	PidTagOriginalSentRepresentingSearchKey    Tag[[]byte] = 0x005F0102 // [MS-OXOMSG] 2.2.2.15
	PidTagSentRepresentingAddressType          Tag[string] = 0x0064001F // [MS-OXOMSG] 2.2.1.54
	PidTagSentRepresentingEmailAddress         Tag[string] = 0x0065001F // [MS-OXOMSG] 2.2.1.55
	PidTagOriginalSenderAddressType            Tag[string] = 0x0066001F // [MS-OXOMSG] 2.2.2.6
	PidTagOriginalSenderEmailAddress           Tag[string] = 0x0067001F // [MS-OXOMSG] 2.2.2.7
	PidTagOriginalSentRepresentingAddressType  Tag[string] = 0x0068001F // [MS-OXOMSG] 2.2.2.11
	PidTagOriginalSentRepresentingEmailAddress Tag[string] = 0x0069001F // [MS-OXOMSG] 2.2.2.12
	PidTagReceivedByAddressType                Tag[string] = 0x0075001F // [MS-OXOMSG] 2.2.1.36
	PidTagReceivedByEmailAddress               Tag[string] = 0x0076001F // [MS-OXOMSG] 2.2.1.37
	PidTagReceivedRepresentingAddressType      Tag[string] = 0x0077001F // [MS-OXOMSG] 2.2.1.23
	PidTagReceivedRepresentingEmailAddress     Tag[string] = 0x0078001F // [MS-OXOMSG] 2.2.1.24
	PidTagOriginalAuthorAddressType            Tag[string] = 0x0079001F
	PidTagOriginalAuthorEmailAddress           Tag[string] = 0x007A001F
	PidTagDelegation                           Tag[[]byte] = 0x007E0102
	PidTagSenderEntryId                        Tag[[]byte] = 0x0C190102 // [MS-OXOMSG] 2.2.1.50
	PidTagSenderName                           Tag[string] = 0x0C1A001F // [MS-OXOMSG] 2.2.1.51
	PidTagSenderSearchKey                      Tag[[]byte] = 0x0C1D0102 // [MS-OXOMSG] 2.2.1.52
	PidTagSenderAddressType                    Tag[string] = 0x0C1E001F // [MS-OXOMSG] 2.2.1.48
	PidTagSenderEmailAddress                   Tag[string] = 0x0C1F001F // [MS-OXOMSG] 2.2.1.49
	PidTagCreatorName                          Tag[string] = 0x3FF8001F // [MS-OXCMSG] 2.2.1.51
	PidTagCreatorEntryId                       Tag[[]byte] = 0x3FF90102 // [MS-OXCMSG] 2.2.1.31
	PidTagLastModifierEntryId                  Tag[[]byte] = 0x3FFB0102 // [MS-OXCMSG] 2.2.1.32
	PidTagSenderFlags                          Tag[int32]  = 0x40190003
	PidTagSentRepresentingFlags                Tag[int32]  = 0x401A0003
	PidTagReceivedByFlags                      Tag[int32]  = 0x401B0003
	PidTagReceivedRepresentingFlags            Tag[int32]  = 0x401C0003
	PidTagCreatorAddressType                   Tag[string] = 0x4022001F
	PidTagCreatorEmailAddress                  Tag[string] = 0x4023001F
	PidTagReadReceiptAddressType               Tag[string] = 0x4029001F // [MS-OXOMSG] 2.2.2.24
	PidTagReadReceiptEmailAddress              Tag[string] = 0x402A001F // [MS-OXOMSG] 2.2.2.25
	PidTagReadReceiptName                      Tag[string] = 0x402B001F // [MS-OXOMSG] 2.2.2.27
	PidTagSenderSimpleDisplayName              Tag[string] = 0x4030001F
	PidTagSentRepresentingSimpleDisplayName    Tag[string] = 0x4031001F
	PidTagCreatorSimpleDisplayName             Tag[string] = 0x4038001F
	PidTagLastModifierSimpleDisplayName        Tag[string] = 0x4039001F
	PidTagSenderSmtpAddress                    Tag[string] = 0x5D01001F // [MS-OXOMSG] 2.2.1.55
	PidTagSentRepresentingSmtpAddress          Tag[string] = 0x5D02001F // [MS-OXOMSG] 2.2.1.59
	PidTagReadReceiptSmtpAddress               Tag[string] = 0x5D05001F // [MS-OXOMSG] 2.2.1.30
	PidTagReceivedBySmtpAddress                Tag[string] = 0x5D07001F // [MS-OXOMSG] 2.2.1.41
	PidTagReceivedRepresentingSmtpAddress      Tag[string] = 0x5D08001F // [MS-OXOMSG] 2.2.1.28
)
