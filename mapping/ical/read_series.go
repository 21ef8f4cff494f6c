package ical

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// series sets the recurrence of an event, and tells whether it has one.
// [MS-OXCICAL] 2.1.3.2
func (r *reader) series(c *contentline.Component, instances []*contentline.Component, m *mapi.Message, s span) bool {
	rules := c.All("RRULE")
	if len(rules) == 0 {
		rules = c.All("X-MICROSOFT-RRULE")
	}
	pattern, ok := r.pattern(c, rules, s)
	if !ok {
		for _, p := range append(c.All("RDATE"), c.All("EXDATE")...) {
			r.lose(fmt.Sprintf("%s on line %d", p.Name, p.Line), p.Value, errors.New("MAPI has it only in a series with a pattern"))
		}
		for _, in := range instances {
			r.lose(fmt.Sprintf("VEVENT on line %d", in.Line), in.Text("SUMMARY"), errors.New("it is an instance of no series"))
		}
		m.Props.Set(mapi.PidLidRecurring.Of(false))
		return false
	}
	day := s.start.local.Truncate(24 * time.Hour)
	recur := &oxocal.AppointmentRecurrencePattern{RecurrencePattern: *pattern,
		StartTime: uint32(s.start.local.Sub(day) / time.Minute)}
	recur.EndTime = recur.StartTime + uint32(min(s.end.utc().Sub(s.start.utc())/time.Minute, 1<<30))
	r.deleted(c, recur, s)
	r.instances(instances, recur, m, s)
	for _, p := range c.All("RDATE") {
		r.lose(fmt.Sprintf("RDATE on line %d", p.Line), p.Value, errors.New("MAPI has no added occurrences"))
	}
	sortDays(&recur.Deleted)
	sortDays(&recur.Modified)
	b, err := wire.Marshal(recur)
	if err != nil {
		r.lose("VEVENT", "its recurrence", err)
		return false
	}
	setSeries(&m.Props, recur, b, s)
	return true
}

func sortDays(days *[]oxocal.Minutes) {
	slices.Sort(*days)
	*days = slices.Compact(*days)
}

// pattern reads the rule of a series.
func (r *reader) pattern(c *contentline.Component, rules []*contentline.Property, s span) (*oxocal.RecurrencePattern, bool) {
	if len(rules) == 0 {
		return nil, false
	}
	for _, p := range rules[1:] {
		r.lose(fmt.Sprintf("RRULE on line %d", p.Line), p.Value, errors.New("MAPI has one pattern for a series"))
	}
	pattern, err := parseRule(rules[0].Value, s.start.local)
	if err != nil {
		r.lose(fmt.Sprintf("RRULE on line %d", rules[0].Line), rules[0].Value, err)
		return nil, false
	}
	setEnd(pattern, rules[0].Value, s.start.zone.local)
	return pattern, true
}

// setSeries sets the properties of a series. [MS-OXOCAL] 2.2.1.44.5, 2.2.1.45
func setSeries(ps *mapi.Props, recur *oxocal.AppointmentRecurrencePattern, blob []byte, s span) {
	kind := int32(1)
	switch recur.Frequency {
	case oxocal.Weekly:
		kind = 2
	case oxocal.Monthly:
		kind = 3
	case oxocal.Yearly:
		kind = 4
	}
	end := time.Date(4500, 8, 31, 23, 59, 0, 0, time.UTC)
	if recur.EndDate != oxocal.NoEnd {
		end = s.start.zone.utc(recur.EndDate.Time().Add(time.Duration(recur.EndTime) * time.Minute))
	}
	for _, p := range []mapi.Prop{
		mapi.PidLidAppointmentRecur.Of(blob), mapi.PidLidRecurring.Of(true), mapi.PidLidIsRecurring.Of(true), mapi.PidLidRecurrenceType.Of(kind),
		mapi.PidLidClipStart.Of(s.start.zone.utc(recur.StartDate.Time())), mapi.PidLidClipEnd.Of(end),
	} {
		ps.Set(p)
	}
}

// dayIn gives the local day of a time in a series.
func dayIn(w when, s span) oxocal.Minutes {
	local := w.local
	if w.inUTC && !s.start.inUTC || w.zone != s.start.zone && !w.isDate {
		local = s.start.zone.local(w.utc())
	}
	return oxocal.MinutesOf(local)
}

// deleted adds the EXDATEs.
func (r *reader) deleted(c *contentline.Component, recur *oxocal.AppointmentRecurrencePattern, s span) {
	for _, p := range c.All("EXDATE") {
		for v := range strings.SplitSeq(p.Value, ",") {
			if len(recur.Deleted) >= r.opts.Exceptions {
				r.lose(fmt.Sprintf("EXDATE on line %d", p.Line), v, fmt.Errorf("more than the limit of %d", r.opts.Exceptions))
				return
			}
			if w, ok := r.whenOf(p, v); ok {
				recur.Deleted = append(recur.Deleted, dayIn(w, s).Day())
			}
		}
	}
}

