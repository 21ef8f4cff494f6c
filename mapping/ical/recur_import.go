package ical

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// errRule says that MAPI has no pattern for a rule.
var errRule = errors.New("MAPI has no pattern for it")

// Of the week and the day.
const (
	allDays     = 0x7F
	minutesADay = 24 * 60
)

// parseRule gives the pattern of an RRULE for a series that starts at a local
// time. [MS-OXCICAL] 2.1.3.2.2
func parseRule(rule string, start time.Time) (*oxocal.RecurrencePattern, error) {
	parts := ruleParts(rule)
	p := &oxocal.RecurrencePattern{EndType: oxocal.EndNever, Count: 10, StartDate: oxocal.MinutesOf(start).Day(), EndDate: oxocal.NoEnd}
	interval := uint32(1)
	if s := parts["INTERVAL"]; s != "" {
		n, err := strconv.ParseUint(s, 10, 16)
		if err != nil || n == 0 || n > 999 {
			return nil, fmt.Errorf("INTERVAL=%s: %w", s, errRule)
		}
		interval = uint32(n)
	}
	if days := parseDays(parts["WKST"]); len(days) == 1 {
		p.FirstDay = uint32(days[0].weekday)
	} else if parts["FREQ"] == "WEEKLY" {
		p.FirstDay = 1 // RFC 5545 3.3.10: Monday
	}
	for _, part := range []string{"BYSECOND", "BYYEARDAY", "BYWEEKNO", "RSCALE", "SKIP"} {
		if parts[part] != "" {
			return nil, fmt.Errorf("%s: %w", part, errRule)
		}
	}
	var err error
	switch parts["FREQ"] {
	case "DAILY":
		err = daily(p, parts, interval)
	case "WEEKLY":
		err = weekly(p, parts, interval, start)
	case "MONTHLY":
		p.Frequency, p.Period = oxocal.Monthly, interval
		err = monthly(p, parts, start)
	case "YEARLY":
		err = yearly(p, parts, interval, start)
	default:
		err = fmt.Errorf("FREQ=%s: %w", parts["FREQ"], errRule)
	}
	if err != nil {
		return nil, err
	}
	setFirstDateTime(p)
	return p, nil
}

func daily(p *oxocal.RecurrencePattern, parts map[string]string, interval uint32) error {
	if parts["BYMONTH"] != "" || parts["BYMONTHDAY"] != "" || parts["BYSETPOS"] != "" {
		return fmt.Errorf("FREQ=DAILY in months: %w", errRule)
	}
	if by := parts["BYDAY"]; by != "" { // every weekday, as Outlook writes it
		days := parseDays(by)
		if interval != 1 || days == nil {
			return fmt.Errorf("FREQ=DAILY;BYDAY=%s: %w", by, errRule)
		}
		p.Frequency, p.PatternType, p.Period, p.Days = oxocal.Daily, oxocal.PatternWeek, 1, daySet(days)
		return nil
	}
	p.Frequency, p.PatternType, p.Period = oxocal.Daily, oxocal.PatternDay, interval*minutesADay
	return nil
}

func weekly(p *oxocal.RecurrencePattern, parts map[string]string, interval uint32, start time.Time) error {
	if parts["BYMONTH"] != "" || parts["BYMONTHDAY"] != "" || parts["BYSETPOS"] != "" {
		return fmt.Errorf("FREQ=WEEKLY in months: %w", errRule)
	}
	p.Frequency, p.PatternType, p.Period = oxocal.Weekly, oxocal.PatternWeek, interval
	p.Days = 1 << start.Weekday()
	if by := parts["BYDAY"]; by != "" {
		days := parseDays(by)
		if days == nil {
			return fmt.Errorf("BYDAY=%s: %w", by, errRule)
		}
		p.Days = daySet(days)
	}
	return nil
}

func daySet(days []ruleDay) (set uint32) {
	for _, d := range days {
		set |= 1 << d.weekday
	}
	return set
}

// monthly sets the day of a monthly or yearly pattern.
func monthly(p *oxocal.RecurrencePattern, parts map[string]string, start time.Time) error {
	if parts["BYMONTH"] != "" && p.Frequency == oxocal.Monthly {
		return fmt.Errorf("FREQ=MONTHLY;BYMONTH: %w", errRule)
	}
	if by := parts["BYDAY"]; by != "" {
		if parts["BYMONTHDAY"] != "" {
			return fmt.Errorf("BYDAY with BYMONTHDAY: %w", errRule)
		}
		return nthDays(p, by, parts["BYSETPOS"])
	}
	day := start.Day()
	if by := parts["BYMONTHDAY"]; by != "" {
		n, err := strconv.Atoi(by)
		if err != nil || n == 0 || n > 31 || n < -1 {
			return fmt.Errorf("BYMONTHDAY=%s: %w", by, errRule)
		}
		if day = n; n == -1 {
			day = 31
		}
	}
	p.PatternType, p.DayOfMonth = oxocal.PatternMonth, uint32(day)
	return nil
}

