package ical

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/contentline"
)

// A person is a calendar user. RFC 5545 3.3.3
type person struct{ name, address string }

func personOf(p *contentline.Property) person {
	address := strings.TrimSpace(p.Value)
	if len(address) >= 7 && strings.EqualFold(address[:7], "mailto:") {
		address = address[7:]
		if plain, err := url.PathUnescape(address); err == nil {
			address = plain
		}
		address, _, _ = strings.Cut(address, "?")
	} else if email := p.Param("EMAIL"); email != "" { // RFC 7986 6.2
		address = email
	} else if !strings.Contains(address, "@") || strings.Contains(address, ":") {
		address = ""
	}
	name := p.Param("CN")
	if name == "" {
		name = address
	}
	return person{name, strings.TrimSpace(address)}
}

// trackStatus gives PidTagRecipientTrackStatus of a PARTSTAT.
func trackStatus(partstat string) int32 {
	switch strings.ToUpper(partstat) {
	case "ACCEPTED":
		return responseAccepted
	case "DECLINED":
		return responseDeclined
	case "TENTATIVE":
		return responseTentative
	}
	return responseNone
}

// recipientType gives how an attendee is invited. [MS-OXCICAL] 2.1.3.1.1.20.2
func recipientType(p *contentline.Property) mapi.RecipientType {
	switch {
	case p.HasValue("CUTYPE", "RESOURCE"), p.HasValue("CUTYPE", "ROOM"):
		return mapi.RecipientBcc
	case p.HasValue("ROLE", "OPT-PARTICIPANT"), p.HasValue("ROLE", "NON-PARTICIPANT"):
		return mapi.RecipientCc
	}
	return mapi.RecipientTo
}

func (p person) props() mapi.Props {
	return mapi.Props{mapi.PidTagDisplayName.Of(cut(p.name, 1024)), mapi.PidTagAddressType.Of("SMTP"),
		mapi.PidTagEmailAddress.Of(p.address), mapi.PidTagSmtpAddress.Of(p.address)}
}

// Flags of PidTagRecipientFlags. [MS-OXOCAL] 2.2.4.10.1
const (
	recipientSendable  = 1
	recipientOrganizer = 2
)

// people sets organizer and attendees. In a response the attendee is who
// sends, and the organizer who receives. [MS-OXCICAL] 2.1.3.1.1.20.2, .16
func (r *reader) people(c *contentline.Component, m *mapi.Message, f meetingForm) {
	isResponse := strings.HasPrefix(f.class, classResponse)
	organizer, attendees := c.Get("ORGANIZER"), c.All("ATTENDEE")
	sender := organizer
	if isResponse && len(attendees) > 0 {
		sender = attendees[0]
	}
	if sender != nil {
		setSender(&m.Props, personOf(sender))
	}
	if isResponse {
		if organizer != nil {
			m.Recipients = append(m.Recipients, mapi.Recipient{Type: mapi.RecipientTo, Props: personOf(organizer).props()})
		}
		if len(attendees) > 1 {
			r.lose("VEVENT ATTENDEE", fmt.Sprintf("%d more", len(attendees)-1), errors.New("a response is one attendee's"))
		}
		return
	}
	r.attendees(m, organizer, attendees)
}

func setSender(ps *mapi.Props, p person) {
	if p.address == "" {
		return
	}
	name := cut(p.name, 1024)
	for _, q := range []mapi.Prop{
		mapi.PidTagSentRepresentingName.Of(name), mapi.PidTagSentRepresentingAddressType.Of("SMTP"),
		mapi.PidTagSentRepresentingEmailAddress.Of(p.address), mapi.PidTagSentRepresentingSmtpAddress.Of(p.address),
		mapi.PidTagSenderName.Of(name), mapi.PidTagSenderAddressType.Of("SMTP"),
		mapi.PidTagSenderEmailAddress.Of(p.address), mapi.PidTagSenderSmtpAddress.Of(p.address),
	} {
		ps.Set(q)
	}
}

