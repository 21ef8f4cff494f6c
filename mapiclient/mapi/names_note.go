package mapi

import "time"

// Named properties of sticky notes, journal entries and RSS items. The comment behind one is its defining
// reference. [MS-OXPROPS] 2
var (
	PidLidLogType             = lid[string](PSETIDLog, 0x00008700)     // [MS-OXOJRNL] 2.2.1.1
	PidLidLogStart            = lid[time.Time](PSETIDLog, 0x00008706)  // [MS-OXOJRNL] 2.2.1.3
	PidLidLogDuration         = lid[int32](PSETIDLog, 0x00008707)      // [MS-OXOJRNL] 2.2.1.5
	PidLidLogEnd              = lid[time.Time](PSETIDLog, 0x00008708)  // [MS-OXOJRNL] 2.2.1.4
	PidLidLogFlags            = lid[int32](PSETIDLog, 0x0000870C)      // [MS-OXOJRNL] 2.2.1.6
	PidLidLogDocumentPrinted  = lid[bool](PSETIDLog, 0x0000870E)       // [MS-OXOJRNL] 2.2.1.7
	PidLidLogDocumentSaved    = lid[bool](PSETIDLog, 0x0000870F)       // [MS-OXOJRNL] 2.2.1.8
	PidLidLogDocumentRouted   = lid[bool](PSETIDLog, 0x00008710)       // [MS-OXOJRNL] 2.2.1.9
	PidLidLogDocumentPosted   = lid[bool](PSETIDLog, 0x00008711)       // [MS-OXOJRNL] 2.2.1.10
	PidLidLogTypeDesc         = lid[string](PSETIDLog, 0x00008712)     // [MS-OXOJRNL] 2.2.1.2
	PidLidNoteColor           = lid[int32](PSETIDNote, 0x00008B00)     // [MS-OXONOTE] 2.2.1.1
	PidLidNoteWidth           = lid[int32](PSETIDNote, 0x00008B02)     // [MS-OXONOTE] 2.2.1.2
	PidLidNoteHeight          = lid[int32](PSETIDNote, 0x00008B03)     // [MS-OXONOTE] 2.2.1.3
	PidLidNoteX               = lid[int32](PSETIDNote, 0x00008B04)     // [MS-OXONOTE] 2.2.1.4
	PidLidNoteY               = lid[int32](PSETIDNote, 0x00008B05)     // [MS-OXONOTE] 2.2.1.5
	PidLidPostRssChannelLink  = lid[string](PSETIDPostRss, 0x00008900) // [MS-OXORSS] 2.2.1.1
	PidLidPostRssItemLink     = lid[string](PSETIDPostRss, 0x00008901) // [MS-OXORSS] 2.2.1.2
	PidLidPostRssItemHash     = lid[int32](PSETIDPostRss, 0x00008902)  // [MS-OXORSS] 2.2.1.3
	PidLidPostRssItemGuid     = lid[string](PSETIDPostRss, 0x00008903) // [MS-OXORSS] 2.2.1.4
	PidLidPostRssChannel      = lid[string](PSETIDPostRss, 0x00008904) // [MS-OXORSS] 2.2.1.5
	PidLidPostRssItemXml      = lid[string](PSETIDPostRss, 0x00008905) // [MS-OXORSS] 2.2.1.6
	PidLidPostRssSubscription = lid[string](PSETIDPostRss, 0x00008906) // [MS-OXORSS] 2.2.1.7
)
