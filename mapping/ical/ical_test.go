package ical

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/vectors"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// lines joins lines as a calendar has them.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

const oslo = "BEGIN:VTIMEZONE\r\nTZID:Oslo\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n" +
	"TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n" +
	"TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE"

func calendar(method string, event ...string) string {
	l := append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:" + method, oslo, "BEGIN:VEVENT"}, event...)
	return lines(append(l, "END:VEVENT", "END:VCALENDAR")...)
}

func read(t *testing.T, s string) *Result {
	t.Helper()
	r, err := ToMAPI(strings.NewReader(s), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t *testing.T, m *mapi.Message) (string, *Written) {
	t.Helper()
	var out bytes.Buffer
	w, err := FromMAPI(context.Background(), &out, m, FromOptions{Now: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), "\r\n ", ""), w
}

func at(year, month, day, hour, minute int) time.Time {
	return time.Date(year, time.Month(month), day, hour, minute, 0, 0, time.UTC)
}

// has tells whether props have p with its very value.
func has(t *testing.T, ps mapi.Props, wanted ...mapi.Prop) {
	t.Helper()
	for _, w := range wanted {
		found := "nothing"
		for _, p := range ps {
			same := p.Name == nil && w.Name == nil && p.Tag == w.Tag || p.Name != nil && w.Name != nil && p.Name.Same(*w.Name)
			if same {
				found = mapiString(p)
			}
		}
		if found != mapiString(w) {
			t.Errorf("%v %v is %s, want %s", w.Tag, w.Name, found, mapiString(w))
		}
	}
}

func mapiString(p mapi.Prop) string {
	if t, ok := p.Value.(time.Time); ok {
		return t.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("%v", p.Value)
}

func TestRequest(t *testing.T) {
	r := read(t, calendar("REQUEST", "UID:abc@example", "DTSTAMP:20240301T080000Z", "SEQUENCE:3", "SUMMARY:Talk\\, then lunch", "LOCATION:Room 1",
		"DTSTART;TZID=Oslo:20240705T100000", "DTEND;TZID=Oslo:20240705T113000", "DESCRIPTION:Line 1\\nLine 2", "CLASS:PRIVATE", "PRIORITY:1",
		"CATEGORIES:Red,Blue\\, green", "ORGANIZER;CN=Ann:mailto:ann@a.example", `ATTENDEE;CN="Bob, B.";ROLE=REQ-PARTICIPANT;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:bob@b.example`,
		"ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED:MAILTO:c@c.example", "ATTENDEE;CUTYPE=ROOM:mailto:room@a.example", "TRANSP:OPAQUE",
		"X-MICROSOFT-SKYPETEAMSMEETINGURL:https://meet.example/1", "X-UNKNOWN:kept where?", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT1H15M", "END:VALARM"))
	if r.Method != "REQUEST" || len(r.Messages) != 1 || len(r.Losses) != 1 || !strings.Contains(r.Losses[0].String(), "X-UNKNOWN") {
		t.Fatalf("method %s, %d messages, losses %v", r.Method, len(r.Messages), r.Losses)
	}
	m := r.Messages[0]
	id := oxocal.FromUID("abc@example")
	blob, _ := wire.Marshal(&id)
	has(t, m.Props, mapi.PidTagMessageClass.Of(classRequest), mapi.PidTagSubject.Of("Talk, then lunch"), mapi.PidLidLocation.Of("Room 1"),
		mapi.PidLidWhere.Of("Room 1"), mapi.PidTagBody.Of("Line 1\r\nLine 2"), mapi.PidTagSensitivity.Of(2), mapi.PidTagImportance.Of(2),
		mapi.PidNameKeywords.Of([]string{"Red", "Blue, green"}), mapi.PidLidAppointmentSequence.Of(3),
		mapi.PidLidAppointmentStartWhole.Of(at(2024, 7, 5, 8, 0)), mapi.PidLidAppointmentEndWhole.Of(at(2024, 7, 5, 9, 30)), mapi.PidLidAppointmentDuration.Of(90),
		mapi.PidLidAppointmentSubType.Of(false), mapi.PidLidGlobalObjectId.Of(blob), mapi.PidLidCleanGlobalObjectId.Of(blob),
		mapi.PidLidReminderSet.Of(true), mapi.PidLidReminderDelta.Of(75), mapi.PidLidReminderSignalTime.Of(at(2024, 7, 5, 6, 45)),
		mapi.PidLidBusyStatus.Of(busyTentative), mapi.PidLidIntendedBusyStatus.Of(busyBusy), mapi.PidLidResponseStatus.Of(responseNotResponded),
		mapi.PidLidAppointmentStateFlags.Of(3), mapi.PidTagResponseRequested.Of(true), mapi.PidLidOwnerCriticalChange.Of(at(2024, 3, 1, 8, 0)),
		mapi.PidTagSentRepresentingEmailAddress.Of("ann@a.example"), mapi.PidTagSentRepresentingName.Of("Ann"), public("SkypeTeamsMeetingUrl").Of("https://meet.example/1"))
	want := []struct {
		kind          mapi.RecipientType
		name, address string
		status        int32
	}{{mapi.RecipientTo, "Bob, B.", "bob@b.example", 0}, {mapi.RecipientCc, "c@c.example", "c@c.example", responseAccepted}, {mapi.RecipientBcc, "room@a.example", "room@a.example", 0}}
	for i, w := range want {
		got := m.Recipients[i]
		if got.Type != w.kind || mapi.PidTagDisplayName.Get(got.Props) != w.name || mapi.PidTagSmtpAddress.Get(got.Props) != w.address || mapi.PidTagRecipientTrackStatus.Get(got.Props) != w.status {
			t.Errorf("recipient %d: %+v", i, got)
		}
	}
	var d oxocal.TimeZoneDefinition
	if err := wire.Unmarshal(mapi.PidLidAppointmentTimeZoneDefinitionStartDisplay.Get(m.Props), &d); err != nil || d.Rules[0].Bias != -60 ||
		d.Rules[0].DaylightBias != -60 || d.Rules[0].Standard != (oxocal.SystemTime{Month: 10, Day: 5, Hour: 3}) || d.Rules[0].Daylight != (oxocal.SystemTime{Month: 3, Day: 5, Hour: 2}) {
		t.Errorf("zone %+v, %v", d, err)
	}
	text, w := write(t, m)
	if w.Method != "REQUEST" || w.Component != "VEVENT" || len(w.Losses) > 0 {
		t.Errorf("%+v", w)
	}
	contains(t, text, "METHOD:REQUEST\r\n", "UID:abc@example\r\n", "DTSTART;TZID=Oslo:20240705T100000\r\n", "DTEND;TZID=Oslo:20240705T113000\r\n",
		"SUMMARY:Talk\\, then lunch\r\n", "SEQUENCE:3\r\n", "CLASS:PRIVATE\r\n", "PRIORITY:1\r\n", "CATEGORIES:Red,Blue\\, green\r\n",
		"ORGANIZER;CN=Ann:mailto:ann@a.example\r\n", `ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN="Bob, B.":mailto:bob@b.example`,
		"ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE;CN=c@c.example:mailto:c@c.example", "CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT",
		"TRIGGER;RELATED=START:-PT75M\r\n", "TRANSP:OPAQUE\r\n", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n", "DTSTAMP:20240301T080000Z\r\n", "DESCRIPTION:Line 1\\nLine 2\r\n",
		"BEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n")
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in\n%s", w, text)
		}
	}
}

func TestMethods(t *testing.T) {
	base := []string{"UID:1", "DTSTAMP:20240301T080000Z", "DTSTART:20240705T100000Z", "DTEND:20240705T110000Z", "SUMMARY:x", "ORGANIZER:mailto:o@o.example"}
	for _, c := range []struct {
		method, attendee, class, back string
	}{
		{"PUBLISH", "ATTENDEE:mailto:a@a.example", classAppointment, "PUBLISH"},
		{"CANCEL", "ATTENDEE:mailto:a@a.example", classCanceled, "CANCEL"},
		{"REPLY", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@a.example", classAccepted, "REPLY"},
		{"REPLY", "ATTENDEE;PARTSTAT=DECLINED:mailto:a@a.example", classDeclined, "REPLY"},
		{"REPLY", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:a@a.example", classTentative, "REPLY"},
		{"COUNTER", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:a@a.example", classTentative, "COUNTER"},
	} {
		m := read(t, calendar(c.method, append(base, c.attendee, "COMMENT:because")...)).Messages[0]
		has(t, m.Props, mapi.PidTagMessageClass.Of(c.class))
		isReply := c.method == "REPLY" || c.method == "COUNTER"
		from, to := "o@o.example", "a@a.example"
		if isReply {
			from, to = to, from
			has(t, m.Props, mapi.PidLidAttendeeCriticalChange.Of(at(2024, 3, 1, 8, 0)), mapi.PidTagBody.Of("because"))
		}
		has(t, m.Props, mapi.PidTagSentRepresentingEmailAddress.Of(from))
		if len(m.Recipients) != 1 || mapi.PidTagSmtpAddress.Get(m.Recipients[0].Props) != to {
			t.Errorf("%s: recipients %v", c.method, m.Recipients)
		}
		text, w := write(t, m)
		if w.Method != c.back {
			t.Errorf("%s came back as %s", c.method, w.Method)
		}
		again := read(t, text).Messages[0]
		has(t, again.Props, mapi.PidTagMessageClass.Of(c.class), mapi.PidTagSentRepresentingEmailAddress.Of(from), mapi.PidLidAppointmentStartWhole.Of(at(2024, 7, 5, 10, 0)))
	}
}

func TestCounter(t *testing.T) {
	m := read(t, calendar("COUNTER", "UID:1", "DTSTART:20240705T100000Z", "DTEND:20240705T110000Z", "X-MS-OLK-ORIGINALSTART:20240704T080000Z",
		"X-MS-OLK-ORIGINALEND:20240704T090000Z", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:a@a.example")).Messages[0]
	has(t, m.Props, mapi.PidLidAppointmentCounterProposal.Of(true), mapi.PidLidAppointmentProposedStartWhole.Of(at(2024, 7, 5, 10, 0)),
		mapi.PidLidAppointmentProposedEndWhole.Of(at(2024, 7, 5, 11, 0)), mapi.PidLidAppointmentStartWhole.Of(at(2024, 7, 4, 8, 0)), mapi.PidLidAppointmentEndWhole.Of(at(2024, 7, 4, 9, 0)))
	text, _ := write(t, m)
	contains(t, text, "METHOD:COUNTER", ":20240705T", "X-MS-OLK-ORIGINALSTART")
}

func TestAllDay(t *testing.T) {
	m := read(t, calendar("PUBLISH", "UID:1", "DTSTART;VALUE=DATE:20240705", "DTEND;VALUE=DATE:20240707", "SUMMARY:x")).Messages[0]
	// The only zone of the stream is whose midnight is meant.
	has(t, m.Props, mapi.PidLidAppointmentSubType.Of(true), mapi.PidLidAppointmentStartWhole.Of(at(2024, 7, 4, 22, 0)),
		mapi.PidLidAppointmentEndWhole.Of(at(2024, 7, 6, 22, 0)), mapi.PidLidBusyStatus.Of(busyFree))
	text, _ := write(t, m)
	contains(t, text, "DTSTART;VALUE=DATE:20240705\r\n", "DTEND;VALUE=DATE:20240707\r\n", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\n")
	there := read(t, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20240705\nEND:VEVENT\nEND:VCALENDAR").Messages[0]
	has(t, there.Props, mapi.PidLidAppointmentStartWhole.Of(at(2024, 7, 5, 0, 0)), mapi.PidLidAppointmentEndWhole.Of(at(2024, 7, 6, 0, 0)))
}

func TestZones(t *testing.T) {
	for _, c := range []struct {
		tzid string
		want time.Time
	}{
		{"Oslo", at(2024, 1, 5, 9, 0)},
		{"Europe/Oslo", at(2024, 1, 5, 9, 0)},
		{"W. Europe Standard Time", at(2024, 1, 5, 9, 0)},
		{"/freeassociation.sourceforge.net/America/New_York", at(2024, 1, 5, 15, 0)},
		{"Eastern Standard Time", at(2024, 1, 5, 15, 0)},
		{"Asia/Kolkata", at(2024, 1, 5, 4, 30)},
		{"Nowhere", at(2024, 1, 5, 9, 0)}, // the stream's only zone
	} {
		m := read(t, calendar("PUBLISH", "UID:1", "DTSTART;TZID="+c.tzid+":20240105T100000")).Messages[0]
		has(t, m.Props, mapi.PidLidAppointmentStartWhole.Of(c.want))
		text, _ := write(t, m)
		has(t, read(t, text).Messages[0].Props, mapi.PidLidAppointmentStartWhole.Of(c.want))
	}
	if WindowsZone("Europe/Oslo") != "W. Europe Standard Time" || IANAZone("Pacific Standard Time") != "America/Los_Angeles" || WindowsZone("Nowhere") != "" {
		t.Error("names of zones")
	}
}

// A known zone has the same rules as Windows has for it.
func TestLocationRule(t *testing.T) {
	l, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	got := locationRule(l, 2024)
	if got.Bias != 480 || got.DaylightBias != -60 || got.Standard != (oxocal.SystemTime{Month: 11, Day: 1, Hour: 2}) || got.Daylight != (oxocal.SystemTime{Month: 3, Day: 2, Hour: 2}) {
		t.Errorf("%+v", got)
	}
	if got := locationRule(time.FixedZone("x", 5400), 2024); got.Bias != -90 || got.Standard.Month != 0 {
		t.Errorf("%+v", got)
	}
}

// The rules of the specification's examples give their bytes, and the bytes
// the rules.
func TestVectors(t *testing.T) {
	covered := map[string]func(*testing.T, vectors.Vector){}
	for key, c := range map[string]struct {
		rule    string
		start   time.Time
		deleted []oxocal.Minutes
	}{
		"MS-OXOCAL_4.1.1.1_01": {"FREQ=WEEKLY;BYDAY=MO,TH,FR;COUNT=12;WKST=SU", at(2007, 3, 26, 10, 0), nil},
		"MS-OXOCAL_4.1.1.3_01": {"FREQ=DAILY;INTERVAL=3;UNTIL=20110504", at(2011, 4, 7, 8, 0), nil},
	} {
		covered[key] = func(t *testing.T, v vectors.Vector) {
			var want oxocal.AppointmentRecurrencePattern
			if err := wire.Unmarshal(v.Bytes, &want); err != nil {
				t.Fatal(err)
			}
			p, err := parseRule(c.rule, c.start)
			if err != nil {
				t.Fatal(err)
			}
			setEnd(p, c.rule, func(t time.Time) time.Time { return t })
			p.Deleted, p.Modified = want.Deleted, want.Modified
			got, _ := wire.Marshal(p)
			expected, _ := wire.Marshal(&want.RecurrencePattern)
			if !bytes.Equal(got, expected) {
				t.Errorf("got\n%x\n%x", got, expected)
			}
			back, err := formatRule(&want.RecurrencePattern, func(m oxocal.Minutes) string { return formatDay(m.Time()) })
			if err != nil || !sameParts(back, c.rule) {
				t.Errorf("written as %s, %v", back, err)
			}
		}
	}
	vectors.Test(t, vectors.Room{Name: "ical", Covered: covered})
}

func sameParts(a, b string) bool {
	x, y := ruleParts(a), ruleParts(b)
	if len(x) != len(y) {
		return false
	}
	for k, v := range x {
		if y[k] != v {
			return false
		}
	}
	return true
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		rule  string
		start time.Time
		end   time.Time
		count uint32
	}{
		{"FREQ=DAILY;COUNT=3", at(2024, 2, 28, 9, 0), at(2024, 3, 1, 0, 0), 3},
		{"FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2;COUNT=4;WKST=MO", at(2024, 1, 3, 9, 0), at(2024, 1, 29, 0, 0), 4},
		{"FREQ=WEEKLY;BYDAY=TU;UNTIL=20240131T235959Z;WKST=MO", at(2024, 1, 2, 9, 0), at(2024, 1, 31, 0, 0), 5},
		{"FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", at(2024, 1, 31, 9, 0), at(2024, 3, 31, 0, 0), 3},
		{"FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", at(2024, 1, 31, 9, 0), at(2024, 2, 29, 0, 0), 2},
		{"FREQ=MONTHLY;BYDAY=2TU;COUNT=2", at(2024, 1, 9, 9, 0), at(2024, 2, 13, 0, 0), 2},
		{"FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", at(2024, 1, 26, 9, 0), at(2024, 2, 23, 0, 0), 2},
		{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", at(2024, 3, 29, 9, 0), at(2024, 4, 30, 0, 0), 2},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=3", at(2024, 2, 29, 9, 0), at(2026, 2, 28, 0, 0), 3},
		{"FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2", at(2024, 11, 28, 9, 0), at(2025, 11, 27, 0, 0), 2},
	} {
		p, err := parseRule(c.rule, c.start)
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		setEnd(p, c.rule, func(t time.Time) time.Time { return t })
		if !p.EndDate.Time().Equal(c.end) || p.Count != c.count {
			t.Errorf("%s: ends %v after %d, want %v after %d", c.rule, p.EndDate.Time(), p.Count, c.end, c.count)
		}
	}
	for _, rule := range []string{"FREQ=HOURLY", "FREQ=YEARLY;BYWEEKNO=20", "FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=MONTHLY;BYDAY=6MO", "FREQ=DAILY;INTERVAL=0",
		"FREQ=WEEKLY;BYDAY=XX", "", "FREQ=YEARLY;BYMONTH=3", "FREQ=MONTHLY;BYDAY=-2MO"} {
		if _, err := parseRule(rule, at(2024, 1, 1, 9, 0)); !errors.Is(err, errRule) {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

func TestSeries(t *testing.T) {
	source := lines("BEGIN:VCALENDAR", "METHOD:REQUEST", oslo, "BEGIN:VEVENT", "UID:series", "DTSTAMP:20240101T000000Z", "SUMMARY:Weekly",
		"DTSTART;TZID=Oslo:20240311T090000", "DTEND;TZID=Oslo:20240311T100000", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=6;WKST=MO",
		"EXDATE;TZID=Oslo:20240325T090000", "ORGANIZER:mailto:o@o.example", "ATTENDEE:mailto:a@a.example", "LOCATION:Here", "END:VEVENT",
		"BEGIN:VEVENT", "UID:series", "RECURRENCE-ID;TZID=Oslo:20240401T090000", "DTSTART;TZID=Oslo:20240402T110000", "DTEND;TZID=Oslo:20240402T120000",
		"SUMMARY:Moved", "LOCATION:There", "DESCRIPTION:new text", "ATTENDEE;PARTSTAT=DECLINED:mailto:a@a.example", "ATTENDEE:mailto:only@b.example",
		"END:VEVENT", "END:VCALENDAR")
	r := read(t, source)
	if len(r.Messages) != 1 || len(r.Losses) > 0 {
		t.Fatalf("%d messages, losses %v", len(r.Messages), r.Losses)
	}
	m := r.Messages[0]
	recur, err := oxocal.ParseAppointment(mapi.PidLidAppointmentRecur.Get(m.Props))
	if err != nil {
		t.Fatal(err)
	}
	day := func(d int) oxocal.Minutes { return oxocal.MinutesOf(at(2024, 4, d, 0, 0)) }
	e := recur.Exceptions[0]
	if len(recur.Deleted) != 2 || recur.Deleted[1] != day(1) || len(recur.Modified) != 1 || recur.Modified[0] != day(2) ||
		e.OriginalStart != day(1)+540 || e.Start != day(2)+660 || e.Subject != "Moved" || e.Location != "There" || e.Flags&oxocal.OverrideBody == 0 {
		t.Errorf("%+v", recur)
	}
	a := m.Attachments[0]
	has(t, a.Props, mapi.PidTagExceptionStartTime.Of(at(2024, 4, 2, 11, 0)), mapi.PidTagAttachmentHidden.Of(true))
	has(t, a.Message.Props, mapi.PidLidExceptionReplaceTime.Of(at(2024, 4, 1, 7, 0)), mapi.PidLidAppointmentStartWhole.Of(at(2024, 4, 2, 9, 0)), mapi.PidTagSubject.Of("Moved"))
	has(t, m.Props, mapi.PidLidFExceptionalAttendees.Of(true))
	if len(a.Message.Recipients) != 2 || len(m.Recipients) != 1 {
		t.Errorf("%d attendees of the exception, %d of the series", len(a.Message.Recipients), len(m.Recipients))
	}
	text, w := write(t, m)
	if len(w.Losses) > 0 {
		t.Errorf("losses %v", w.Losses)
	}
	contains(t, text, "PARTSTAT=DECLINED;CN=a@a.example:mailto:a@a.example", "mailto:only@b.example", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=6;WKST=MO\r\n", "EXDATE;TZID=Oslo:20240325T090000\r\n", "RECURRENCE-ID;TZID=Oslo:20240401T090000\r\n",
		"DTSTART;TZID=Oslo:20240402T110000\r\n", "SUMMARY:Moved\r\n", "LOCATION:There\r\n", "DESCRIPTION:new text\r\n")
	if strings.Count(text, "EXDATE") != 1 || strings.Count(text, "BEGIN:VEVENT") != 2 {
		t.Errorf("written\n%s", text)
	}
	again := read(t, text).Messages[0]
	if !bytes.Equal(mapi.PidLidAppointmentRecur.Get(again.Props), mapi.PidLidAppointmentRecur.Get(m.Props)) {
		t.Error("the pattern differs after a round trip")
	}
}

// One changed instance alone is a message of its own.
func TestSingleException(t *testing.T) {
	m := read(t, calendar("REQUEST", "UID:series", "RECURRENCE-ID;TZID=Oslo:20240401T090000", "DTSTART;TZID=Oslo:20240402T110000", "SUMMARY:x")).Messages[0]
	id := oxocal.FromUID("series").On(at(2024, 4, 1, 0, 0))
	blob, _ := wire.Marshal(&id)
	has(t, m.Props, mapi.PidLidIsException.Of(true), mapi.PidLidGlobalObjectId.Of(blob), mapi.PidLidExceptionReplaceTime.Of(at(2024, 4, 1, 7, 0)))
	text, _ := write(t, m)
	contains(t, text, "UID:series\r\n", "RECURRENCE-ID;TZID=Oslo:20240401T090000\r\n")
}

func TestTask(t *testing.T) {
	m := read(t, lines("BEGIN:VCALENDAR", "BEGIN:VTODO", "UID:t", "SUMMARY:Do it", "DTSTART;VALUE=DATE:20240701", "DUE;VALUE=DATE:20240705", "STATUS:IN-PROCESS",
		"PERCENT-COMPLETE:40", "RRULE:FREQ=MONTHLY;BYMONTHDAY=5", "END:VTODO", "END:VCALENDAR")).Messages[0]
	has(t, m.Props, mapi.PidTagMessageClass.Of(classTask), mapi.PidLidTaskStartDate.Of(at(2024, 7, 1, 0, 0)), mapi.PidLidTaskDueDate.Of(at(2024, 7, 5, 0, 0)),
		mapi.PidLidTaskStatus.Of(1), mapi.PidLidPercentComplete.Of(0.4), mapi.PidLidTaskComplete.Of(false), mapi.PidLidTaskFRecurring.Of(true))
	text, w := write(t, m)
	if w.Component != "VTODO" {
		t.Errorf("%+v", w)
	}
	contains(t, text, "DUE;VALUE=DATE:20240705\r\n", "STATUS:IN-PROCESS\r\n", "PERCENT-COMPLETE:40\r\n", "RRULE:FREQ=MONTHLY;BYMONTHDAY=5\r\n")
	done := read(t, lines("BEGIN:VCALENDAR", "BEGIN:VTODO", "COMPLETED:20240102T030405Z", "END:VTODO", "END:VCALENDAR")).Messages[0]
	has(t, done.Props, mapi.PidLidTaskComplete.Of(true), mapi.PidLidTaskStatus.Of(taskComplete), mapi.PidLidPercentComplete.Of(1.0))
}

func TestJournal(t *testing.T) {
	for line, class := range map[string]string{"DTSTART:20240101T000000Z": classActivity, "CLASS:PUBLIC": classStickyNote} {
		m := read(t, lines("BEGIN:VCALENDAR", "BEGIN:VJOURNAL", "UID:j", "DESCRIPTION:text", line, "END:VJOURNAL", "END:VCALENDAR")).Messages[0]
		has(t, m.Props, mapi.PidTagMessageClass.Of(class), mapi.PidTagBody.Of("text"))
		text, w := write(t, m)
		if w.Component != "VJOURNAL" {
			t.Errorf("%+v", w)
		}
		has(t, read(t, text).Messages[0].Props, mapi.PidTagMessageClass.Of(class), mapi.PidTagBody.Of("text"))
	}
}

func TestErrorsAndLimits(t *testing.T) {
	for _, s := range []string{"", "hello", "BEGIN:VCALENDAR\nEND:VCALENDAR", "BEGIN:VCARD\nEND:VCARD"} {
		if _, err := ToMAPI(strings.NewReader(s), Options{}); !errors.Is(err, ErrNoCalendar) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if _, err := FromMAPI(context.Background(), &bytes.Buffer{}, &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note")}}, FromOptions{}); !errors.Is(err, ErrClass) {
		t.Errorf("a note: %v", err)
	}
	if !Maps("IPM.Appointment.Custom") || Maps("IPM.Appointments") || Maps("IPM.Note") {
		t.Error("Maps")
	}
	many := strings.Repeat("BEGIN:VEVENT\nDTSTART:20240101T000000Z\nEND:VEVENT\n", 20)
	r, err := ToMAPI(strings.NewReader("BEGIN:VCALENDAR\n"+many+"END:VCALENDAR"), Options{Items: 5})
	if err != nil || len(r.Messages) != 5 || len(r.Losses) != 1 {
		t.Errorf("%d items, losses %v, %v", len(r.Messages), r.Losses, err)
	}
	crowd := strings.Repeat("ATTENDEE:mailto:a@a.example\n", 20)
	dates := strings.Repeat("EXDATE:20240108T000000Z\n", 20)
	r, err = ToMAPI(strings.NewReader("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20240101T000000Z\nRRULE:FREQ=WEEKLY\n"+crowd+dates+"END:VEVENT\nEND:VCALENDAR"), Options{Attendees: 5, Exceptions: 5})
	if err != nil || len(r.Messages[0].Recipients) != 5 || len(r.Losses) != 2 {
		t.Errorf("losses %v, %v", r.Losses, err)
	}
}

func FuzzToMAPI(f *testing.F) {
	f.Add(calendar("REQUEST", "UID:1", "DTSTART;TZID=Oslo:20240705T100000", "RRULE:FREQ=MONTHLY;BYDAY=2TU;UNTIL=20260101", "EXDATE:20240806T080000Z", "ATTENDEE:mailto:x@y"))
	f.Add(lines("BEGIN:VCALENDAR", "BEGIN:VTODO", "DUE:20240101", "END:VTODO", "END:VCALENDAR"))
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ToMAPI(strings.NewReader(s), Options{})
		if err != nil {
			return
		}
		for _, m := range r.Messages {
			if _, err := FromMAPI(context.Background(), &bytes.Buffer{}, m, FromOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkToMAPI(b *testing.B) {
	s := calendar("REQUEST", "UID:1", "SUMMARY:x", "DTSTART;TZID=Oslo:20240705T100000", "DTEND;TZID=Oslo:20240705T110000",
		"RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=20", "ORGANIZER:mailto:o@o.example", "ATTENDEE;CN=A;RSVP=TRUE:mailto:a@a.example")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ToMAPI(strings.NewReader(s), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFromMAPI(b *testing.B) {
	r, err := ToMAPI(strings.NewReader(calendar("REQUEST", "UID:1", "SUMMARY:x", "DTSTART;TZID=Oslo:20240705T100000",
		"RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=20", "ORGANIZER:mailto:o@o.example", "ATTENDEE;CN=A;RSVP=TRUE:mailto:a@a.example")), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FromMAPI(context.Background(), &bytes.Buffer{}, r.Messages[0], FromOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
