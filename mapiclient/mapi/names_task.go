package mapi

import "time"

// Named properties of tasks. The comment behind one is its defining
// reference. [MS-OXPROPS] 2
var (
	PidLidTaskStatus             = lid[int32](PSETIDTask, 0x00008101)     // [MS-OXOTASK] 2.2.2.2.2
	PidLidPercentComplete        = lid[float64](PSETIDTask, 0x00008102)   // [MS-OXOFLAG] 2.2.2.3
	PidLidTeamTask               = lid[bool](PSETIDTask, 0x00008103)      // [MS-OXOTASK] 2.2.2.2.36
	PidLidTaskStartDate          = lid[time.Time](PSETIDTask, 0x00008104) // [MS-OXOTASK] 2.2.2.2.4
	PidLidTaskDueDate            = lid[time.Time](PSETIDTask, 0x00008105) // [MS-OXOTASK] 2.2.2.2.5
	PidLidTaskResetReminder      = lid[bool](PSETIDTask, 0x00008107)      // [MS-OXOTASK] 2.2.2.2.6
	PidLidTaskAccepted           = lid[bool](PSETIDTask, 0x00008108)      // [MS-OXOTASK] 2.2.2.2.7
	PidLidTaskDeadOccurrence     = lid[bool](PSETIDTask, 0x00008109)      // [MS-OXOTASK] 2.2.2.2.8
	PidLidTaskDateCompleted      = lid[time.Time](PSETIDTask, 0x0000810F) // [MS-OXOTASK] 2.2.2.2.9
	PidLidTaskActualEffort       = lid[int32](PSETIDTask, 0x00008110)     // [MS-OXOTASK] 2.2.2.2.11
	PidLidTaskEstimatedEffort    = lid[int32](PSETIDTask, 0x00008111)     // [MS-OXOTASK] 2.2.2.2.12
	PidLidTaskState              = lid[int32](PSETIDTask, 0x00008113)     // [MS-OXOTASK] 2.2.2.2.14
	PidLidTaskLastUpdate         = lid[time.Time](PSETIDTask, 0x00008115) // [MS-OXOTASK] 2.2.2.2.10
	PidLidTaskRecurrence         = lid[[]byte](PSETIDTask, 0x00008116)    // [MS-OXOTASK] 2.2.2.2.15
	PidLidTaskAssigners          = lid[[]byte](PSETIDTask, 0x00008117)    // [MS-OXOTASK] 2.2.2.2.16
	PidLidTaskStatusOnComplete   = lid[bool](PSETIDTask, 0x00008119)      // [MS-OXOTASK] 2.2.2.2.17
	PidLidTaskHistory            = lid[int32](PSETIDTask, 0x0000811A)     // [MS-OXOTASK] 2.2.2.2.18
	PidLidTaskUpdates            = lid[bool](PSETIDTask, 0x0000811B)      // [MS-OXOTASK] 2.2.2.2.19
	PidLidTaskComplete           = lid[bool](PSETIDTask, 0x0000811C)      // [MS-OXOTASK] 2.2.2.2.20
	PidLidTaskFCreator           = lid[bool](PSETIDTask, 0x0000811E)      // [MS-OXOTASK] 2.2.2.2.21
	PidLidTaskOwner              = lid[string](PSETIDTask, 0x0000811F)    // [MS-OXOTASK] 2.2.2.2.22
	PidLidTaskMultipleRecipients = lid[int32](PSETIDTask, 0x00008120)     // [MS-OXOTASK] 2.2.2.2.23
	PidLidTaskAssigner           = lid[string](PSETIDTask, 0x00008121)    // [MS-OXOTASK] 2.2.2.2.24
	PidLidTaskLastUser           = lid[string](PSETIDTask, 0x00008122)    // [MS-OXOTASK] 2.2.2.2.25
	PidLidTaskOrdinal            = lid[int32](PSETIDTask, 0x00008123)     // [MS-OXOTASK] 2.2.2.2.26
	PidLidTaskNoCompute          = lid[bool](PSETIDTask, 0x00008124)      // [MS-OXOTASK] 2.2.2.2.35
	PidLidTaskLastDelegate       = lid[string](PSETIDTask, 0x00008125)    // [MS-OXOTASK] 2.2.2.2.27
	PidLidTaskFRecurring         = lid[bool](PSETIDTask, 0x00008126)      // [MS-OXOTASK] 2.2.2.2.28
	PidLidTaskRole               = lid[string](PSETIDTask, 0x00008127)    // [MS-OXOTASK] 2.2.2.2.34
	PidLidTaskOwnership          = lid[int32](PSETIDTask, 0x00008129)     // [MS-OXOTASK] 2.2.2.2.29
	PidLidTaskAcceptanceState    = lid[int32](PSETIDTask, 0x0000812A)     // [MS-OXOTASK] 2.2.2.2.30
	PidLidTaskFFixOffline        = lid[bool](PSETIDTask, 0x0000812C)      // [MS-OXOTASK] 2.2.2.2.31
	PidLidTaskCustomFlags        = lid[int32](PSETIDTask, 0x00008139)     // [MS-OXOTASK] 2.2.2.2.33
)
