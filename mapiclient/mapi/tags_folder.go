package mapi

import "time"

// Properties of folders and their permissions. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagParentEntryId                Tag[[]byte]    = 0x0E090102 // [MS-OXCFOLD] 2.2.2.2.1.7
	PidTagSecurityDescriptorAsXml      Tag[string]    = 0x0E6A001F // [MS-XWDVSEC] 2.2.2
	PidTagExchangeNTSecurityDescriptor Tag[[]byte]    = 0x0E840102 // [MS-XWDCAL] 2.2.8.8
	PidTagAccess                       Tag[int32]     = 0x0FF40003 // [MS-OXCPRPT] 2.2.1.1
	PidTagRowType                      Tag[int32]     = 0x0FF50003 // [MS-OXCTABL] 2.2.1.3
	PidTagAccessLevel                  Tag[int32]     = 0x0FF70003 // [MS-OXCPRPT] 2.2.1.2
	PidTagAttributeHidden              Tag[bool]      = 0x10F4000B // [MS-OXCFOLD] 2.2.2.2.2.1
	PidTagComment                      Tag[string]    = 0x3004001F // [MS-OXCFOLD] 2.2.2.2.2.2
	PidTagDepth                        Tag[int32]     = 0x30050003 // [MS-OXCTABL] 2.2.1.4
	PidTagFolderType                   Tag[int32]     = 0x36010003 // [MS-OXCFOLD] 2.2.2.2.2.7
	PidTagContentCount                 Tag[int32]     = 0x36020003 // [MS-OXCFOLD] 2.2.2.2.1.1
	PidTagContentUnreadCount           Tag[int32]     = 0x36030003 // [MS-OXCFOLD] 2.2.2.2.1.2
	PidTagSubfolders                   Tag[bool]      = 0x360A000B // [MS-OXCFOLD] 2.2.2.2.1.12
	PidTagContainerHierarchy           Tag[Object]    = 0x360E000D // [MS-OXCFOLD] 2.2.2.2.2.4
	PidTagFolderAssociatedContents     Tag[Object]    = 0x3610000D // [MS-OXCFOLD] 2.2.2.2.2.6
	PidTagContainerClass               Tag[string]    = 0x3613001F // [MS-OXCFOLD] 2.2.2.2.2.3
	PidTagContainerModifyVersion       Tag[int64]     = 0x36140014
	PidTagDefaultViewEntryId           Tag[[]byte]    = 0x36160102
	PidTagAssociatedContentCount       Tag[int32]     = 0x36170003
	PidTagIpmAppointmentEntryId        Tag[[]byte]    = 0x36D00102 // [MS-OXOSFLD] 2.2.3
	PidTagIpmContactEntryId            Tag[[]byte]    = 0x36D10102 // [MS-OXOSFLD] 2.2.3
	PidTagIpmJournalEntryId            Tag[[]byte]    = 0x36D20102 // [MS-OXOSFLD] 2.2.3
	PidTagIpmNoteEntryId               Tag[[]byte]    = 0x36D30102 // [MS-OXOSFLD] 2.2.3
	PidTagIpmTaskEntryId               Tag[[]byte]    = 0x36D40102 // [MS-OXOSFLD] 2.2.3
	PidTagRemindersOnlineEntryId       Tag[[]byte]    = 0x36D50102 // [MS-OXOSFLD] 2.2.3
	PidTagIpmDraftsEntryId             Tag[[]byte]    = 0x36D70102 // [MS-OXOSFLD] 2.2.3
	PidTagAdditionalRenEntryIds        Tag[[][]byte]  = 0x36D81102 // [MS-OXOSFLD] 2.2.4
	PidTagAdditionalRenEntryIdsEx      Tag[[]byte]    = 0x36D90102 // [MS-OXOSFLD] 2.2.5
	PidTagOrdinalMost                  Tag[int32]     = 0x36E20003 // [MS-OXOTASK] 2.2.1.1
	PidTagFreeBusyEntryIds             Tag[[][]byte]  = 0x36E41102 // [MS-OXOSFLD] 2.2.6
	PidTagDefaultPostMessageClass      Tag[string]    = 0x36E5001F // [MS-OXOCAL] 2.2.11.2
	PidTagRulesTable                   Tag[Object]    = 0x3FE1000D
	PidTagHierRev                      Tag[time.Time] = 0x40820040 // [MS-OXCFOLD] 2.2.2.2.1.9
	PidTagRights                       Tag[int32]     = 0x66390003 // [MS-OXCFOLD] 2.2.2.2.2.8
	PidTagAddressBookEntryId           Tag[[]byte]    = 0x663B0102 // [MS-OXCFOLD] 2.2.2.2.1.4
	PidTagHierarchyChangeNumber        Tag[int32]     = 0x663E0003 // [MS-OXCFOLD] 2.2.2.2.1.8
	PidTagMemberId                     Tag[int64]     = 0x66710014 // [MS-OXCPERM] 2.2.5
	PidTagMemberName                   Tag[string]    = 0x6672001F // [MS-OXCPERM] 2.2.6
	PidTagMemberRights                 Tag[int32]     = 0x66730003 // [MS-OXCPERM] 2.2.7
	PidTagDeletedOn                    Tag[time.Time] = 0x668F0040 // [MS-OXCFOLD] 2.2.2.2.1.3
	PidTagFolderFlags                  Tag[int32]     = 0x66A80003 // [MS-OXCFOLD] 2.2.2.2.1.5
	PidTagSubfolder                    Tag[bool]      = 0x6708000B
	PidTagLocalCommitTimeMax           Tag[time.Time] = 0x670A0040 // [MS-OXCFOLD] 2.2.2.2.1.14
	PidTagDeletedCountTotal            Tag[int32]     = 0x670B0003 // [MS-OXCFOLD] 2.2.2.2.1.15
	PidTagFlatUrlName                  Tag[string]    = 0x670E001F // [MS-XWDCAL] 2.2.8.9
	PidTagFolderId                     Tag[int64]     = 0x67480014 // [MS-OXCFOLD] 2.2.2.2.1.6
	PidTagInstID                       Tag[int64]     = 0x674D0014 // [MS-OXCTABL] 2.2.1.1
	PidTagInstanceNum                  Tag[int32]     = 0x674E0003 // [MS-OXCTABL] 2.2.1.2
)
