package mapi

// Properties of search folders, views and shortcuts of Outlook. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagExtendedFolderFlags      Tag[[]byte] = 0x36DA0102 // [MS-OXOSRCH] 2.2.2.1.2
	PidTagSearchFolderLastUsed     Tag[int32]  = 0x68340003 // [MS-OXOSRCH] 2.2.1.2.4
	PidTagSearchFolderExpiration   Tag[int32]  = 0x683A0003 // [MS-OXOSRCH] 2.2.1.2.5
	PidTagSearchFolderId           Tag[[]byte] = 0x68420102 // [MS-OXOSRCH] 2.2.1.2.1
	PidTagSearchFolderRecreateInfo Tag[[]byte] = 0x68440102 // [MS-OXOSRCH] 2.2.1.2.9
	PidTagSearchFolderDefinition   Tag[[]byte] = 0x68450102 // [MS-OXOSRCH] 2.2.1.2.8
	PidTagSearchFolderStorageType  Tag[int32]  = 0x68460003 // [MS-OXOSRCH] 2.2.1.2.6
	PidTagWlinkType                Tag[int32]  = 0x68490003 // [MS-OXOCFG] 2.2.9.5
	PidTagWlinkFlags               Tag[int32]  = 0x684A0003 // [MS-OXOCFG] 2.2.9.6
	PidTagWlinkOrdinal             Tag[[]byte] = 0x684B0102 // [MS-OXOCFG] 2.2.9.7
	PidTagWlinkEntryId             Tag[[]byte] = 0x684C0102 // [MS-OXOCFG] 2.2.9.8
	PidTagWlinkRecordKey           Tag[[]byte] = 0x684D0102 // [MS-OXOCFG] 2.2.9.9
	PidTagWlinkStoreEntryId        Tag[[]byte] = 0x684E0102 // [MS-OXOCFG] 2.2.9.10
	PidTagWlinkFolderType          Tag[[]byte] = 0x684F0102 // [MS-OXOCFG] 2.2.9.11
	PidTagWlinkGroupClsid          Tag[[]byte] = 0x68500102 // [MS-OXOCFG] 2.2.9.12
	PidTagWlinkGroupName           Tag[string] = 0x6851001F // [MS-OXOCFG] 2.2.9.13
	PidTagWlinkSection             Tag[int32]  = 0x68520003 // [MS-OXOCFG] 2.2.9.14
	PidTagWlinkCalendarColor       Tag[int32]  = 0x68530003 // [MS-OXOCFG] 2.2.9.15
	PidTagWlinkAddressBookEID      Tag[[]byte] = 0x68540102 // [MS-OXOCFG] 2.2.9.16
	PidTagWlinkClientID            Tag[[]byte] = 0x68900102 // [MS-OXOCFG] 2.2.9.18
	PidTagWlinkAddressBookStoreEID Tag[[]byte] = 0x68910102 // [MS-OXOCFG] 2.2.9.17
	PidTagWlinkROGroupType         Tag[int32]  = 0x68920003 // [MS-OXOCFG] 2.2.9.19
	PidTagViewDescriptorBinary     Tag[[]byte] = 0x70010102 // [MS-OXOCFG] 2.2.6.1
	PidTagViewDescriptorStrings    Tag[string] = 0x7002001F // [MS-OXOCFG] 2.2.6.3
	PidTagViewDescriptorName       Tag[string] = 0x7006001F // [MS-OXOCFG] 2.2.6.2
	PidTagViewDescriptorVersion    Tag[int32]  = 0x70070003 // [MS-OXOCFG] 2.2.6.4
	PidTagRoamingDatatypes         Tag[int32]  = 0x7C060003 // [MS-OXOCFG] 2.2.2.1
	PidTagRoamingDictionary        Tag[[]byte] = 0x7C070102 // [MS-OXOCFG] 2.2.2.2
	PidTagRoamingXmlStream         Tag[[]byte] = 0x7C080102 // [MS-OXOCFG] 2.2.2.3
)
