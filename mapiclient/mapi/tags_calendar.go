package mapi

import "time"

// Properties of meetings, delegates and free/busy data. The comment behind a tag is its
// defining reference. [MS-OXPROPS] 2
const (
	PidTagStartDate                            Tag[time.Time] = 0x00600040 // [MS-OXOCAL] 2.2.1.30
	PidTagEndDate                              Tag[time.Time] = 0x00610040 // [MS-OXOCAL] 2.2.1.31
	PidTagOwnerAppointmentId                   Tag[int32]     = 0x00620003 // [MS-OXOCAL] 2.2.1.29
	PidTagICalendarStartTime                   Tag[time.Time] = 0x10C30040 // [MS-XWDCAL] 2.2.2.41
	PidTagICalendarEndTime                     Tag[time.Time] = 0x10C40040 // [MS-XWDCAL] 2.2.2.39
	PidTagCdoRecurrenceid                      Tag[time.Time] = 0x10C50040 // [MS-XWDCAL] 2.2.2.38
	PidTagICalendarReminderNextTime            Tag[time.Time] = 0x10CA0040 // [MS-XWDCAL] 2.2.2.40
	PidTagScheduleInfoResourceType             Tag[int32]     = 0x68410003 // [MS-OXOPFFB] 2.2.1.4.2
	PidTagScheduleInfoDelegatorWantsCopy       Tag[bool]      = 0x6842000B // [MS-OXODLGT] 2.2.2.2.1
	PidTagScheduleInfoDontMailDelegates        Tag[bool]      = 0x6843000B // [MS-OXODLGT] 2.2.2.2.7
	PidTagScheduleInfoDelegateNames            Tag[[]string]  = 0x6844101F // [MS-OXODLGT] 2.2.2.2.3
	PidTagScheduleInfoDelegateEntryIds         Tag[[][]byte]  = 0x68451102 // [MS-OXODLGT] 2.2.2.2.5
	PidTagGatewayNeedsToRefresh                Tag[bool]      = 0x6846000B // [MS-OXOPFFB] 2.2.1.4.1
	PidTagFreeBusyPublishStart                 Tag[int32]     = 0x68470003 // [MS-OXOPFFB] 2.2.1.2.9
	PidTagFreeBusyPublishEnd                   Tag[int32]     = 0x68480003 // [MS-OXOPFFB] 2.2.1.2.10
	PidTagFreeBusyMessageEmailAddress          Tag[string]    = 0x6849001F // [MS-OXOPFFB] 2.2.1.2.12
	PidTagScheduleInfoDelegateNamesW           Tag[[]string]  = 0x684A101F // [MS-OXODLGT] 2.2.2.2.4
	PidTagScheduleInfoDelegatorWantsInfo       Tag[bool]      = 0x684B000B // [MS-OXODLGT] 2.2.2.2.2
	PidTagScheduleInfoMonthsMerged             Tag[[]int32]   = 0x684F1003 // [MS-OXOPFFB] 2.2.1.2.7
	PidTagScheduleInfoFreeBusyMerged           Tag[[][]byte]  = 0x68501102 // [MS-OXOPFFB] 2.2.1.2.8
	PidTagScheduleInfoMonthsTentative          Tag[[]int32]   = 0x68511003 // [MS-OXOPFFB] 2.2.1.2.1
	PidTagScheduleInfoFreeBusyTentative        Tag[[][]byte]  = 0x68521102 // [MS-OXOPFFB] 2.2.1.2.2
	PidTagScheduleInfoMonthsBusy               Tag[[]int32]   = 0x68531003 // [MS-OXOPFFB] 2.2.1.2.3
	PidTagScheduleInfoFreeBusyBusy             Tag[[][]byte]  = 0x68541102 // [MS-OXOPFFB] 2.2.1.2.4
	PidTagScheduleInfoMonthsAway               Tag[[]int32]   = 0x68551003 // [MS-OXOPFFB] 2.2.1.2.5
	PidTagScheduleInfoFreeBusyAway             Tag[[][]byte]  = 0x68561102 // [MS-OXOPFFB] 2.2.1.2.6
	PidTagFreeBusyRangeTimestamp               Tag[time.Time] = 0x68680040 // [MS-OXOPFFB] 2.2.1.2.11
	PidTagFreeBusyCountMonths                  Tag[int32]     = 0x68690003 // [MS-OXOCAL] 2.2.12.1
	PidTagScheduleInfoAppointmentTombstone     Tag[[]byte]    = 0x686A0102 // [MS-OXOCAL] 2.2.12.5
	PidTagDelegateFlags                        Tag[[]int32]   = 0x686B1003 // [MS-OXODLGT] 2.2.2.2.6
	PidTagScheduleInfoFreeBusy                 Tag[[]byte]    = 0x686C0102 // [MS-OXOPFFB] 2.2.1.4.3
	PidTagScheduleInfoAutoAcceptAppointments   Tag[bool]      = 0x686D000B // [MS-OXOCAL] 2.2.12.2
	PidTagScheduleInfoDisallowRecurringAppts   Tag[bool]      = 0x686E000B // [MS-OXOCAL] 2.2.12.3
	PidTagScheduleInfoDisallowOverlappingAppts Tag[bool]      = 0x686F000B // [MS-OXOCAL] 2.2.12.4
	PidTagProcessed                            Tag[bool]      = 0x7D01000B // [MS-OXOCAL] 2.2.5.7
	PidTagExceptionReplaceTime                 Tag[time.Time] = 0x7FF90040 // [MS-OXOCAL] 2.2.10.1.6
)
