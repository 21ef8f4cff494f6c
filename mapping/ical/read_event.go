package ical

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// eventElsewhere are the properties of events that no rule reads.
var eventElsewhere = set(`UID DTSTAMP DTSTART DTEND DURATION RRULE EXDATE RDATE RECURRENCE-ID ORGANIZER ATTENDEE STATUS TRANSP DESCRIPTION COMMENT
	X-ALT-DESC X-MICROSOFT-CDO-BUSYSTATUS X-MICROSOFT-CDO-ALLDAYEVENT X-MICROSOFT-MSNCALENDAR-ALLDAYEVENT X-MICROSOFT-CDO-INSTTYPE
	X-MS-OLK-ORIGINALSTART X-MS-OLK-ORIGINALEND`)

// A meetingForm is what a method makes of an event. [MS-OXCICAL] 2.1.3.1.1.1
type meetingForm struct {
	class  string
	icon   int32
	state  int32 // PidLidAppointmentStateFlags
	status int32 // PidLidResponseStatus
}

// Flags of PidLidAppointmentStateFlags. [MS-OXOCAL] 2.2.1.10
const (
	stateMeeting  = 1
	stateReceived = 2
	stateCanceled = 4
)

// Values of PidLidResponseStatus and PidTagRecipientTrackStatus. [MS-OXOCAL] 2.2.1.11
const (
	responseNone         int32 = 0
	responseOrganized    int32 = 1
	responseTentative    int32 = 2
	responseAccepted     int32 = 3
	responseDeclined     int32 = 4
	responseNotResponded int32 = 5
)

// Message classes. [MS-OXOCAL] 2.2
const (
	classAppointment = "IPM.Appointment"
	classRequest     = "IPM.Schedule.Meeting.Request"
	classCanceled    = "IPM.Schedule.Meeting.Canceled"
	classResponse    = "IPM.Schedule.Meeting.Resp"
	classAccepted    = "IPM.Schedule.Meeting.Resp.Pos"
	classDeclined    = "IPM.Schedule.Meeting.Resp.Neg"
	classTentative   = "IPM.Schedule.Meeting.Resp.Tent"
	// classException is that of the message in an exception's attachment. [MS-OXOCAL] 2.2.10.2.1
	classException = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}"
)

// responses are the answers of attendees. [MS-OXCICAL] 2.1.3.1.1.1
var responses = map[string]meetingForm{
	"ACCEPTED":  {classAccepted, 0x405, stateMeeting | stateReceived, responseAccepted},
	"DECLINED":  {classDeclined, 0x406, stateMeeting | stateReceived, responseDeclined},
	"TENTATIVE": {classTentative, 0x407, stateMeeting | stateReceived, responseTentative},
}

// form decides what message an event becomes.
func (r *reader) form(c *contentline.Component, method string) meetingForm {
	switch method {
	case "REQUEST":
		return meetingForm{classRequest, 0x404, stateMeeting | stateReceived, responseNotResponded}
	case "CANCEL":
		return meetingForm{classCanceled, 0x408, stateMeeting | stateReceived | stateCanceled, responseNotResponded}
	case "COUNTER":
		return responses["TENTATIVE"]
	case "REPLY":
		if a := c.Get("ATTENDEE"); a != nil {
			if f, ok := responses[strings.ToUpper(a.Param("PARTSTAT"))]; ok {
				return f
			}
			r.lose("VEVENT ATTENDEE", "PARTSTAT="+a.Param("PARTSTAT"), errors.New("MAPI has no such answer; tentative"))
		}
		return responses["TENTATIVE"]
	case "", "PUBLISH":
	default:
		r.lose("VCALENDAR", "METHOD:"+method, errors.New("MAPI has no such message; an appointment"))
	}
	f := meetingForm{class: classAppointment, icon: 0x400}
	if len(c.All("ATTENDEE")) > 0 {
		f.state, f.icon = stateMeeting, 0x402
	}
	if strings.EqualFold(c.Value("STATUS"), "CANCELLED") {
		f.state |= stateCanceled
	}
	return f
}

