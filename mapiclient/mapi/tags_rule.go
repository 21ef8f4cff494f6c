package mapi

// Properties of rules and the junk mail filter. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagExtendedRuleMessageActions           Tag[[]byte]      = 0x0E990102 // [MS-OXORULE] 2.2.4.1.9
	PidTagExtendedRuleMessageCondition         Tag[[]byte]      = 0x0E9A0102 // [MS-OXORULE] 2.2.4.1.10
	PidTagExtendedRuleSizeLimit                Tag[int32]       = 0x0E9B0003 // [MS-OXCSTOR] 2.2.2.1.1.1
	PidTagHasDeferredActionMessages            Tag[bool]        = 0x3FEA000B // [MS-OXORULE] 2.2.9.1
	PidTagContentFilterSpamConfidenceLevel     Tag[int32]       = 0x40760003 // [MS-OXCSPAM] 2.2.1.3
	PidTagJunkIncludeContacts                  Tag[int32]       = 0x61000003 // [MS-OXCSPAM] 2.2.2.2
	PidTagJunkThreshold                        Tag[int32]       = 0x61010003 // [MS-OXCSPAM] 2.2.2.5
	PidTagJunkPermanentlyDelete                Tag[int32]       = 0x61020003 // [MS-OXCSPAM] 2.2.2.3
	PidTagJunkAddRecipientsToSafeSendersList   Tag[int32]       = 0x61030003 // [MS-OXCSPAM] 2.2.2.1
	PidTagJunkPhishingEnableLinks              Tag[bool]        = 0x6107000B // [MS-OXCSPAM] 2.2.2.4
	PidTagReplyTemplateId                      Tag[[]byte]      = 0x65C20102 // [MS-OXORULE] 2.2.9.2
	PidTagRuleMessageState                     Tag[int32]       = 0x65E90003 // [MS-OXORULE] 2.2.4.1.4
	PidTagRuleMessageUserFlags                 Tag[int32]       = 0x65EA0003 // [MS-OXORULE] 2.2.4.1.5
	PidTagRuleMessageProvider                  Tag[string]      = 0x65EB001F // [MS-OXORULE] 2.2.4.1.7
	PidTagRuleMessageName                      Tag[string]      = 0x65EC001F // [MS-OXORULE] 2.2.4.1.1
	PidTagRuleMessageLevel                     Tag[int32]       = 0x65ED0003 // [MS-OXORULE] 2.2.4.1.6
	PidTagRuleMessageProviderData              Tag[[]byte]      = 0x65EE0102 // [MS-OXORULE] 2.2.4.1.8
	PidTagRuleMessageSequence                  Tag[int32]       = 0x65F30003 // [MS-OXORULE] 2.2.4.1.3
	PidTagHasRules                             Tag[bool]        = 0x663A000B // [MS-OXORULE] 2.2.8.1
	PidTagClientActions                        Tag[[]byte]      = 0x66450102 // [MS-OXORULE] 2.2.6.6
	PidTagDamOriginalEntryId                   Tag[[]byte]      = 0x66460102 // [MS-OXORULE] 2.2.6.3
	PidTagDamBackPatched                       Tag[bool]        = 0x6647000B // [MS-OXORULE] 2.2.6.2
	PidTagRuleError                            Tag[int32]       = 0x66480003 // [MS-OXORULE] 2.2.7.2
	PidTagRuleActionType                       Tag[int32]       = 0x66490003 // [MS-OXORULE] 2.2.7.3
	PidTagRuleActionNumber                     Tag[int32]       = 0x66500003 // [MS-OXORULE] 2.2.7.4
	PidTagRuleFolderEntryId                    Tag[[]byte]      = 0x66510102 // [MS-OXORULE] 2.2.6.5
	PidTagRuleId                               Tag[int64]       = 0x66740014 // [MS-OXORULE] 2.2.1.3.1.1
	PidTagRuleIds                              Tag[[]byte]      = 0x66750102 // [MS-OXORULE] 2.2.6.7
	PidTagRuleSequence                         Tag[int32]       = 0x66760003 // [MS-OXORULE] 2.2.1.3.1.2
	PidTagRuleState                            Tag[int32]       = 0x66770003 // [MS-OXORULE] 2.2.1.3.1.3
	PidTagRuleUserFlags                        Tag[int32]       = 0x66780003 // [MS-OXORULE] 2.2.1.3.1.7
	PidTagRuleCondition                        PropTag          = 0x667900FD // [MS-OXORULE] 2.2.1.3.1.9
	PidTagRuleActions                          Tag[RuleActions] = 0x668000FE // [MS-OXORULE] 2.2.1.3.1.10
	PidTagRuleProvider                         Tag[string]      = 0x6681001F // [MS-OXORULE] 2.2.1.3.1.5
	PidTagRuleName                             Tag[string]      = 0x6682001F // [MS-OXORULE] 2.2.1.3.1.4
	PidTagRuleLevel                            Tag[int32]       = 0x66830003 // [MS-OXORULE] 2.2.1.3.1.6
	PidTagRuleProviderData                     Tag[[]byte]      = 0x66840102 // [MS-OXORULE] 2.2.1.3.1.8
	PidTagDeferredActionMessageOriginalEntryId Tag[ServerID]    = 0x674100FB // [MS-OXORULE] 2.2.6.8
	PidTagRwRulesStream                        Tag[[]byte]      = 0x68020102 // [MS-OXORULE] 2.2.9.3
)
