package mapi

import "time"

// Named properties of meeting objects. The comment behind one is its defining
// reference. [MS-OXPROPS] 2
var (
	PidLidClientIntent            = lid[int32](PSETIDCalendarAssistant, 0x00000015) // [MS-OXOCAL] 2.2.2.4
	PidLidServerProcessed         = lid[bool](PSETIDCalendarAssistant, 0x000085CC)  // [MS-OXOCAL] 2.2.5.4
	PidLidServerProcessingActions = lid[int32](PSETIDCalendarAssistant, 0x000085CD) // [MS-OXOCAL] 2.2.5.5
	PidLidAttendeeCriticalChange  = lid[time.Time](PSETIDMeeting, 0x00000001)       // [MS-OXOCAL] 2.2.5.2
	PidLidWhere                   = lid[string](PSETIDMeeting, 0x00000002)          // [MS-OXOCAL] 2.2.5.3
	PidLidGlobalObjectId          = lid[[]byte](PSETIDMeeting, 0x00000003)          // [MS-OXOCAL] 2.2.1.27
	PidLidIsSilent                = lid[bool](PSETIDMeeting, 0x00000004)            // [MS-OXOCAL] 2.2.7.7
	PidLidIsRecurring             = lid[bool](PSETIDMeeting, 0x00000005)            // [MS-OXOCAL] 2.2.1.13
	PidLidRequiredAttendees       = lid[string](PSETIDMeeting, 0x00000006)          // [MS-XWDCAL] 2.2.7.63
	PidLidOptionalAttendees       = lid[string](PSETIDMeeting, 0x00000007)          // [MS-XWDCAL] 2.2.7.45
	PidLidResourceAttendees       = lid[string](PSETIDMeeting, 0x00000008)          // [MS-XWDCAL] 2.2.7.64
	PidLidDelegateMail            = lid[bool](PSETIDMeeting, 0x00000009)            // [MS-XWDCAL] 2.2.7.21
	PidLidIsException             = lid[bool](PSETIDMeeting, 0x0000000A)            // [MS-OXOCAL] 2.2.1.35
	PidLidTimeZone                = lid[int32](PSETIDMeeting, 0x0000000C)           // [MS-OXOCAL] 2.2.5.6
	PidLidStartRecurrenceDate     = lid[int32](PSETIDMeeting, 0x0000000D)           // [MS-XWDCAL] 2.2.7.66
	PidLidStartRecurrenceTime     = lid[int32](PSETIDMeeting, 0x0000000E)
	PidLidEndRecurrenceDate       = lid[int32](PSETIDMeeting, 0x0000000F)     // [MS-XWDCAL] 2.2.7.22
	PidLidEndRecurrenceTime       = lid[int32](PSETIDMeeting, 0x00000010)     // [MS-XWDCAL] 2.2.7.23
	PidLidDayInterval             = lid[int16](PSETIDMeeting, 0x00000011)     // [MS-XWDCAL] 2.2.7.19
	PidLidWeekInterval            = lid[int16](PSETIDMeeting, 0x00000012)     // [MS-XWDCAL] 2.2.7.71
	PidLidMonthInterval           = lid[int16](PSETIDMeeting, 0x00000013)     // [MS-XWDCAL] 2.2.7.33
	PidLidYearInterval            = lid[int16](PSETIDMeeting, 0x00000014)     // [MS-XWDCAL] 2.2.7.73
	PidLidMonthOfYearMask         = lid[int32](PSETIDMeeting, 0x00000017)     // [MS-XWDCAL] 2.2.7.35
	PidLidOldRecurrenceType       = lid[int16](PSETIDMeeting, 0x00000018)     // [MS-XWDCAL] 2.2.7.44
	PidLidOwnerCriticalChange     = lid[time.Time](PSETIDMeeting, 0x0000001A) // [MS-OXOCAL] 2.2.1.34
	PidLidCalendarType            = lid[int32](PSETIDMeeting, 0x0000001C)     // [MS-OXOCAL] 2.2.6.11
	PidLidCleanGlobalObjectId     = lid[[]byte](PSETIDMeeting, 0x00000023)    // [MS-OXOCAL] 2.2.1.28
	PidLidAppointmentMessageClass = lid[string](PSETIDMeeting, 0x00000024)    // [MS-OXOCAL] 2.2.6.6
	PidLidMeetingType             = lid[int32](PSETIDMeeting, 0x00000026)     // [MS-OXOCAL] 2.2.6.5
	PidLidOldLocation             = lid[string](PSETIDMeeting, 0x00000028)    // [MS-OXOCAL] 2.2.6.7
	PidLidOldWhenStartWhole       = lid[time.Time](PSETIDMeeting, 0x00000029) // [MS-OXOCAL] 2.2.6.8
	PidLidOldWhenEndWhole         = lid[time.Time](PSETIDMeeting, 0x0000002A) // [MS-OXOCAL] 2.2.6.9
)
