package mapi

import "time"

// Named properties of every kind of item. The comment behind one is its defining
// reference. [MS-OXPROPS] 2
var (
	PidLidDayOfMonth                         = lid[int32](PSETIDCommon, 0x00001000)     // [MS-XWDCAL] 2.2.7.20
	PidLidICalendarDayOfWeekMask             = lid[int32](PSETIDCommon, 0x00001001)     // [MS-XWDCAL] 2.2.7.27
	PidLidOccurrences                        = lid[int32](PSETIDCommon, 0x00001005)     // [MS-XWDCAL] 2.2.7.43
	PidLidMonthOfYear                        = lid[int32](PSETIDCommon, 0x00001006)     // [MS-XWDCAL] 2.2.7.34
	PidLidNoEndDateFlag                      = lid[bool](PSETIDCommon, 0x0000100B)      // [MS-XWDCAL] 2.2.7.36
	PidLidRecurrenceDuration                 = lid[int32](PSETIDCommon, 0x0000100D)     // [MS-XWDCAL] 2.2.7.48
	PidLidPromptSendUpdate                   = lid[bool](PSETIDCommon, 0x00008045)      // [MS-OXOCAL] 2.2.7.8
	PidLidReminderDelta                      = lid[int32](PSETIDCommon, 0x00008501)     // [MS-OXORMDR] 2.2.1.3
	PidLidReminderTime                       = lid[time.Time](PSETIDCommon, 0x00008502) // [MS-OXORMDR] 2.2.1.4
	PidLidReminderSet                        = lid[bool](PSETIDCommon, 0x00008503)      // [MS-OXORMDR] 2.2.1.1
	PidLidReminderTimeTime                   = lid[time.Time](PSETIDCommon, 0x00008504) // [MS-XWDCAL] 2.2.7.60
	PidLidReminderTimeDate                   = lid[time.Time](PSETIDCommon, 0x00008505) // [MS-XWDCAL] 2.2.7.59
	PidLidPrivate                            = lid[bool](PSETIDCommon, 0x00008506)      // [MS-OXCMSG] 2.2.1.15
	PidLidAgingDontAgeMe                     = lid[bool](PSETIDCommon, 0x0000850E)      // [MS-OXCMSG] 2.2.1.33
	PidLidSideEffects                        = lid[int32](PSETIDCommon, 0x00008510)     // [MS-OXCMSG] 2.2.1.16
	PidLidRemoteStatus                       = lid[int32](PSETIDCommon, 0x00008511)     // [MS-XWDCAL] 2.2.7.62
	PidLidSmartNoAttach                      = lid[bool](PSETIDCommon, 0x00008514)      // [MS-OXCMSG] 2.2.1.14
	PidLidCommonStart                        = lid[time.Time](PSETIDCommon, 0x00008516) // [MS-OXCMSG] 2.2.1.18
	PidLidCommonEnd                          = lid[time.Time](PSETIDCommon, 0x00008517) // [MS-OXCMSG] 2.2.1.19
	PidLidTaskMode                           = lid[int32](PSETIDCommon, 0x00008518)     // [MS-OXOTASK] 2.2.3.2
	PidLidTaskGlobalId                       = lid[[]byte](PSETIDCommon, 0x00008519)    // [MS-OXOTASK] 2.2.2.2.32
	PidLidAutoProcessState                   = lid[int32](PSETIDCommon, 0x0000851A)     // [MS-OXOMSG] 2.2.1.73
	PidLidReminderOverride                   = lid[bool](PSETIDCommon, 0x0000851C)      // [MS-OXORMDR] 2.2.1.5
	PidLidReminderType                       = lid[int32](PSETIDCommon, 0x0000851D)     // [MS-OXORMDR] 2.2.1.9
	PidLidReminderPlaySound                  = lid[bool](PSETIDCommon, 0x0000851E)      // [MS-OXORMDR] 2.2.1.6
	PidLidReminderFileParameter              = lid[string](PSETIDCommon, 0x0000851F)    // [MS-OXORMDR] 2.2.1.7
	PidLidVerbStream                         = lid[[]byte](PSETIDCommon, 0x00008520)    // [MS-OXOMSG] 2.2.1.74
	PidLidVerbResponse                       = lid[string](PSETIDCommon, 0x00008524)    // [MS-OXOMSG] 2.2.1.75
	PidLidFlagRequest                        = lid[string](PSETIDCommon, 0x00008530)    // [MS-OXOFLAG] 2.2.1.9
	PidLidBilling                            = lid[string](PSETIDCommon, 0x00008535)    // [MS-OXOCNTC] 2.2.1.10.24
	PidLidNonSendableTo                      = lid[string](PSETIDCommon, 0x00008536)    // [MS-OXOCAL] 2.2.1.19
	PidLidNonSendableCc                      = lid[string](PSETIDCommon, 0x00008537)    // [MS-OXOCAL] 2.2.1.20
	PidLidNonSendableBcc                     = lid[string](PSETIDCommon, 0x00008538)    // [MS-OXOCAL] 2.2.1.21
	PidLidCompanies                          = lid[[]string](PSETIDCommon, 0x00008539)  // [MS-OXOJRNL] 2.2.2.4
	PidLidContacts                           = lid[[]string](PSETIDCommon, 0x0000853A)  // [MS-OXCMSG] 2.2.1.57.2
	PidLidNonSendToTrackStatus               = lid[[]int32](PSETIDCommon, 0x00008543)   // [MS-OXOCAL] 2.2.1.22
	PidLidNonSendCcTrackStatus               = lid[[]int32](PSETIDCommon, 0x00008544)   // [MS-OXOCAL] 2.2.1.23
	PidLidNonSendBccTrackStatus              = lid[[]int32](PSETIDCommon, 0x00008545)   // [MS-OXOCAL] 2.2.1.24
	PidLidCurrentVersion                     = lid[int32](PSETIDCommon, 0x00008552)     // [MS-OXCMSG] 2.2.1.34
	PidLidCurrentVersionName                 = lid[string](PSETIDCommon, 0x00008554)    // [MS-OXCMSG] 2.2.1.35
	PidLidReminderSignalTime                 = lid[time.Time](PSETIDCommon, 0x00008560) // [MS-OXORMDR] 2.2.1.2
	PidLidInternetAccountName                = lid[string](PSETIDCommon, 0x00008580)    // [MS-OXOMSG] 2.2.1.62
	PidLidInternetAccountStamp               = lid[string](PSETIDCommon, 0x00008581)    // [MS-OXOMSG] 2.2.1.63
	PidLidUseTnef                            = lid[bool](PSETIDCommon, 0x00008582)      // [MS-OXOMSG] 2.2.1.66
	PidLidContactLinkSearchKey               = lid[[]byte](PSETIDCommon, 0x00008584)    // [MS-OXCMSG] 2.2.1.57.4
	PidLidContactLinkEntry                   = lid[[]byte](PSETIDCommon, 0x00008585)    // [MS-OXCMSG] 2.2.1.57.1
	PidLidContactLinkName                    = lid[string](PSETIDCommon, 0x00008586)    // [MS-OXCMSG] 2.2.1.57.3
	PidLidSpamOriginalFolder                 = lid[[]byte](PSETIDCommon, 0x0000859C)    // [MS-OXCSPAM] 2.2.1.1
	PidLidToDoOrdinalDate                    = lid[time.Time](PSETIDCommon, 0x000085A0) // [MS-OXOFLAG] 2.2.1.13
	PidLidToDoSubOrdinal                     = lid[string](PSETIDCommon, 0x000085A1)    // [MS-OXOFLAG] 2.2.1.14
	PidLidToDoTitle                          = lid[string](PSETIDCommon, 0x000085A4)    // [MS-OXOFLAG] 2.2.1.12
	PidLidInfoPathFormName                   = lid[string](PSETIDCommon, 0x000085B1)    // [MS-OXCMSG] 2.2.1.27
	PidLidClassified                         = lid[bool](PSETIDCommon, 0x000085B5)      // [MS-OXCMSG] 2.2.1.25
	PidLidClassification                     = lid[string](PSETIDCommon, 0x000085B6)    // [MS-OXCMSG] 2.2.1.23
	PidLidClassificationDescription          = lid[string](PSETIDCommon, 0x000085B7)    // [MS-OXCMSG] 2.2.1.24
	PidLidClassificationGuid                 = lid[string](PSETIDCommon, 0x000085B8)    // [MS-OXCMAIL] 2.5.1
	PidLidClassificationKeep                 = lid[bool](PSETIDCommon, 0x000085BA)      // [MS-OXCMAIL] 2.5.2
	PidLidReferenceEntryId                   = lid[[]byte](PSETIDCommon, 0x000085BD)    // [MS-OXOCNTC] 2.2.1.10.1
	PidLidValidFlagStringProof               = lid[time.Time](PSETIDCommon, 0x000085BF) // [MS-OXOFLAG] 2.2.1.11
	PidLidFlagString                         = lid[int32](PSETIDCommon, 0x000085C0)     // [MS-OXOFLAG] 2.2.1.10
	PidLidConversationActionMoveFolderEid    = lid[[]byte](PSETIDCommon, 0x000085C6)    // [MS-OXOCFG] 2.2.8.3
	PidLidConversationActionMoveStoreEid     = lid[[]byte](PSETIDCommon, 0x000085C7)    // [MS-OXOCFG] 2.2.8.4
	PidLidConversationActionMaxDeliveryTime  = lid[time.Time](PSETIDCommon, 0x000085C8) // [MS-OXOCFG] 2.2.8.2
	PidLidConversationProcessed              = lid[int32](PSETIDCommon, 0x000085C9)     // [MS-OXOCFG] 2.2.8.6
	PidLidConversationActionLastAppliedTime  = lid[time.Time](PSETIDCommon, 0x000085CA) // [MS-OXOCFG] 2.2.8.1
	PidLidConversationActionVersion          = lid[int32](PSETIDCommon, 0x000085CB)     // [MS-OXOCFG] 2.2.8.5
	PidLidPendingStateForSiteMailboxDocument = lid[int32](PSETIDCommon, 0x000085E0)     // [MS-OXODOC] 2.2.1.34
)
