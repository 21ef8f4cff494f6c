//go:build unix

package ical

import (
	"strings"
	"testing"
	"time"
)

func TestHostileCalendarsAreFast(t *testing.T) {
	const slow, size = 2 * time.Second, 1 << 20
	zone := "BEGIN:VTIMEZONE\nTZID:Z\n" + strings.Repeat("BEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=YEARLY;BYDAY=1SU\nTZOFFSETTO:+0100\nRDATE:19800101T000000,19810101T000000\nEND:STANDARD\n", 500) + "END:VTIMEZONE\n"
	event := func(l string) string {
		return "BEGIN:VEVENT\nUID:u\nDTSTART;TZID=Z:20240101T000000\n" + l + "END:VEVENT\n"
	}
	for name, c := range map[string]struct{ before, piece, after string }{
		"events":       {zone, event(""), ""},
		"weekly":       {zone, event("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=100000000\n"), ""},
		"monthly":      {zone, event("RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=5;UNTIL=40000101\n"), ""},
		"EXDATE":       {zone + "BEGIN:VEVENT\nDTSTART:20240101T000000Z\nRRULE:FREQ=DAILY\n", "EXDATE;TZID=Z:20240105T000000\n", "END:VEVENT\n"},
		"exceptions":   {zone + event("RRULE:FREQ=DAILY\n"), event("RECURRENCE-ID;TZID=Z:20240105T000000\nSUMMARY:x\n"), ""},
		"attendees":    {"BEGIN:VEVENT\nDTSTART:20240101\n", "ATTENDEE;CN=x:mailto:a@b.example\n", "END:VEVENT\n"},
		"categories":   {"BEGIN:VEVENT\nDTSTART:20240101\n", "CATEGORIES:a,b,c\n", "END:VEVENT\n"},
		"descriptions": {"BEGIN:VEVENT\nDTSTART:20240101\n", "DESCRIPTION:a\n", "END:VEVENT\n"},
		"zones":        {"", "BEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n", event("")},
		"unknown zone": {"BEGIN:VEVENT\nDTSTART:20240101\nRRULE:FREQ=DAILY\n", "EXDATE;TZID=/a/b/c/d/e/f/g:20240105T000000\n", "END:VEVENT\n"},
		"begins":       {"", "BEGIN:X\n", ""},
		"ends":         {"", "END:X\n", event("")},
		"alarms":       {"BEGIN:VEVENT\nDTSTART:20240101\n", "BEGIN:VALARM\nEND:VALARM\n", "END:VEVENT\n"},
		"folds":        {"BEGIN:VEVENT\nDTSTART:20240101\nSUMMARY:", "x\n ", "\nEND:VEVENT\n"},
		"one line":     {"BEGIN:VEVENT\nDTSTART:20240101\nSUMMARY:", "xxxxxxxx", "\nEND:VEVENT\n"},
		"parameters":   {"BEGIN:VEVENT\nDTSTART:20240101\nSUMMARY", `;A="x","y"`, ":x\nEND:VEVENT\n"},
	} {
		s := "BEGIN:VCALENDAR\n" + c.before + strings.Repeat(c.piece, size/len(c.piece)) + c.after + "END:VCALENDAR\n"
		start := cpuTime(t)
		_, _ = ToMAPI(strings.NewReader(s), Options{}) // whatever it says
		if d := cpuTime(t) - start; d > slow {
			t.Errorf("%s: %d bytes take %v", name, len(s), d)
		} else if testing.Verbose() {
			t.Logf("%s: %v", name, d)
		}
	}
}
