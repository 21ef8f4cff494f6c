package mapi

import "time"

// Named properties of appointments. The comment behind one is its defining
// reference. [MS-OXPROPS] 2
var (
	PidLidAppointmentSequence                       = lid[int32](PSETIDAppointment, 0x00008201)     // [MS-OXOCAL] 2.2.1.1
	PidLidAppointmentSequenceTime                   = lid[time.Time](PSETIDAppointment, 0x00008202) // [MS-OXOCAL] 2.2.4.1
	PidLidAppointmentLastSequence                   = lid[int32](PSETIDAppointment, 0x00008203)     // [MS-OXOCAL] 2.2.4.2
	PidLidChangeHighlight                           = lid[int32](PSETIDAppointment, 0x00008204)     // [MS-OXOCAL] 2.2.6.2
	PidLidBusyStatus                                = lid[int32](PSETIDAppointment, 0x00008205)     // [MS-OXOCAL] 2.2.1.2
	PidLidFExceptionalBody                          = lid[bool](PSETIDAppointment, 0x00008206)      // [MS-OXOCAL] 2.2.10.2.6
	PidLidAppointmentAuxiliaryFlags                 = lid[int32](PSETIDAppointment, 0x00008207)     // [MS-OXOCAL] 2.2.1.3
	PidLidLocation                                  = lid[string](PSETIDAppointment, 0x00008208)    // [MS-OXOCAL] 2.2.1.4
	PidLidMeetingWorkspaceUrl                       = lid[string](PSETIDAppointment, 0x00008209)    // [MS-OXOCAL] 2.2.1.48
	PidLidForwardInstance                           = lid[bool](PSETIDAppointment, 0x0000820A)      // [MS-OXOCAL] 2.2.6.3
	PidLidLinkedTaskItems                           = lid[[][]byte](PSETIDAppointment, 0x0000820C)  // [MS-OXOCAL] 2.2.1.47
	PidLidAppointmentStartWhole                     = lid[time.Time](PSETIDAppointment, 0x0000820D) // [MS-OXOCAL] 2.2.1.5
	PidLidAppointmentEndWhole                       = lid[time.Time](PSETIDAppointment, 0x0000820E) // [MS-OXOCAL] 2.2.1.6
	PidLidAppointmentStartTime                      = lid[time.Time](PSETIDAppointment, 0x0000820F) // [MS-XWDCAL] 2.2.7.11
	PidLidAppointmentEndTime                        = lid[time.Time](PSETIDAppointment, 0x00008210) // [MS-XWDCAL] 2.2.7.4
	PidLidAppointmentEndDate                        = lid[time.Time](PSETIDAppointment, 0x00008211) // [MS-XWDCAL] 2.2.7.3
	PidLidAppointmentStartDate                      = lid[time.Time](PSETIDAppointment, 0x00008212) // [MS-XWDCAL] 2.2.7.10
	PidLidAppointmentDuration                       = lid[int32](PSETIDAppointment, 0x00008213)     // [MS-OXOCAL] 2.2.1.7
	PidLidAppointmentColor                          = lid[int32](PSETIDAppointment, 0x00008214)     // [MS-OXOCAL] 2.2.1.50
	PidLidAppointmentSubType                        = lid[bool](PSETIDAppointment, 0x00008215)      // [MS-OXOCAL] 2.2.1.9
	PidLidAppointmentRecur                          = lid[[]byte](PSETIDAppointment, 0x00008216)    // [MS-OXOCAL] 2.2.1.44
	PidLidAppointmentStateFlags                     = lid[int32](PSETIDAppointment, 0x00008217)     // [MS-OXOCAL] 2.2.1.10
	PidLidResponseStatus                            = lid[int32](PSETIDAppointment, 0x00008218)     // [MS-OXOCAL] 2.2.1.11
	PidLidAppointmentReplyTime                      = lid[time.Time](PSETIDAppointment, 0x00008220) // [MS-OXOCAL] 2.2.4.3
	PidLidRecurring                                 = lid[bool](PSETIDAppointment, 0x00008223)      // [MS-OXOCAL] 2.2.1.12
	PidLidIntendedBusyStatus                        = lid[int32](PSETIDAppointment, 0x00008224)     // [MS-OXOCAL] 2.2.6.4
	PidLidAppointmentUpdateTime                     = lid[time.Time](PSETIDAppointment, 0x00008226) // [MS-XWDCAL] 2.2.7.15
	PidLidExceptionReplaceTime                      = lid[time.Time](PSETIDAppointment, 0x00008228) // [MS-OXOCAL] 2.2.10.2.5
	PidLidFInvited                                  = lid[bool](PSETIDAppointment, 0x00008229)      // [MS-OXOCAL] 2.2.4.4
	PidLidFExceptionalAttendees                     = lid[bool](PSETIDAppointment, 0x0000822B)      // [MS-OXOCAL] 2.2.2.3
	PidLidOwnerName                                 = lid[string](PSETIDAppointment, 0x0000822E)    // [MS-XWDCAL] 2.2.7.47
	PidLidFOthersAppointment                        = lid[bool](PSETIDAppointment, 0x0000822F)      // [MS-XWDCAL] 2.2.7.26
	PidLidAppointmentReplyName                      = lid[string](PSETIDAppointment, 0x00008230)    // [MS-OXOCAL] 2.2.4.5
	PidLidRecurrenceType                            = lid[int32](PSETIDAppointment, 0x00008231)     // [MS-OXOCAL] 2.2.1.45
	PidLidRecurrencePattern                         = lid[string](PSETIDAppointment, 0x00008232)    // [MS-OXOCAL] 2.2.1.46
	PidLidTimeZoneStruct                            = lid[[]byte](PSETIDAppointment, 0x00008233)    // [MS-OXOCAL] 2.2.1.39
	PidLidTimeZoneDescription                       = lid[string](PSETIDAppointment, 0x00008234)    // [MS-OXOCAL] 2.2.1.40
	PidLidClipStart                                 = lid[time.Time](PSETIDAppointment, 0x00008235) // [MS-OXOCAL] 2.2.1.14
	PidLidClipEnd                                   = lid[time.Time](PSETIDAppointment, 0x00008236) // [MS-OXOCAL] 2.2.1.15
	PidLidOriginalStoreEntryId                      = lid[[]byte](PSETIDAppointment, 0x00008237)    // [MS-OXOCAL] 2.2.4.9
	PidLidAllAttendeesString                        = lid[string](PSETIDAppointment, 0x00008238)    // [MS-OXOCAL] 2.2.1.16
	PidLidAutoFillLocation                          = lid[bool](PSETIDAppointment, 0x0000823A)      // [MS-OXOCAL] 2.2.4.8
	PidLidToAttendeesString                         = lid[string](PSETIDAppointment, 0x0000823B)    // [MS-OXOCAL] 2.2.1.17
	PidLidCcAttendeesString                         = lid[string](PSETIDAppointment, 0x0000823C)    // [MS-OXOCAL] 2.2.1.18
	PidLidConferencingCheck                         = lid[bool](PSETIDAppointment, 0x00008240)      // [MS-OXOCAL] 2.2.1.56.2
	PidLidConferencingType                          = lid[int32](PSETIDAppointment, 0x00008241)     // [MS-OXOCAL] 2.2.1.56.3
	PidLidDirectory                                 = lid[string](PSETIDAppointment, 0x00008242)    // [MS-OXOCAL] 2.2.1.56.4
	PidLidOrganizerAlias                            = lid[string](PSETIDAppointment, 0x00008243)    // [MS-OXOCAL] 2.2.1.56.6
	PidLidAutoStartCheck                            = lid[bool](PSETIDAppointment, 0x00008244)      // [MS-OXOCAL] 2.2.1.56.1
	PidLidAllowExternalCheck                        = lid[bool](PSETIDAppointment, 0x00008246)      // [MS-OXOCAL] 2.2.1.56.5
	PidLidCollaborateDoc                            = lid[string](PSETIDAppointment, 0x00008247)    // [MS-OXOCAL] 2.2.1.56.7
	PidLidNetShowUrl                                = lid[string](PSETIDAppointment, 0x00008248)    // [MS-OXOCAL] 2.2.1.56.8
	PidLidOnlinePassword                            = lid[string](PSETIDAppointment, 0x00008249)    // [MS-OXOCAL] 2.2.1.56.9
	PidLidAppointmentProposedStartWhole             = lid[time.Time](PSETIDAppointment, 0x00008250) // [MS-OXOCAL] 2.2.7.3
	PidLidAppointmentProposedEndWhole               = lid[time.Time](PSETIDAppointment, 0x00008251) // [MS-OXOCAL] 2.2.7.4
	PidLidAppointmentProposedDuration               = lid[int32](PSETIDAppointment, 0x00008256)     // [MS-OXOCAL] 2.2.7.5
	PidLidAppointmentCounterProposal                = lid[bool](PSETIDAppointment, 0x00008257)      // [MS-OXOCAL] 2.2.4.7
	PidLidAppointmentProposalNumber                 = lid[int32](PSETIDAppointment, 0x00008259)     // [MS-OXOCAL] 2.2.4.6
	PidLidAppointmentNotAllowPropose                = lid[bool](PSETIDAppointment, 0x0000825A)      // [MS-OXOCAL] 2.2.1.26
	PidLidAppointmentUnsendableRecipients           = lid[[]byte](PSETIDAppointment, 0x0000825D)    // [MS-OXOCAL] 2.2.1.25
	PidLidAppointmentTimeZoneDefinitionStartDisplay = lid[[]byte](PSETIDAppointment, 0x0000825E)    // [MS-OXOCAL] 2.2.1.42
	PidLidAppointmentTimeZoneDefinitionEndDisplay   = lid[[]byte](PSETIDAppointment, 0x0000825F)    // [MS-OXOCAL] 2.2.1.43
	PidLidAppointmentTimeZoneDefinitionRecur        = lid[[]byte](PSETIDAppointment, 0x00008260)    // [MS-OXOCAL] 2.2.1.41
	PidLidForwardNotificationRecipients             = lid[[]byte](PSETIDAppointment, 0x00008261)    // [MS-OXOCAL] 2.2.9.3
	PidLidInboundICalStream                         = lid[[]byte](PSETIDAppointment, 0x0000827A)    // [MS-OXCICAL] 2.1.3.4.1
	PidLidSingleBodyICal                            = lid[bool](PSETIDAppointment, 0x0000827B)      // [MS-OXCICAL] 2.1.3.4.2
)
