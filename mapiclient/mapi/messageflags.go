package mapi

// Bits of PidTagMessageFlags. [MS-OXCMSG] 2.2.1.6
const (
	MfRead         int32 = 0x00000001
	MfUnmodified   int32 = 0x00000002 // not changed since it was first saved or delivered
	MfSubmitted    int32 = 0x00000004 // the server has it in hand
	MfUnsent       int32 = 0x00000008 // still to be written, or sent
	MfHasAttach    int32 = 0x00000010
	MfFromMe       int32 = 0x00000020
	MfFAI          int32 = 0x00000040 // an associated message
	MfResend       int32 = 0x00000080
	MfNotifyRead   int32 = 0x00000100
	MfNotifyUnread int32 = 0x00000200
	MfEverRead     int32 = 0x00000400
	MfInternet     int32 = 0x00002000
	MfUntrusted    int32 = 0x00008000
)
