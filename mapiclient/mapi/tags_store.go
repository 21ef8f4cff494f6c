package mapi

// Properties of message stores. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagStoreRecordKey           Tag[[]byte] = 0x0FFA0102
	PidTagProviderDisplay          Tag[string] = 0x3006001F
	PidTagDefaultStore             Tag[bool]   = 0x3400000B
	PidTagStoreSupportMask         Tag[int32]  = 0x340D0003 // [MS-OXMSG] 2.1.1.1
	PidTagStoreState               Tag[int32]  = 0x340E0003 // [MS-OXCSTOR] 2.2.2.1
	PidTagStoreUnicodeMask         Tag[int32]  = 0x340F0003
	PidTagReceiveFolderSettings    Tag[Object] = 0x3415000D
	PidTagValidFolderMask          Tag[int32]  = 0x35DF0003
	PidTagIpmSubtreeEntryId        Tag[[]byte] = 0x35E00102
	PidTagIpmOutboxEntryId         Tag[[]byte] = 0x35E20102
	PidTagIpmWastebasketEntryId    Tag[[]byte] = 0x35E30102
	PidTagIpmSentMailEntryId       Tag[[]byte] = 0x35E40102
	PidTagViewsEntryId             Tag[[]byte] = 0x35E50102
	PidTagCommonViewsEntryId       Tag[[]byte] = 0x35E60102
	PidTagFinderEntryId            Tag[[]byte] = 0x35E70102
	PidTagUserEntryId              Tag[[]byte] = 0x66190102 // [MS-OXCSTOR] 2.2.2.1
	PidTagMailboxOwnerEntryId      Tag[[]byte] = 0x661B0102 // [MS-OXCSTOR] 2.2.2.1.1.7
	PidTagMailboxOwnerName         Tag[string] = 0x661C001F // [MS-OXCSTOR] 2.2.2.1.1.8
	PidTagOutOfOfficeState         Tag[bool]   = 0x661D000B // [MS-OXCSTOR] 2.2.2.1.2.4
	PidTagNonIpmSubtreeEntryId     Tag[[]byte] = 0x66200102
	PidTagSerializedReplidGuidMap  Tag[[]byte] = 0x66380102 // [MS-OXCSTOR] 2.2.2.1.1.13
	PidTagProhibitReceiveQuota     Tag[int32]  = 0x666A0003 // [MS-OXCSTOR] 2.2.2.1.1.3
	PidTagMaximumSubmitMessageSize Tag[int32]  = 0x666D0003 // [MS-OXCSTOR] 2.2.2.1.1.2
	PidTagProhibitSendQuota        Tag[int32]  = 0x666E0003 // [MS-OXCSTOR] 2.2.2.1.1.4
	PidTagLocaleId                 Tag[int32]  = 0x66A10003 // [MS-OXCSTOR] 2.2.2.1.1.12
	PidTagNormalMessageSize        Tag[int32]  = 0x66B30003
	PidTagCodePageId               Tag[int32]  = 0x66C30003 // [MS-OXCSTOR] 2.2.2.1.1.15
	PidTagSortLocaleId             Tag[int32]  = 0x67050003 // [MS-OXCSTOR] 2.2.2.1.1.14
	PidTagAddressBookMessageId     Tag[int64]  = 0x674F0014 // [MS-OXCSTOR] 2.2.2.2.2
)
