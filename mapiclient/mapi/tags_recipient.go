package mapi

// Properties of recipients and of address book objects.
const (
	PidTagResponsibility                  Tag[bool]   = 0x0E0F000B
	PidTagObjectType                      Tag[int32]  = 0x0FFE0003
	PidTagEntryId                         Tag[[]byte] = 0x0FFF0102
	PidTagInstanceKey                     Tag[[]byte] = 0x0FF60102
	PidTagRecipientType                   Tag[int32]  = 0x0C150003
	PidTagRowid                           Tag[int32]  = 0x30000003
	PidTagDisplayName                     Tag[string] = 0x3001001F
	PidTagAddressType                     Tag[string] = 0x3002001F
	PidTagEmailAddress                    Tag[string] = 0x3003001F
	PidTagSearchKey                       Tag[[]byte] = 0x300B0102
	PidTagDisplayType                     Tag[int32]  = 0x39000003
	PidTagDisplayTypeEx                   Tag[int32]  = 0x39050003
	PidTagSmtpAddress                     Tag[string] = 0x39FE001F
	PidTagAddressBookDisplayNamePrintable Tag[string] = 0x39FF001F
	PidTagTransmittableDisplayName        Tag[string] = 0x3A20001F
	PidTagSendRichInfo                    Tag[bool]   = 0x3A40000B
	PidTagSendInternetEncoding            Tag[int32]  = 0x3A710003
	PidTagRecipientDisplayName            Tag[string] = 0x5FF6001F
	PidTagRecipientEntryId                Tag[[]byte] = 0x5FF70102
	PidTagRecipientFlags                  Tag[int32]  = 0x5FFD0003
	PidTagRecipientTrackStatus            Tag[int32]  = 0x5FFF0003
	PidTagRecipientOrder                  Tag[int32]  = 0x5FDF0003
)
