package ical

import (
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/contentline"
)

// A property is a tag or a named property with values of the type T.
type property[T any] interface {
	Of(T) mapi.Prop
	From(mapi.Props) (T, bool)
}

// A rule pairs an iCalendar property with MAPI, both ways.
type rule struct {
	name string
	// read sets properties; false means that the value says nothing.
	read func(ps *mapi.Props, p *contentline.Property) bool
	// write writes the property if the message has it.
	write func(w *contentline.Writer, ps mapi.Props)
}

// maxText is how long a text property may be that becomes a string.
const maxText = 32 << 10

// maxList is how many values a list may have.
const maxList = 1000

func text(name string, tag property[string]) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		ps.Set(tag.Of(cut(p.Text(), maxText)))
		return true
	}, func(w *contentline.Writer, ps mapi.Props) {
		v, _ := tag.From(ps)
		w.Text(name, v)
	}}
}

func texts(name string, tag property[[]string]) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		list, _ := tag.From(*ps)
		list = append(list, contentline.List(p.Value)...)
		if len(list) > maxList {
			return false
		}
		if len(list) > 0 {
			ps.Set(tag.Of(list))
		}
		return true
	}, func(w *contentline.Writer, ps mapi.Props) {
		if list, _ := tag.From(ps); len(list) > 0 {
			w.Line(name, contentline.EscapeList(list))
		}
	}}
}

// joined is a list that MAPI has as one string with semicolons.
func joined(name string, tag property[string]) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		ps.Set(tag.Of(strings.Join(contentline.List(p.Value), ";")))
		return true
	}, func(w *contentline.Writer, ps mapi.Props) {
		if v, _ := tag.From(ps); v != "" {
			w.Line(name, contentline.EscapeList(strings.Split(v, ";")))
		}
	}}
}

func number(name string, tag property[int32]) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		n, err := strconv.ParseInt(strings.TrimSpace(p.Value), 10, 32)
		if err == nil {
			ps.Set(tag.Of(int32(n)))
		}
		return err == nil
	}, func(w *contentline.Writer, ps mapi.Props) {
		if n, ok := tag.From(ps); ok {
			w.Line(name, strconv.Itoa(int(n)))
		}
	}}
}

// enum is a number that has words from 0 on.
func enum(name string, tag property[int32], words ...string) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		for i, word := range words {
			if strings.EqualFold(strings.TrimSpace(p.Value), word) {
				ps.Set(tag.Of(int32(i)))
				return true
			}
		}
		return false
	}, func(w *contentline.Writer, ps mapi.Props) {
		if n, ok := tag.From(ps); ok && n >= 0 && int(n) < len(words) {
			w.Line(name, words[n])
		}
	}}
}

func boolean(name string, tag property[bool]) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		ps.Set(tag.Of(strings.EqualFold(strings.TrimSpace(p.Value), "TRUE")))
		return true
	}, func(w *contentline.Writer, ps mapi.Props) {
		if v, ok := tag.From(ps); ok {
			w.Line(name, strings.ToUpper(strconv.FormatBool(v)))
		}
	}}
}

// instant is a moment in UTC.
func instant(name string, tag property[time.Time]) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		t, ok := parseDateTime(p.Value)
		if ok {
			ps.Set(tag.Of(t))
		}
		return ok
	}, func(w *contentline.Writer, ps mapi.Props) {
		if t, ok := tag.From(ps); ok {
			w.Line(name, formatUTC(t))
		}
	}}
}

// commonRules are those of every component. [MS-OXCICAL] 2.1.3.1.1.20
var commonRules = []rule{
	text("SUMMARY", mapi.PidTagSubject),
	text("LOCATION", mapi.PidLidLocation),
	texts("CATEGORIES", mapi.PidNameKeywords),
	texts("CONTACT", mapi.PidLidContacts),
	enum("CLASS", mapi.PidTagSensitivity, "PUBLIC", "X-PERSONAL", "PRIVATE", "CONFIDENTIAL"),
	{"PRIORITY", readPriority, writePriority},
	instant("CREATED", mapi.PidTagCreationTime),
	instant("LAST-MODIFIED", mapi.PidTagLastModificationTime),
}

