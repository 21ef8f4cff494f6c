package tnef

import (
	"encoding/binary"
	"fmt"
	"time"
)

// signature begins every stream. [MS-OXTNEF] 2.1.1
const signature = 0x223E9F78

// version is the only value of attTnefVersion. [MS-OXTNEF] 2.1.3.3.1
const version = 0x00010000

// A level says what an attribute belongs to. [MS-OXTNEF] 2.1.3.1
type level uint8

const (
	levelMessage    level = 1
	levelAttachment level = 2
)

// An attributeID is a type (high half) and a name. [MS-OXTNEF] 2.1.3.2
type attributeID uint32

const (
	attOwner                attributeID = 0x00060000
	attSentFor              attributeID = 0x00060001
	attDelegate             attributeID = 0x00060002
	attDateStart            attributeID = 0x00030006
	attDateEnd              attributeID = 0x00030007
	attAidOwner             attributeID = 0x00050008
	attRequestRes           attributeID = 0x00040009
	attOriginalMessageClass attributeID = 0x00070006
	attFrom                 attributeID = 0x00008000
	attSubject              attributeID = 0x00018004
	attDateSent             attributeID = 0x00038005
	attDateRecd             attributeID = 0x00038006
	attMessageStatus        attributeID = 0x00068007
	attMessageClass         attributeID = 0x00078008
	attMessageID            attributeID = 0x00018009
	attParentID             attributeID = 0x0001800A
	attConversationID       attributeID = 0x0001800B
	attBody                 attributeID = 0x0002800C
	attPriority             attributeID = 0x0004800D
	attAttachData           attributeID = 0x0006800F
	attAttachTitle          attributeID = 0x00018010
	attAttachMetaFile       attributeID = 0x00068011
	attAttachCreateDate     attributeID = 0x00038012
	attAttachModifyDate     attributeID = 0x00038013
	attDateModified         attributeID = 0x00038020
	attAttachTransportName  attributeID = 0x00069001
	attAttachRenddata       attributeID = 0x00069002
	attMsgProps             attributeID = 0x00069003
	attRecipTable           attributeID = 0x00069004
	attAttachment           attributeID = 0x00069005
	attTnefVersion          attributeID = 0x00089006
	attOemCodepage          attributeID = 0x00069007
)

// Lengths in bytes.
const (
	streamHeader    = 6 // signature, key
	attributeHeader = 9 // level, id, length
	dateLength      = 14
)

// The attachment types of attAttachRenddata. [MS-OXTNEF] 2.1.3.3.15
const (
	rendFile uint16 = 1
	rendOLE  uint16 = 2
)

// attributeNames are what losses call attributes.
var attributeNames = map[attributeID]string{
	attOwner: "attOwner", attSentFor: "attSentFor", attDelegate: "attDelegate", attDateStart: "attDateStart", attDateEnd: "attDateEnd",
	attAidOwner: "attAidOwner", attRequestRes: "attRequestRes", attOriginalMessageClass: "attOriginalMessageClass", attFrom: "attFrom",
	attSubject: "attSubject", attDateSent: "attDateSent", attDateRecd: "attDateRecd", attMessageStatus: "attMessageStatus",
	attMessageClass: "attMessageClass", attMessageID: "attMessageID", attParentID: "attParentID", attConversationID: "attConversationID",
	attBody: "attBody", attPriority: "attPriority", attAttachData: "attAttachData", attAttachTitle: "attAttachTitle",
	attAttachMetaFile: "attAttachMetaFile", attAttachCreateDate: "attAttachCreateDate", attAttachModifyDate: "attAttachModifyDate",
	attDateModified: "attDateModified", attAttachTransportName: "attAttachTransportFilename", attAttachRenddata: "attAttachRenddata",
	attMsgProps: "attMsgProps", attRecipTable: "attRecipTable", attAttachment: "attAttachment", attTnefVersion: "attTnefVersion",
	attOemCodepage: "attOemCodepage",
}

// String gives the name of the specification.
func (id attributeID) String() string {
	if n := attributeNames[id]; n != "" {
		return n
	}
	return fmt.Sprintf("attribute 0x%08X", uint32(id))
}

// sum adds bytes to a checksum. [MS-OXTNEF] 2.1.3.1.2
func sum(s uint16, b []byte) uint16 {
	for _, c := range b {
		s += uint16(c)
	}
	return s
}

// parseDate reads the DTR structure; its time zone is nobody's, so that it is
// taken as UTC. [MS-OXTNEF] 2.1.3.3.4
func parseDate(b []byte) (time.Time, bool) {
	if len(b) < dateLength-2 {
		return time.Time{}, false
	}
	u := func(i int) int { return int(binary.LittleEndian.Uint16(b[2*i:])) }
	if u(0) < 1601 || u(0) > 9999 || u(1) < 1 || u(1) > 12 || u(2) < 1 || u(2) > 31 || u(3) > 23 || u(4) > 59 || u(5) > 60 {
		return time.Time{}, false
	}
	return time.Date(u(0), time.Month(u(1)), u(2), u(3), u(4), u(5), 0, time.UTC), true
}

// appendDate is the opposite of parseDate.
func appendDate(b []byte, t time.Time) []byte {
	t = t.UTC()
	for _, n := range []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), int(t.Weekday())} {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	return b
}

// legacyClasses pairs the class names of attMessageClass with message classes.
// [MS-OXTNEF] 2.1.3.3.2
var legacyClasses = []struct{ legacy, class string }{
	{"IPM.Microsoft Mail.Note", "IPM.Note"},
	{"IPM.Microsoft Mail.Read Receipt", "Report.IPM.Note.IPNRN"},
	{"IPM.Microsoft Mail.Non-Delivery", "Report.IPM.Note.NDR"},
	{"IPM.Microsoft Schedule.MtgReq", "IPM.Schedule.Meeting.Request"},
	{"IPM.Microsoft Schedule.MtgRespP", "IPM.Schedule.Meeting.Resp.Pos"},
	{"IPM.Microsoft Schedule.MtgRespN", "IPM.Schedule.Meeting.Resp.Neg"},
	{"IPM.Microsoft Schedule.MtgRespA", "IPM.Schedule.Meeting.Resp.Tent"},
	{"IPM.Microsoft Schedule.MtgCncl", "IPM.Schedule.Meeting.Canceled"},
}
