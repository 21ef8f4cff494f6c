package tnef

import (
	"encoding/hex"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// messageAttribute reads an attribute of the message. [MS-OXTNEF] 2.1.3.3
func (r *reader) messageAttribute(id attributeID, s *scanner) {
	switch id {
	case attTnefVersion:
		if v := s.uint32(); s.err == nil && v != version {
			s.failf("version 0x%08X", v)
		}
	case attOemCodepage:
		r.result.CodePage = s.uint32()
	case attMsgProps:
		r.properties(s).list(&r.props)
	case attRecipTable:
		r.recipients(s)
	default:
		r.legacyAttribute(id, s)
	}
}

// legacyAttribute reads an attribute of the time before MAPI. [MS-OXTNEF] 2.1.3.3
func (r *reader) legacyAttribute(id attributeID, s *scanner) {
	set := r.legacy.Set
	switch id {
	case attFrom:
		if p := r.triple(s); p != nil {
			set(mapi.PidTagSenderName.Of(p.name))
			set(mapi.PidTagSenderAddressType.Of(p.addressType))
			set(mapi.PidTagSenderEmailAddress.Of(p.address))
		}
	case attOwner:
		r.owner = r.person(s)
	case attSentFor:
		if p := r.person(s); p != nil {
			r.representing(*p)
		}
	case attDelegate:
		set(mapi.PidTagReceivedRepresentingEntryId.Of(s.bytes(s.left())))
	case attSubject:
		set(mapi.PidTagSubject.Of(r.text(s)))
	case attBody:
		set(mapi.PidTagBody.Of(r.text(s)))
	case attMessageClass:
		set(mapi.PidTagMessageClass.Of(messageClass(r.text(s))))
	case attOriginalMessageClass:
		set(mapi.PidTagOriginalMessageClass.Of(messageClass(r.text(s))))
	case attMessageID:
		r.key(mapi.PidTagSearchKey, s)
	case attParentID:
		r.key(mapi.PidTagParentKey, s)
	case attConversationID:
		r.key(mapi.PidTagConversationKey, s)
	case attPriority:
		set(mapi.PidTagImportance.Of(importance(s.uint16())))
	case attAidOwner:
		set(mapi.PidTagOwnerAppointmentId.Of(int32(s.uint32())))
	case attRequestRes:
		set(mapi.PidTagResponseRequested.Of(s.uint16() != 0))
	case attMessageStatus:
		set(mapi.PidTagMessageFlags.Of(messageFlags(s.uint8())))
	default:
		r.dateAttribute(id, s)
	}
}

// dates are the attributes with a date of the message.
var dates = map[attributeID]mapi.PropTag{
	attDateSent: mapi.PidTagClientSubmitTime.Tag(), attDateRecd: mapi.PidTagMessageDeliveryTime.Tag(), attDateModified: mapi.PidTagLastModificationTime.Tag(),
	attDateStart: mapi.PidTagStartDate.Tag(), attDateEnd: mapi.PidTagEndDate.Tag(),
}

func (r *reader) dateAttribute(id attributeID, s *scanner) {
	tag, ok := dates[id]
	if !ok {
		s.failf("it is not known for messages")
		return
	}
	t, ok := parseDate(s.bytes(min(s.left(), dateLength)))
	if !ok {
		s.failf("it is not a date")
		return
	}
	r.legacy.Set(mapi.Prop{Tag: tag, Value: t})
}

// key reads an identifier in hex.
func (r *reader) key(tag mapi.Tag[[]byte], s *scanner) {
	if b, err := hex.DecodeString(strings.TrimSpace(r.text(s))); err == nil && len(b) > 0 {
		r.legacy.Set(tag.Of(b))
	}
}

// messageClass gives the class of an older name. [MS-OXTNEF] 2.1.3.3.2
func messageClass(legacy string) string {
	for _, c := range legacyClasses {
		if len(legacy) >= len(c.legacy) && strings.EqualFold(legacy[:len(c.legacy)], c.legacy) {
			return c.class
		}
	}
	return legacy
}

// importance gives PidTagImportance for attPriority: 3 is low, 1 is high.
// [MS-OXTNEF] 2.1.3.3.13
func importance(priority uint16) int32 {
	switch priority {
	case 1:
		return 2
	case 3:
		return 0
	}
	return 1
}

// Bits of attMessageStatus and the message flags they mean. [MS-OXTNEF] 2.1.3.3.10
var statusFlags = []struct {
	status uint8
	flag   int32
}{{0x20, 0x01}, {0x04, 0x04}, {0x02, 0x08}, {0x80, 0x10}}

func messageFlags(status uint8) int32 {
	var flags int32
	for _, f := range statusFlags {
		if status&f.status != 0 {
			flags |= f.flag
		}
	}
	if status&0x01 == 0 { // not modified
		flags |= 0x02
	}
	return flags
}

// A person is a name and an address as the older attributes have them.
type person struct{ name, addressType, address string }

func makePerson(name, address string) *person {
	p := &person{name: name, addressType: "SMTP", address: address}
	if kind, rest, ok := strings.Cut(address, ":"); ok {
		p.addressType, p.address = strings.ToUpper(kind), rest
	}
	return p
}

// triple reads the TRP structure of attFrom. [MS-OXTNEF] 2.1.3.3.9
func (r *reader) triple(s *scanner) *person {
	const oneOff = 4
	kind := s.uint16()
	s.uint16() // the structure's length
	name, address := int64(s.uint16()), int64(s.uint16())
	if s.err == nil && kind != oneOff {
		s.failf("a sender of kind %d", kind)
	}
	n, a := r.text(newScanner(s.section(name), r.budget)), r.text(newScanner(s.section(address), r.budget))
	if s.err != nil {
		return nil
	}
	return makePerson(n, a)
}

// person reads the counted name and address of attOwner and attSentFor.
// [MS-OXTNEF] 2.1.3.3.16
func (r *reader) person(s *scanner) *person {
	n := r.text(newScanner(s.section(int64(s.uint16())), r.budget))
	a := r.text(newScanner(s.section(int64(s.uint16())), r.budget))
	if s.err != nil {
		return nil
	}
	return makePerson(n, a)
}

func (r *reader) representing(p person) {
	r.legacy.Set(mapi.PidTagSentRepresentingName.Of(p.name))
	r.legacy.Set(mapi.PidTagSentRepresentingAddressType.Of(p.addressType))
	r.legacy.Set(mapi.PidTagSentRepresentingEmailAddress.Of(p.address))
}

// placeOwner decides what attOwner means: the organizer of a request, or whom
// a response is for. [MS-OXTNEF] 2.3.3.10
func (r *reader) placeOwner() {
	if r.owner == nil {
		return
	}
	class := mapi.PidTagMessageClass.Get(r.result.Message.Props)
	if class == "" {
		class = mapi.PidTagMessageClass.Get(r.legacy)
	}
	if strings.HasPrefix(strings.ToUpper(class), "IPM.SCHEDULE.MEETING.RESP") {
		r.legacy.Set(mapi.PidTagReceivedRepresentingName.Of(r.owner.name))
		r.legacy.Set(mapi.PidTagReceivedRepresentingAddressType.Of(r.owner.addressType))
		r.legacy.Set(mapi.PidTagReceivedRepresentingEmailAddress.Of(r.owner.address))
		return
	}
	r.representing(*r.owner)
}