// event makes the message of a VEVENT. [MS-OXCICAL] 2.1.3.1.1.20
func (r *reader) event(c *contentline.Component, instances []*contentline.Component, method string) *mapi.Message {
	f := r.form(c, method)
	m := &mapi.Message{Props: mapi.Props{
		mapi.PidTagMessageClass.Of(f.class), mapi.PidTagIconIndex.Of(f.icon),
		mapi.PidLidAppointmentStateFlags.Of(f.state), mapi.PidLidResponseStatus.Of(f.status), mapi.PidLidFInvited.Of(f.state&stateMeeting != 0),
	}}
	r.apply(c, &m.Props, eventRules, eventElsewhere)
	r.body(c, &m.Props)
	s, timed := r.span(c)
	if timed {
		setSpan(&m.Props, s)
	} else {
		r.lose("VEVENT", c.Text("SUMMARY"), errors.New("it has no start"))
	}
	setBusy(c, &m.Props, s, f)
	r.people(c, m, f)
	r.alarm(c, &m.Props, s)
	recurring := timed && c.Get("RECURRENCE-ID") == nil && r.series(c, instances, m, s)
	if timed {
		for _, p := range s.displayZone().props(s.start.local.Year(), recurring) {
			m.Props.SetDefault(p)
		}
	}
	r.identity(c, &m.Props, s)
	r.meeting(c, &m.Props, f, method)
	return m
}

// setSpan sets the times. [MS-OXCICAL] 2.1.3.1.1.20.8, .10
func setSpan(ps *mapi.Props, s span) {
	start, end := s.start.utc(), s.end.utc()
	for _, p := range []mapi.Prop{
		mapi.PidLidAppointmentStartWhole.Of(start), mapi.PidLidAppointmentEndWhole.Of(end),
		mapi.PidLidCommonStart.Of(start), mapi.PidLidCommonEnd.Of(end),
		mapi.PidTagStartDate.Of(start), mapi.PidTagEndDate.Of(end),
		mapi.PidLidClipStart.Of(start), mapi.PidLidClipEnd.Of(end),
		mapi.PidLidAppointmentDuration.Of(int32(min(end.Sub(start)/time.Minute, 1<<30))),
		mapi.PidLidAppointmentSubType.Of(s.allDay),
	} {
		ps.Set(p)
	}
}

// setBusy sets PidLidBusyStatus and, of meeting requests, what is meant for
// the attendee's calendar. [MS-OXCICAL] 2.1.3.1.1.20.31
func setBusy(c *contentline.Component, ps *mapi.Props, s span, f meetingForm) {
	busy := busyBusy
	if strings.EqualFold(c.Value("TRANSP"), "TRANSPARENT") || s.allDay && c.Value("TRANSP") == "" {
		busy = busyFree
	} else if strings.EqualFold(c.Value("STATUS"), "TENTATIVE") {
		busy = busyTentative
	}
	for i, word := range busyWords {
		if strings.EqualFold(c.Value("X-MICROSOFT-CDO-BUSYSTATUS"), word) {
			busy = int32(i)
		}
	}
	switch f.class {
	case classRequest:
		ps.SetDefault(mapi.PidLidIntendedBusyStatus.Of(busy))
		if busy != busyFree {
			busy = busyTentative
		}
	case classCanceled:
		ps.SetDefault(mapi.PidLidIntendedBusyStatus.Of(busyFree))
		busy = busyFree
	}
	ps.Set(mapi.PidLidBusyStatus.Of(busy))
}

// body sets the text and the HTML. [MS-OXCICAL] 2.1.3.1.1.20.12, .61
func (r *reader) body(c *contentline.Component, ps *mapi.Props) {
	lose := func(p *contentline.Property, why string) {
		r.lose(fmt.Sprintf("%s %s on line %d", c.Name, p.Name, p.Line), p.Value, errors.New(why))
	}
	for i, p := range c.All("X-ALT-DESC") {
		if i > 0 || !strings.EqualFold(p.Param("FMTTYPE"), "text/html") {
			lose(p, "the body is one text and one HTML")
			continue
		}
		ps.Set(mapi.PidTagHtml.Of([]byte(p.Text())))
		ps.Set(mapi.PidTagInternetCodepage.Of(65001))
	}
	for i, p := range append(c.All("DESCRIPTION"), c.All("COMMENT")...) {
		if i > 0 {
			lose(p, "the body is another text")
			continue
		}
		ps.Set(mapi.PidTagBody.Of(strings.ReplaceAll(p.Text(), "\n", "\r\n")))
	}
}

