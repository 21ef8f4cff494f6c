package ical

import (
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// formatRule writes a pattern as an RRULE. until turns the local end of the
// series into the value of UNTIL. [MS-OXCICAL] 2.1.3.2.2
func formatRule(p *oxocal.RecurrencePattern, until func(oxocal.Minutes) string) (string, error) {
	if !gregorian(p.CalendarType) {
		return "", fmt.Errorf("the series counts in calendar %d", p.CalendarType)
	}
	parts, interval, err := rulePattern(p)
	if err != nil {
		return "", err
	}
	if interval > 1 {
		parts = append(parts, fmt.Sprintf("INTERVAL=%d", interval))
	}
	switch {
	case p.EndType == oxocal.EndCount && p.Count > 0:
		parts = append(parts, fmt.Sprintf("COUNT=%d", p.Count))
	case p.EndType == oxocal.EndDate && p.EndDate < oxocal.NoEnd.Day():
		parts = append(parts, "UNTIL="+until(p.EndDate))
	}
	if p.PatternType == oxocal.PatternWeek && p.FirstDay < 7 {
		parts = append(parts, "WKST="+dayList(1<<p.FirstDay))
	}
	return strings.Join(parts, ";"), nil
}

// gregorian tells the calendars whose months are those of the Gregorian one.
// [MS-OXOCAL] 2.2.1.44.1
func gregorian(calendar uint16) bool {
	switch calendar {
	case 0, 1, 2, 9, 10, 11, 12:
		return true
	}
	return false
}

func rulePattern(p *oxocal.RecurrencePattern) (parts []string, interval uint32, err error) {
	switch p.PatternType {
	case oxocal.PatternDay:
		return []string{"FREQ=DAILY"}, p.Period / minutesADay, nil
	case oxocal.PatternWeek:
		if p.Days&allDays == 0 {
			return nil, 0, fmt.Errorf("a week without days")
		}
		if p.Frequency == oxocal.Daily && p.Period == 1 { // every weekday, as Outlook has it
			return []string{"FREQ=DAILY", "BYDAY=" + dayList(p.Days)}, 1, nil
		}
		return []string{"FREQ=WEEKLY", "BYDAY=" + dayList(p.Days)}, p.Period, nil
	case oxocal.PatternMonth, oxocal.PatternMonthEnd:
		day := int(p.DayOfMonth)
		if day >= 31 || p.PatternType == oxocal.PatternMonthEnd {
			day = -1
		}
		parts = []string{fmt.Sprintf("BYMONTHDAY=%d", day)}
	case oxocal.PatternMonthNth:
		nth := int(p.Nth)
		if nth >= 5 {
			nth = -1
		}
		if days := dayList(p.Days); len(days) == 2 {
			parts = []string{fmt.Sprintf("BYDAY=%d%s", nth, days)}
		} else {
			parts = []string{"BYDAY=" + days, fmt.Sprintf("BYSETPOS=%d", nth)}
		}
	default:
		return nil, 0, fmt.Errorf("pattern type 0x%04X", uint16(p.PatternType))
	}
	if p.Frequency == oxocal.Yearly || p.Period%12 == 0 && p.Period > 0 {
		month := p.StartDate.Time().Month()
		return append([]string{"FREQ=YEARLY", fmt.Sprintf("BYMONTH=%d", month)}, parts...), p.Period / 12, nil
	}
	return append([]string{"FREQ=MONTHLY"}, parts...), p.Period, nil
}

// ruleOffset is how far local time is ahead of UTC under a rule.
func ruleOffset(r *oxocal.Rule, utc time.Time) time.Duration {
	standard := -time.Duration(r.Bias+r.StandardBias) * time.Minute
	daylight := -time.Duration(r.Bias+r.DaylightBias) * time.Minute
	if r.Standard.Month == 0 || r.Daylight.Month == 0 {
		return -time.Duration(r.Bias) * time.Minute
	}
	year := utc.Add(standard).Year()
	on := changeOf(r.Daylight, year).Add(-standard)
	off := changeOf(r.Standard, year).Add(-daylight)
	inSummer := !utc.Before(on) && utc.Before(off)
	if off.Before(on) { // the southern half of the world
		inSummer = !utc.Before(on) || utc.Before(off)
	}
	if inSummer {
		return daylight
	}
	return standard
}

// changeOf gives the local time of a change in a year.
func changeOf(s oxocal.SystemTime, year int) time.Time {
	month := time.Month(min(max(s.Month, 1), 12))
	day := int(s.Day)
	if s.Year == 0 {
		nth := int(s.Day)
		if nth >= 5 {
			nth = -1
		}
		day = nthWeekday(year, month, time.Weekday(s.DayOfWeek%7), nth)
	}
	return time.Date(year, month, day, int(s.Hour), int(s.Minute), int(s.Second), 0, time.UTC)
}
