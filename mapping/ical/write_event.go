package ical

import (
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// appointment writes an appointment, meeting request or cancellation.
// [MS-OXCICAL] 2.1.3.1.1.20
func (w *writer) appointment() {
	ps := w.msg.Props
	w.Begin("VEVENT")
	w.common(ps)
	w.rules(ps, commonRules, eventRules)
	w.spanOf(ps)
	w.occurrence(ps)
	w.status(ps)
	w.attendees(w.msg.Recipients)
	recur := w.recurrence(ps)
	w.instanceType(ps, recur != nil)
	w.alarm(ps)
	w.End("VEVENT")
	if recur != nil {
		w.exceptions(recur)
	}
}

// spanOf writes DTSTART and DTEND.
func (w *writer) spanOf(ps mapi.Props) {
	allDay := mapi.PidLidAppointmentSubType.Get(ps)
	w.times(ps, "DTSTART", allDay, mapi.PidLidAppointmentStartWhole, mapi.PidLidCommonStart, mapi.PidTagStartDate)
	w.times(ps, "DTEND", allDay, mapi.PidLidAppointmentEndWhole, mapi.PidLidCommonEnd, mapi.PidTagEndDate)
	if allDay {
		w.Line("X-MICROSOFT-CDO-ALLDAYEVENT", "TRUE")
	}
}

// times writes the first time of several that is there.
func (w *writer) times(ps mapi.Props, name string, allDay bool, tags ...property[time.Time]) {
	for _, tag := range tags {
		if t, ok := tag.From(ps); ok {
			w.timed(name, w.zone.local(t), allDay)
			return
		}
	}
}

// occurrence writes which instance of a series is meant. [MS-OXCICAL] 2.1.3.1.1.20.20
func (w *writer) occurrence(ps mapi.Props) {
	if !mapi.PidLidIsException.Get(ps) && !strings.EqualFold(mapi.PidTagMessageClass.Get(ps), classException) {
		return
	}
	if t, ok := mapi.PidLidExceptionReplaceTime.From(ps); ok {
		w.timed("RECURRENCE-ID", w.zone.local(t), mapi.PidLidAppointmentSubType.Get(ps))
	} else if t, ok := mapi.PidLidAppointmentStartWhole.From(ps); ok {
		w.timed("RECURRENCE-ID", w.zone.local(t), mapi.PidLidAppointmentSubType.Get(ps))
	}
}

// instanceType tells single appointments from series and exceptions.
// [MS-OXCICAL] 2.1.3.1.1.20.33
func (w *writer) instanceType(ps mapi.Props, series bool) {
	switch {
	case series:
		w.Line("X-MICROSOFT-CDO-INSTTYPE", "1")
	case mapi.PidLidIsException.Get(ps):
		w.Line("X-MICROSOFT-CDO-INSTTYPE", "3")
	default:
		w.Line("X-MICROSOFT-CDO-INSTTYPE", "0")
	}
}

// status writes how the time is shown. [MS-OXCICAL] 2.1.3.1.1.20.23, .27
func (w *writer) status(ps mapi.Props) {
	busy, ok := mapi.PidLidBusyStatus.From(ps)
	if w.written.Method == "REQUEST" {
		if intended, meant := mapi.PidLidIntendedBusyStatus.From(ps); meant && intended >= 0 {
			busy, ok = intended, true
		}
	}
	switch {
	case w.written.Method == "CANCEL" || mapi.PidLidAppointmentStateFlags.Get(ps)&stateCanceled != 0:
		w.Line("STATUS", "CANCELLED")
	case ok && busy == busyTentative:
		w.Line("STATUS", "TENTATIVE")
	default:
		w.Line("STATUS", "CONFIRMED")
	}
	if !ok || busy < 0 || int(busy) >= len(busyWords) {
		return
	}
	if busy == busyFree {
		w.Line("TRANSP", "TRANSPARENT")
	} else {
		w.Line("TRANSP", "OPAQUE")
	}
	w.Line("X-MICROSOFT-CDO-BUSYSTATUS", busyWords[busy])
}

// attendees writes organizer and attendees. [MS-OXCICAL] 2.1.3.1.1.20.2, .16
func (w *writer) attendees(recipients []mapi.Recipient) {
	people := 0
	for i := range recipients {
		if !isOrganizer(&recipients[i]) {
			people++
		}
	}
	if p := w.organizer(); p.address != "" {
		w.Line("ORGANIZER", mailto(p.address), contentline.P("CN", p.name))
	} else if people > 0 {
		w.lose("organizer", p.name, errNoAddress)
	}
	for i := range recipients {
		if r := &recipients[i]; !isOrganizer(r) {
			w.attendee(r)
		}
	}
}

func isOrganizer(r *mapi.Recipient) bool {
	return mapi.PidTagRecipientFlags.Get(r.Props)&recipientOrganizer != 0 || r.Type.Base() == mapi.RecipientOriginator
}

// organizer is who is marked as such among the recipients, else the sender.
func (w *writer) organizer() person {
	if p := w.sender(); p.address != "" {
		return p
	}
	for i := range w.msg.Recipients {
		if r := &w.msg.Recipients[i]; isOrganizer(r) {
			return w.recipient(r)
		}
	}
	return w.sender()
}

// partstats are the values of PidTagRecipientTrackStatus.
var partstats = map[int32]string{responseAccepted: "ACCEPTED", responseDeclined: "DECLINED", responseTentative: "TENTATIVE"}

func (w *writer) attendee(r *mapi.Recipient) {
	p := w.recipient(r)
	if p.address == "" {
		w.lose("attendee", p.name, errNoAddress)
		return
	}
	role, kind := "REQ-PARTICIPANT", ""
	switch r.Type.Base() {
	case mapi.RecipientCc:
		role = "OPT-PARTICIPANT"
	case mapi.RecipientBcc:
		role, kind = "NON-PARTICIPANT", "RESOURCE"
	}
	partstat := partstats[mapi.PidTagRecipientTrackStatus.Get(r.Props)]
	if partstat == "" || w.written.Method == "REQUEST" && partstat == "ACCEPTED" && isOrganizer(r) {
		partstat = "NEEDS-ACTION"
	}
	rsvp := ""
	if requested, ok := mapi.PidTagResponseRequested.From(w.msg.Props); w.written.Method == "REQUEST" && (requested || !ok) {
		rsvp = "TRUE"
	}
	w.Line("ATTENDEE", mailto(p.address), contentline.P("CUTYPE", kind), contentline.P("ROLE", role),
		contentline.P("PARTSTAT", partstat), contentline.P("RSVP", rsvp), contentline.P("CN", p.name))
}

// response writes an attendee's answer or counter proposal. RFC 5546 3.2.3, 3.2.7
func (w *writer) response() {
	ps := w.msg.Props
	partstat := map[string]string{classAccepted: "ACCEPTED", classDeclined: "DECLINED", classTentative: "TENTATIVE"}[w.class]
	w.Begin("VEVENT")
	w.Line("UID", contentline.Escape(w.uid()))
	w.Line("DTSTAMP", formatUTC(w.stamp()))
	if body := strings.TrimRight(mapi.PidTagBody.Get(ps), "\r\n \x00"); body != "" {
		w.Text("COMMENT", body)
	}
	w.rules(ps, commonRules, eventRules)
	if w.written.Method == "COUNTER" {
		w.counter(ps)
	} else {
		w.spanOf(ps)
	}
	w.occurrence(ps)
	if p := w.sender(); p.address != "" {
		w.Line("ATTENDEE", mailto(p.address), contentline.P("PARTSTAT", partstat), contentline.P("CN", p.name))
	} else {
		w.lose("attendee", p.name, errNoAddress)
	}
	for i := range w.msg.Recipients {
		if p := w.recipient(&w.msg.Recipients[i]); p.address != "" {
			w.Line("ORGANIZER", mailto(p.address), contentline.P("CN", p.name))
			break
		}
	}
	w.End("VEVENT")
}

// counter writes the proposed times, with those of the meeting in extensions.
// [MS-OXCICAL] 2.1.3.1.1.20.57
func (w *writer) counter(ps mapi.Props) {
	allDay := mapi.PidLidAppointmentSubType.Get(ps)
	w.times(ps, "DTSTART", allDay, mapi.PidLidAppointmentProposedStartWhole, mapi.PidLidAppointmentStartWhole)
	w.times(ps, "DTEND", allDay, mapi.PidLidAppointmentProposedEndWhole, mapi.PidLidAppointmentEndWhole)
	w.times(ps, "X-MS-OLK-ORIGINALSTART", allDay, mapi.PidLidAppointmentStartWhole)
	w.times(ps, "X-MS-OLK-ORIGINALEND", allDay, mapi.PidLidAppointmentEndWhole)
}

// alarm writes the reminder. [MS-OXCICAL] 2.1.3.1.1.20.62
func (w *writer) alarm(ps mapi.Props) {
	if !mapi.PidLidReminderSet.Get(ps) || w.written.Method == "CANCEL" {
		return
	}
	minutes := mapi.PidLidReminderDelta.Get(ps)
	if minutes == 0x5AE980E1 { // the default. [MS-OXORMDR] 2.2.1.3
		minutes = 15
	}
	w.Begin("VALARM")
	w.Line("DESCRIPTION", "REMINDER")
	w.Line("TRIGGER", fmt.Sprintf("-PT%dM", max(minutes, 0)), contentline.P("RELATED", "START"))
	w.Line("ACTION", "DISPLAY")
	w.End("VALARM")
}

// recurrence writes the pattern of a series and its deleted instances.
func (w *writer) recurrence(ps mapi.Props) *oxocal.AppointmentRecurrencePattern {
	blob, ok := mapi.PidLidAppointmentRecur.From(ps)
	if !ok || len(blob) == 0 {
		return nil
	}
	recur, err := oxocal.ParseAppointment(blob)
	if err != nil {
		w.lose("PidLidAppointmentRecur", "the recurrence", err)
		return nil
	}
	allDay := mapi.PidLidAppointmentSubType.Get(ps)
	startOf := func(day oxocal.Minutes) time.Time {
		return day.Day().Time().Add(time.Duration(recur.StartTime) * time.Minute)
	}
	rule, err := formatRule(&recur.RecurrencePattern, func(day oxocal.Minutes) string {
		if allDay {
			return formatDay(day.Time())
		}
		return formatUTC(w.zone.utc(startOf(day)))
	})
	if err != nil {
		w.lose("PidLidAppointmentRecur", "the recurrence", err)
		return nil
	}
	w.Line("RRULE", rule)
	changed := map[oxocal.Minutes]bool{}
	for _, e := range recur.Exceptions {
		changed[e.OriginalStart.Day()] = true
	}
	for _, day := range recur.Deleted {
		if !changed[day.Day()] {
			w.timed("EXDATE", startOf(day), allDay)
		}
	}
	return recur
}

// exceptions writes the changed instances. What the attachment says wins over
// the pattern, and that over the series.
func (w *writer) exceptions(recur *oxocal.AppointmentRecurrencePattern) {
	master := w.msg.Props
	for i := range recur.Exceptions {
		e := &recur.Exceptions[i]
		ps := append(mapi.Props(nil), master...)
		overrideProps(&ps, e)
		recipients := w.msg.Recipients
		if m := w.exceptionMessage(e); m != nil {
			for _, p := range m.Props {
				ps.Set(p)
			}
			if len(m.Recipients) > 0 {
				recipients = m.Recipients
			}
		}
		w.Begin("VEVENT")
		w.common(ps)
		w.rules(ps, commonRules, eventRules)
		allDay := mapi.PidLidAppointmentSubType.Get(ps)
		w.timed("DTSTART", e.Start.Time(), allDay)
		w.timed("DTEND", e.End.Time(), allDay)
		w.timed("RECURRENCE-ID", e.OriginalStart.Time(), mapi.PidLidAppointmentSubType.Get(master))
		w.status(ps)
		w.attendees(recipients)
		w.alarm(ps)
		w.End("VEVENT")
	}
}

// overrideProps sets what an exception of the pattern changes.
func overrideProps(ps *mapi.Props, e *oxocal.Exception) {
	subject, location := e.Subject, e.Location
	if subject == "" {
		subject = strings.ToValidUTF8(e.Subject8, "?")
	}
	if location == "" {
		location = strings.ToValidUTF8(e.Location8, "?")
	}
	for _, o := range []struct {
		flag uint16
		prop mapi.Prop
	}{
		{oxocal.OverrideSubject, mapi.PidTagSubject.Of(subject)},
		{oxocal.OverrideLocation, mapi.PidLidLocation.Of(location)},
		{oxocal.OverrideBusyStatus, mapi.PidLidBusyStatus.Of(int32(e.BusyStatus))},
		{oxocal.OverrideReminderDelta, mapi.PidLidReminderDelta.Of(int32(e.ReminderDelta))},
		{oxocal.OverrideReminder, mapi.PidLidReminderSet.Of(e.Reminder != 0)},
		{oxocal.OverrideSubType, mapi.PidLidAppointmentSubType.Of(e.SubType != 0)},
	} {
		if e.Flags&o.flag != 0 {
			ps.Set(o.prop)
		}
	}
}

// exceptionMessage finds the attachment of an exception by its times.
// [MS-OXOCAL] 2.2.10.1
func (w *writer) exceptionMessage(e *oxocal.Exception) *mapi.Message {
	for i := range w.msg.Attachments {
		a := &w.msg.Attachments[i]
		if a.Message == nil {
			continue
		}
		if t, ok := mapi.PidLidExceptionReplaceTime.From(a.Message.Props); ok && oxocal.MinutesOf(w.zone.local(t)) == e.OriginalStart {
			return a.Message
		}
		if t, ok := mapi.PidTagExceptionStartTime.From(a.Props); ok && oxocal.MinutesOf(t) == e.Start {
			return a.Message
		}
	}
	return nil
}