// identity sets the global object ids and tells exceptions. [MS-OXCICAL] 2.1.3.1.1.20.26
func (r *reader) identity(c *contentline.Component, ps *mapi.Props, s span) {
	uid := c.Text("UID")
	if uid == "" {
		return
	}
	id := oxocal.FromUID(cut(uid, 4096))
	clean, err := wire.Marshal(&id)
	if err != nil {
		return
	}
	ps.Set(mapi.PidLidCleanGlobalObjectId.Of(clean))
	ps.Set(mapi.PidLidGlobalObjectId.Of(clean))
	w, ok := r.when(c.Get("RECURRENCE-ID"))
	ps.Set(mapi.PidLidIsException.Of(ok))
	if !ok {
		return
	}
	ps.Set(mapi.PidLidIsRecurring.Of(true))
	ps.Set(mapi.PidLidExceptionReplaceTime.Of(w.utc()))
	local := w.local
	if w.inUTC && s.start.zone != nil {
		local = s.start.zone.local(w.local)
	}
	on := id.On(local)
	if b, err := wire.Marshal(&on); err == nil {
		ps.Set(mapi.PidLidGlobalObjectId.Of(b))
	}
}

// meeting sets what messages about meetings have beyond appointments.
// [MS-OXOCAL] 2.2.5, 2.2.6
func (r *reader) meeting(c *contentline.Component, ps *mapi.Props, f meetingForm, method string) {
	stamp, ok := parseDateTime(c.Value("DTSTAMP"))
	if !ok && !r.opts.Now.IsZero() {
		stamp, ok = r.opts.Now.UTC(), true
	}
	if f.class == classAppointment {
		return
	}
	isResponse := strings.HasPrefix(f.class, classResponse)
	if ok && isResponse {
		ps.SetDefault(mapi.PidLidAttendeeCriticalChange.Of(stamp))
		ps.SetDefault(mapi.PidLidAppointmentReplyTime.Of(stamp))
	} else if ok {
		ps.SetDefault(mapi.PidLidOwnerCriticalChange.Of(stamp))
	}
	if location, ok := mapi.PidLidLocation.From(*ps); ok {
		ps.SetDefault(mapi.PidLidWhere.Of(location))
	}
	if !isResponse {
		ps.SetDefault(mapi.PidLidMeetingType.Of(1))
		ps.SetDefault(mapi.PidLidAppointmentMessageClass.Of(classAppointment))
	}
	if method == "COUNTER" {
		r.proposal(c, ps)
	}
}

// proposal turns the times of a COUNTER into a proposal; those of the meeting
// itself are in extensions, when they are told at all. [MS-OXCICAL] 2.1.3.1.1.20.57
func (r *reader) proposal(c *contentline.Component, ps *mapi.Props) {
	start, _ := mapi.PidLidAppointmentStartWhole.From(*ps)
	end, _ := mapi.PidLidAppointmentEndWhole.From(*ps)
	ps.Set(mapi.PidLidAppointmentCounterProposal.Of(true))
	ps.Set(mapi.PidLidAppointmentProposedStartWhole.Of(start))
	ps.Set(mapi.PidLidAppointmentProposedEndWhole.Of(end))
	ps.Set(mapi.PidLidAppointmentProposedDuration.Of(mapi.PidLidAppointmentDuration.Get(*ps)))
	original, ok1 := r.when(c.Get("X-MS-OLK-ORIGINALSTART"))
	until, ok2 := r.when(c.Get("X-MS-OLK-ORIGINALEND"))
	if ok1 && ok2 {
		setSpan(ps, span{start: original, end: until, allDay: mapi.PidLidAppointmentSubType.Get(*ps)})
	}
}
