package mapi

// Values of PidTagAttachMethod. [MS-OXCMSG] 2.2.2.9
const (
	AttachNone            int32 = 0 // just created
	AttachByValue         int32 = 1 // PidTagAttachDataBinary
	AttachByReference     int32 = 2 // PidTagAttachLongPathname
	AttachByReferenceOnly int32 = 4 // PidTagAttachLongPathname
	AttachEmbeddedMessage int32 = 5 // a message
	AttachOLE             int32 = 6 // PidTagAttachDataObject
	AttachByWebReference  int32 = 7 // PidTagAttachLongPathname
)