// eventRules are those of events alone. [MS-OXCICAL] 2.1.3.1.1.20
var eventRules = []rule{
	number("SEQUENCE", mapi.PidLidAppointmentSequence),
	joined("RESOURCES", mapi.PidLidNonSendableBcc),
	number("X-MICROSOFT-CDO-APPT-SEQUENCE", mapi.PidLidAppointmentSequence),
	number("X-MICROSOFT-CDO-OWNERAPPTID", mapi.PidTagOwnerAppointmentId),
	enum("X-MICROSOFT-CDO-IMPORTANCE", mapi.PidTagImportance, "0", "1", "2"),
	enum("X-MICROSOFT-CDO-INTENDEDSTATUS", mapi.PidLidIntendedBusyStatus, busyWords...),
	instant("X-MICROSOFT-CDO-OWNER-CRITICAL-CHANGE", mapi.PidLidOwnerCriticalChange),
	instant("X-MICROSOFT-CDO-ATTENDEE-CRITICAL-CHANGE", mapi.PidLidAttendeeCriticalChange),
	instant("X-MICROSOFT-CDO-REPLYTIME", mapi.PidLidAppointmentReplyTime),
	boolean("X-MICROSOFT-DISALLOW-COUNTER", mapi.PidLidAppointmentNotAllowPropose),
	number("X-MS-OLK-APPTLASTSEQUENCE", mapi.PidLidAppointmentLastSequence),
	instant("X-MS-OLK-APPTSEQTIME", mapi.PidLidAppointmentSequenceTime),
	boolean("X-MS-OLK-AUTOFILLLOCATION", mapi.PidLidAutoFillLocation),
	boolean("X-MS-OLK-AUTOSTARTCHECK", mapi.PidLidAutoStartCheck),
	text("X-MS-OLK-COLLABORATEDOC", mapi.PidLidCollaborateDoc),
	boolean("X-MS-OLK-CONFCHECK", mapi.PidLidConferencingCheck),
	number("X-MS-OLK-CONFTYPE", mapi.PidLidConferencingType),
	text("X-MS-OLK-DIRECTORY", mapi.PidLidDirectory),
	text("X-MS-OLK-MWSURL", mapi.PidLidMeetingWorkspaceUrl),
	text("X-MS-OLK-NETSHOWURL", mapi.PidLidNetShowUrl),
	text("X-MS-OLK-ONLINEPASSWORD", mapi.PidLidOnlinePassword),
	text("X-MS-OLK-ORGALIAS", mapi.PidLidOrganizerAlias),
	boolean("X-MS-OLK-ALLOWEXTERNCHECK", mapi.PidLidAllowExternalCheck),
	boolean("X-MICROSOFT-DONOTFORWARDMEETING", mapi.Named[bool]{PropertyName: public("DoNotForward").PropertyName, Type: mapi.PtypBoolean}),
	text("URL", public("urn:schemas:calendar:meetingurl")),
	text("X-MICROSOFT-ONLINEMEETINGCONFLINK", public("OnlineMeetingConfLink")),
	text("X-MICROSOFT-ONLINEMEETINGEXTERNALLINK", public("OnlineMeetingExternalLink")),
	text("X-MICROSOFT-SKYPETEAMSMEETINGURL", public("SkypeTeamsMeetingUrl")),
	text("X-MICROSOFT-SKYPETEAMSPROPERTIES", public("SkypeTeamsProperties")),
}

// public is a named property of PS_PUBLIC_STRINGS.
func public(name string) mapi.Named[string] {
	return mapi.Named[string]{PropertyName: mapi.PropertyName{Set: mapi.PSPublicStrings, Name: name}, Type: mapi.PtypString}
}

// busyWords are the values of PidLidBusyStatus. [MS-OXCICAL] 2.1.3.1.1.20.31
var busyWords = []string{"FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"}

// Values of PidLidBusyStatus. [MS-OXOCAL] 2.2.1.2
const (
	busyFree      int32 = 0
	busyTentative int32 = 1
	busyBusy      int32 = 2
)

// readPriority turns 1 to 9 into PidTagImportance. [MS-OXCICAL] 2.1.3.1.1.20.17
func readPriority(ps *mapi.Props, p *contentline.Property) bool {
	n, err := strconv.Atoi(strings.TrimSpace(p.Value))
	switch {
	case err != nil || n < 0 || n > 9:
		return false
	case n == 0:
	case n < 5:
		ps.Set(mapi.PidTagImportance.Of(2))
	case n == 5:
		ps.Set(mapi.PidTagImportance.Of(1))
	default:
		ps.Set(mapi.PidTagImportance.Of(0))
	}
	return true
}

func writePriority(w *contentline.Writer, ps mapi.Props) {
	if n, ok := mapi.PidTagImportance.From(ps); ok && n >= 0 && n <= 2 {
		w.Line("PRIORITY", []string{"9", "5", "1"}[n])
	}
}
