package ical

import (
	"fmt"
	"time"

	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// isUTC tells zones whose times are written in UTC.
func (z *ruleZone) isUTC() bool {
	return z.rule.Bias == 0 && z.rule.Standard.Month == 0 && WindowsZone(z.name) == "UTC"
}

// write writes the VTIMEZONE. [MS-OXCICAL] 2.1.3.1.1.19
func (z *ruleZone) write(w *contentline.Writer) {
	if z.isUTC() {
		return
	}
	standard := -time.Duration(z.rule.Bias+z.rule.StandardBias) * time.Minute
	daylight := -time.Duration(z.rule.Bias+z.rule.DaylightBias) * time.Minute
	w.Begin("VTIMEZONE")
	w.Line("TZID", contentline.Escape(z.name))
	if z.rule.Standard.Month == 0 || z.rule.Daylight.Month == 0 {
		standard = -time.Duration(z.rule.Bias) * time.Minute
		writeObservance(w, "STANDARD", oxocal.SystemTime{}, standard, standard)
	} else {
		writeObservance(w, "STANDARD", z.rule.Standard, daylight, standard)
		writeObservance(w, "DAYLIGHT", z.rule.Daylight, standard, daylight)
	}
	w.End("VTIMEZONE")
}

func writeObservance(w *contentline.Writer, name string, s oxocal.SystemTime, from, to time.Duration) {
	w.Begin(name)
	switch {
	case s.Month == 0:
		w.Line("DTSTART", "16010101T000000")
	case s.Year != 0:
		w.Line("DTSTART", formatLocal(changeOf(s, int(s.Year))))
	default:
		w.Line("DTSTART", formatLocal(changeOf(s, firstYear)))
		nth := int(s.Day)
		if nth >= 5 {
			nth = -1
		}
		w.Line("RRULE", fmt.Sprintf("FREQ=YEARLY;BYDAY=%d%s;BYMONTH=%d", nth, dayList(1<<(s.DayOfWeek%7)), s.Month))
	}
	w.Line("TZOFFSETFROM", formatOffset(from))
	w.Line("TZOFFSETTO", formatOffset(to))
	w.End(name)
}

func formatOffset(d time.Duration) string {
	sign := '+'
	if d < 0 {
		sign, d = '-', -d
	}
	return fmt.Sprintf("%c%02d%02d", sign, d/time.Hour, d/time.Minute%60)
}

// timed writes a time of an event: a date, a local time with its zone, or UTC.
func (w *writer) timed(name string, local time.Time, allDay bool) {
	switch {
	case allDay:
		w.Line(name, formatDay(local), contentline.P("VALUE", "DATE"))
	case w.zone == nil || w.zone.isUTC():
		w.Line(name, formatUTC(w.zone.utc(local)))
	default:
		w.Line(name, formatLocal(local), contentline.P("TZID", w.zone.name))
	}
}
