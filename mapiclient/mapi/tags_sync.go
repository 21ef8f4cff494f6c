package mapi

// Properties of synchronisation. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagResolveMethod         Tag[int32]  = 0x3FE70003 // [MS-OXCFXICS] 2.2.1.4.1
	PidTagConflictEntryId       Tag[[]byte] = 0x3FF00102 // [MS-OXCFXICS] 2.2.1.4.2
	PidTagIdsetGiven            Tag[int32]  = 0x40170003 // written as binary despite its type. [MS-OXCFXICS] 2.2.1.1.1
	PidTagIdsetSoftDeleted      Tag[[]byte] = 0x40210102
	PidTagIdsetRead             Tag[[]byte] = 0x402D0102
	PidTagIdsetUnread           Tag[[]byte] = 0x402E0102
	PidTagSourceKey             Tag[[]byte] = 0x65E00102 // [MS-OXCFXICS] 2.2.1.2.5
	PidTagParentSourceKey       Tag[[]byte] = 0x65E10102 // [MS-OXCFXICS] 2.2.1.2.6
	PidTagChangeKey             Tag[[]byte] = 0x65E20102 // [MS-OXCFXICS] 2.2.1.2.7
	PidTagPredecessorChangeList Tag[[]byte] = 0x65E30102 // [MS-OXCFXICS] 2.2.1.2.8
	PidTagInConflict            Tag[bool]   = 0x666C000B // [MS-OXCFXICS] 2.2.1.4.3
	PidTagParentFolderId        Tag[int64]  = 0x67490014 // [MS-OXCFXICS] 2.2.1.2.4
	PidTagMid                   Tag[int64]  = 0x674A0014 // [MS-OXCFXICS] 2.2.1.2.1
	PidTagIdsetExpired          Tag[[]byte] = 0x67930102
	PidTagCnsetSeen             Tag[[]byte] = 0x67960102
	PidTagChangeNumber          Tag[int64]  = 0x67A40014 // [MS-OXCFXICS] 2.2.1.2.3
	PidTagAssociated            Tag[bool]   = 0x67AA000B // [MS-OXCFXICS] 2.2.1.5
	PidTagCnsetRead             Tag[[]byte] = 0x67D20102
	PidTagCnsetSeenFAI          Tag[[]byte] = 0x67DA0102
	PidTagIdsetDeleted          Tag[[]byte] = 0x67E50102
)