func (r *reader) attendees(m *mapi.Message, organizer *contentline.Property, attendees []*contentline.Property) {
	var chair string
	if organizer != nil {
		chair = strings.ToLower(personOf(organizer).address)
	}
	wanted := false
	for i, a := range attendees {
		if i >= r.opts.Attendees {
			r.lose("VEVENT ATTENDEE", fmt.Sprintf("%d more", len(attendees)-i), fmt.Errorf("more than the limit of %d", r.opts.Attendees))
			break
		}
		p := personOf(a)
		if p.address == "" {
			r.lose(fmt.Sprintf("ATTENDEE on line %d", a.Line), a.Value, errors.New("it has no mail address"))
			continue
		}
		wanted = wanted || a.HasValue("RSVP", "TRUE")
		flags := int32(recipientSendable)
		if chair != "" && strings.ToLower(p.address) == chair {
			flags |= recipientOrganizer
		}
		props := append(p.props(), mapi.PidTagRecipientFlags.Of(flags), mapi.PidTagRecipientTrackStatus.Of(trackStatus(a.Param("PARTSTAT"))))
		m.Recipients = append(m.Recipients, mapi.Recipient{Type: recipientType(a), Props: props})
	}
	if len(attendees) > 0 {
		m.Props.SetDefault(mapi.PidTagResponseRequested.Of(wanted))
		m.Props.SetDefault(mapi.PidTagReplyRequested.Of(wanted))
	}
}

// alarm sets the reminder by the first alarm that shows or sounds something.
// [MS-OXCICAL] 2.1.3.1.1.20.62
func (r *reader) alarm(c *contentline.Component, ps *mapi.Props, s span) {
	var trigger *contentline.Property
	for _, a := range c.Components {
		switch {
		case a.Name != "VALARM":
			r.lose(fmt.Sprintf("line %d", a.Line), a.Name, errors.New("MAPI has nothing of the kind"))
		case strings.EqualFold(a.Value("ACTION"), "EMAIL"), strings.EqualFold(a.Value("ACTION"), "NONE"), trigger != nil:
			r.lose(fmt.Sprintf("VALARM on line %d", a.Line), a.Value("TRIGGER"), errors.New("MAPI has one reminder, on the screen"))
		default:
			trigger = a.Get("TRIGGER")
		}
	}
	start, end := s.start.utcOrZero(), s.end.utcOrZero()
	minutes, ok := reminderDelta(trigger, start, end)
	if !ok {
		ps.SetDefault(mapi.PidLidReminderSet.Of(false))
		return
	}
	ps.Set(mapi.PidLidReminderSet.Of(true))
	ps.Set(mapi.PidLidReminderDelta.Of(minutes))
	if !start.IsZero() {
		ps.Set(mapi.PidLidReminderTime.Of(start))
		ps.Set(mapi.PidLidReminderSignalTime.Of(start.Add(-time.Duration(minutes) * time.Minute)))
	}
}

func (w when) utcOrZero() time.Time {
	if w.zone == nil {
		return time.Time{}
	}
	return w.utc()
}

// reminderDelta gives the minutes between a trigger and the start.
func reminderDelta(trigger *contentline.Property, start, end time.Time) (int32, bool) {
	if trigger == nil {
		return 0, false
	}
	var before time.Duration
	if d, ok := parseDuration(trigger.Value); ok {
		before = -d
		if trigger.HasValue("RELATED", "END") {
			before -= end.Sub(start)
		}
	} else if at, ok := parseDateTime(trigger.Value); ok && !start.IsZero() {
		before = start.Sub(at)
	} else {
		return 0, false
	}
	minutes := before / time.Minute
	if minutes < 0 || minutes > 1<<30 {
		minutes = 0
	}
	return int32(minutes), true
}

// mailto writes an address as a URI. RFC 6068
func mailto(address string) string {
	var out strings.Builder
	out.WriteString("mailto:")
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c == '%' || c == '?' || c == '"' || c == '<' || c == '>' || c == '\\' || c == 0x7F {
			out.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)+0x100, 16)[1:]))
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}