// instances adds the overridden instances, each with its attachment.
// [MS-OXOCAL] 2.2.10
func (r *reader) instances(instances []*contentline.Component, recur *oxocal.AppointmentRecurrencePattern, m *mapi.Message, s span) {
	type made struct {
		exception  oxocal.Exception
		attachment mapi.Attachment
	}
	var all []made
	for _, in := range instances {
		where := fmt.Sprintf("VEVENT on line %d", in.Line)
		if len(all) >= r.opts.Exceptions {
			r.lose(where, in.Text("SUMMARY"), fmt.Errorf("more exceptions than the limit of %d", r.opts.Exceptions))
			continue
		}
		original, ok := r.when(in.Get("RECURRENCE-ID"))
		if !ok {
			continue
		}
		if original.isDate && !s.start.isDate {
			original.local = original.local.Add(time.Duration(recur.StartTime) * time.Minute)
			original.zone, original.isDate = s.start.zone, false
		}
		at := dayIn(original, s)
		recur.Deleted = append(recur.Deleted, at.Day())
		if strings.EqualFold(in.Value("STATUS"), "CANCELLED") {
			continue
		}
		own, ok := r.span(in)
		if !ok {
			own = s
			own.start.local, own.end.local = original.local, original.local.Add(s.end.local.Sub(s.start.local))
		}
		if in.Get("RECURRENCE-ID").HasValue("RANGE", "THISANDFUTURE") {
			r.lose(where, "RANGE=THISANDFUTURE", errors.New("MAPI changes one instance at a time"))
		}
		e, msg := r.exception(in, m.Props, own, s)
		r.exceptionalAttendees(in, m, msg)
		e.OriginalStart = at
		recur.Modified = append(recur.Modified, e.Start.Day())
		msg.Props.Set(mapi.PidLidExceptionReplaceTime.Of(original.utc()))
		all = append(all, made{e, exceptionAttachment(e, msg)})
	}
	slices.SortStableFunc(all, func(a, b made) int { return int(int64(a.exception.Start) - int64(b.exception.Start)) })
	for _, x := range all {
		recur.Exceptions = append(recur.Exceptions, x.exception)
		m.Attachments = append(m.Attachments, x.attachment)
	}
}

// exception gives what an instance changes, and the message that has it all.
func (r *reader) exception(c *contentline.Component, master mapi.Props, own, s span) (oxocal.Exception, *mapi.Message) {
	msg := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of(classException)}}
	r.apply(c, &msg.Props, eventRules, eventElsewhere)
	r.body(c, &msg.Props)
	setSpan(&msg.Props, own)
	setBusy(c, &msg.Props, own, meetingForm{})
	r.alarm(c, &msg.Props, own)
	e := oxocal.Exception{Start: dayIn(own.start, s), End: dayIn(own.end, s)}
	if v, ok := mapi.PidTagSubject.From(msg.Props); ok && v != mapi.PidTagSubject.Get(master) {
		e.SetSubject(v)
	}
	if v := mapi.PidLidLocation.Get(msg.Props); v != mapi.PidLidLocation.Get(master) {
		e.SetLocation(v)
	}
	override := func(flag uint16, to *uint32, v, of int32) {
		if v != of {
			*to = uint32(v)
			e.Flags |= flag
		}
	}
	override(oxocal.OverrideBusyStatus, &e.BusyStatus, mapi.PidLidBusyStatus.Get(msg.Props), mapi.PidLidBusyStatus.Get(master))
	override(oxocal.OverrideReminderDelta, &e.ReminderDelta, mapi.PidLidReminderDelta.Get(msg.Props), mapi.PidLidReminderDelta.Get(master))
	override(oxocal.OverrideReminder, &e.Reminder, flag(mapi.PidLidReminderSet.Get(msg.Props)), flag(mapi.PidLidReminderSet.Get(master)))
	override(oxocal.OverrideSubType, &e.SubType, flag(own.allDay), flag(s.allDay))
	if mapi.PidTagBody.Get(msg.Props) != mapi.PidTagBody.Get(master) {
		e.Flags |= oxocal.OverrideBody
	}
	return e, msg
}

// exceptionalAttendees gives an exception its own attendees where they are not
// those of the series. [MS-OXOCAL] 2.2.1.37
func (r *reader) exceptionalAttendees(c *contentline.Component, m, msg *mapi.Message) {
	attendees := c.All("ATTENDEE")
	if len(attendees) == 0 {
		return
	}
	r.attendees(msg, c.Get("ORGANIZER"), attendees)
	same := slices.EqualFunc(msg.Recipients, m.Recipients, func(a, b mapi.Recipient) bool {
		return a.Type == b.Type && mapi.PidTagSmtpAddress.Get(a.Props) == mapi.PidTagSmtpAddress.Get(b.Props) &&
			mapi.PidTagRecipientTrackStatus.Get(a.Props) == mapi.PidTagRecipientTrackStatus.Get(b.Props)
	})
	if same {
		msg.Recipients = nil
		return
	}
	m.Props.Set(mapi.PidLidFExceptionalAttendees.Of(true))
}

func flag(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// exceptionAttachment wraps an exception's message. [MS-OXOCAL] 2.2.10.1
func exceptionAttachment(e oxocal.Exception, msg *mapi.Message) mapi.Attachment {
	const exceptionFlag = 2 // [MS-OXCMSG] 2.2.2.23
	return mapi.Attachment{Message: msg, Props: mapi.Props{
		mapi.PidTagAttachMethod.Of(mapi.AttachEmbeddedMessage), mapi.PidTagAttachmentFlags.Of(exceptionFlag), mapi.PidTagAttachmentHidden.Of(true),
		mapi.PidTagDisplayName.Of("Untitled"), mapi.PidTagRenderingPosition.Of(-1), mapi.PidTagAttachFlags.Of(0), mapi.PidTagAttachmentLinkId.Of(0),
		mapi.PidTagExceptionStartTime.Of(e.Start.Time()), mapi.PidTagExceptionEndTime.Of(e.End.Time()),
	}}
}