// nthDays sets the pattern of BYDAY=2TU, or of BYDAY=MO,TU;BYSETPOS=2.
func nthDays(p *oxocal.RecurrencePattern, by, position string) error {
	days := parseDays(by)
	nth := 0
	switch {
	case len(days) == 1 && days[0].nth != 0 && position == "":
		nth = days[0].nth
	case len(days) > 0 && position != "":
		n, err := strconv.Atoi(position)
		if err != nil {
			n = 0
		}
		nth = n
	}
	if nth == -1 {
		nth = 5
	}
	if nth < 1 || nth > 5 {
		return fmt.Errorf("BYDAY=%s: %w", by, errRule)
	}
	p.PatternType, p.Days, p.Nth = oxocal.PatternMonthNth, daySet(days), uint32(nth)
	return nil
}

func yearly(p *oxocal.RecurrencePattern, parts map[string]string, interval uint32, start time.Time) error {
	p.Frequency, p.Period = oxocal.Yearly, 12*interval
	month := int(start.Month())
	if by := parts["BYMONTH"]; by != "" {
		n, err := strconv.Atoi(by)
		if err != nil {
			return fmt.Errorf("BYMONTH=%s: %w", by, errRule)
		}
		month = n
	} else if parts["BYDAY"] != "" {
		return fmt.Errorf("FREQ=YEARLY;BYDAY=%s: %w", parts["BYDAY"], errRule)
	}
	if month != int(start.Month()) {
		return fmt.Errorf("BYMONTH=%d of a series that starts in month %d: %w", month, start.Month(), errRule)
	}
	return monthly(p, parts, start)
}

// setFirstDateTime sets the phase of the pattern. [MS-OXOCAL] 2.2.1.44.1.1
func setFirstDateTime(p *oxocal.RecurrencePattern) {
	start := uint32(p.StartDate)
	switch p.PatternType {
	case oxocal.PatternDay:
		p.FirstDateTime = start % p.Period
	case oxocal.PatternWeek:
		back := (int(p.StartDate.Time().Weekday()) - int(p.FirstDay) + 7) % 7
		p.FirstDateTime = (start - uint32(back)*minutesADay) % (p.Period * 7 * minutesADay)
	default:
		t := p.StartDate.Time()
		months := uint32((t.Year()-firstYear)*12+int(t.Month())-1) % p.Period
		p.FirstDateTime = uint32(oxocal.MinutesOf(time.Date(firstYear, time.Month(1+months), 1, 0, 0, 0, 0, time.UTC)))
	}
}

// setEnd sets how the series ends, from COUNT or UNTIL. until turns a UTC
// moment into local time.
func setEnd(p *oxocal.RecurrencePattern, rule string, local func(time.Time) time.Time) {
	parts := ruleParts(rule)
	if n, err := strconv.ParseUint(parts["COUNT"], 10, 32); err == nil && n > 0 {
		p.EndType, p.Count = oxocal.EndCount, uint32(n)
		p.EndDate = p.StartDate
		if p.PatternType == oxocal.PatternDay {
			p.EndDate = oxocal.Minutes(min(uint64(p.StartDate)+(n-1)*uint64(p.Period), uint64(oxocal.NoEnd)))
			return
		}
		for day := range occurrences(p, int(min(n, maxOccurrences))) {
			p.EndDate = day
		}
		return
	}
	until, ok := parseDateTime(parts["UNTIL"])
	if !ok {
		return
	}
	if strings.HasSuffix(parts["UNTIL"], "Z") {
		until = local(until)
	}
	p.EndType, p.EndDate = oxocal.EndDate, max(oxocal.MinutesOf(until).Day(), p.StartDate)
	if p.PatternType == oxocal.PatternDay {
		p.Count = uint32(p.EndDate-p.StartDate)/p.Period + 1
		return
	}
	p.Count = 0
	for day := range occurrences(p, maxOccurrences) {
		if day > p.EndDate {
			break
		}
		p.Count++
	}
}
