package ical

import (
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// An observance is a STANDARD or DAYLIGHT of a VTIMEZONE. RFC 5545 3.6.5
type observance struct {
	daylight bool
	// start is the first change, as the clock shows before it.
	start    time.Time
	from, to time.Duration // ahead of UTC before and after
	yearly   bool          // it changes every year, by the following
	month    time.Month
	weekday  time.Weekday
	nth      int // 1 to 5, negative from the end; 0: the day of the month of start
	monthDay int // first day of the month that may be the weekday (BYMONTHDAY lists), or 0
	until    time.Time
	dates    []time.Time // RDATE
}

func parseObservance(c *contentline.Component) (observance, bool) {
	o := observance{daylight: c.Name == "DAYLIGHT"}
	if c.Name != "DAYLIGHT" && c.Name != "STANDARD" {
		return o, false
	}
	var okFrom, okTo bool
	o.from, okFrom = parseOffset(c.Value("TZOFFSETFROM"))
	o.to, okTo = parseOffset(c.Value("TZOFFSETTO"))
	if !okTo {
		return o, false
	}
	if !okFrom {
		o.from = o.to
	}
	o.start, _ = parseDateTime(c.Value("DTSTART"))
	for _, p := range c.All("RDATE") {
		for _, v := range strings.Split(p.Value, ",") {
			if t, ok := parseDateTime(v); ok && len(o.dates) < maxChanges {
				o.dates = append(o.dates, t)
			}
		}
	}
	if rule := c.Value("RRULE"); rule != "" {
		o.repeat(rule)
	}
	return o, true
}

// repeat reads the RRULE of an observance, which is yearly.
func (o *observance) repeat(rule string) {
	parts := ruleParts(rule)
	if parts["FREQ"] != "YEARLY" {
		return
	}
	o.yearly, o.month, o.weekday = true, o.start.Month(), o.start.Weekday()
	if m, err := strconv.Atoi(parts["BYMONTH"]); err == nil && m >= 1 && m <= 12 {
		o.month = time.Month(m)
	}
	if days := parseDays(parts["BYDAY"]); len(days) == 1 {
		o.weekday, o.nth = days[0].weekday, days[0].nth
		if first, _, _ := strings.Cut(parts["BYMONTHDAY"], ","); first != "" {
			o.monthDay, _ = strconv.Atoi(first)
		}
	}
	if t, ok := parseDateTime(parts["UNTIL"]); ok {
		o.until = t.Add(o.from)
	}
}

// onset is when the observance begins in a year, if it does.
func (o *observance) onset(year int) (time.Time, bool) {
	for _, t := range o.dates {
		if t.Year() == year {
			return t, true
		}
	}
	if o.start.Year() == year {
		return o.start, true
	}
	if !o.yearly || year < o.start.Year() {
		return time.Time{}, false
	}
	t := o.inYear(year)
	return t, o.until.IsZero() || !t.After(o.until)
}

func (o *observance) inYear(year int) time.Time {
	clock := o.start.Sub(o.start.Truncate(24 * time.Hour))
	day := o.start.Day()
	switch {
	case o.monthDay > 0:
		first := time.Date(year, o.month, o.monthDay, 0, 0, 0, 0, time.UTC)
		day = o.monthDay + int(o.weekday-first.Weekday()+7)%7
	case o.nth != 0:
		day = nthWeekday(year, o.month, o.weekday, o.nth)
	}
	return time.Date(year, o.month, day, 0, 0, 0, 0, time.UTC).Add(clock)
}

// systemTime gives the change of a year as rules have it.
func (o *observance) systemTime(year int) oxocal.SystemTime {
	t, ok := o.onset(year)
	if !ok {
		t = o.start
	}
	nth := o.nth
	if nth == 0 || o.monthDay > 0 || o.start.Year() == year && !o.yearly {
		return systemTimeOf(t)
	}
	if nth < 0 {
		nth = 5
	}
	s := systemTimeOf(t)
	s.Day = uint16(nth)
	return s
}

// systemTimeOf gives a local change as the nth weekday of its month, the last
// when no such day follows.
func systemTimeOf(t time.Time) oxocal.SystemTime {
	nth := (t.Day()-1)/7 + 1
	if t.AddDate(0, 0, 7).Month() != t.Month() {
		nth = 5
	}
	return oxocal.SystemTime{Month: uint16(t.Month()), DayOfWeek: uint16(t.Weekday()), Day: uint16(nth),
		Hour: uint16(t.Hour()), Minute: uint16(t.Minute()), Second: uint16(t.Second())}
}

// nthWeekday gives the day of the month of its nth weekday, from the end when
// nth is negative.
func nthWeekday(year int, month time.Month, weekday time.Weekday, nth int) int {
	length := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	if nth < 0 {
		last := time.Date(year, month, length, 0, 0, 0, 0, time.UTC).Weekday()
		return max(length-int(last-weekday+7)%7+7*(nth+1), 1)
	}
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Weekday()
	day := 1 + int(weekday-first+7)%7 + 7*(max(nth, 1)-1)
	for day > length {
		day -= 7
	}
	return day
}

// parseOffset reads a UTC offset such as +0100 or -053000. RFC 5545 3.3.14
func parseOffset(s string) (time.Duration, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ":", "")
	sign := time.Duration(1)
	if strings.HasPrefix(s, "-") {
		sign = -1
	}
	s = strings.TrimLeft(s, "+-")
	if len(s) != 4 && len(s) != 6 {
		return 0, false
	}
	n, err := strconv.Atoi((s + "00")[:6])
	if err != nil || n/10000 > 23 {
		return 0, false
	}
	return sign * (time.Duration(n/10000)*time.Hour + time.Duration(n/100%100)*time.Minute + time.Duration(n%100)*time.Second), true
}

// locationRule finds the changes of a known zone in a year.
func locationRule(l *time.Location, year int) oxocal.Rule {
	r := oxocal.Rule{Year: firstYear}
	start := time.Date(year, 1, 1, 0, 0, 0, 0, l)
	_, winter := start.Zone()
	_, summer := time.Date(year, 7, 1, 0, 0, 0, 0, l).Zone()
	standard := min(winter, summer)
	r.Bias = -int32(standard / 60)
	end := time.Date(year+1, 1, 1, 0, 0, 0, 0, l)
	for t := start; t.Before(end); {
		_, next := t.ZoneBounds()
		if next.IsZero() || !next.Before(end) {
			break
		}
		_, before := t.Zone()
		_, after := next.Zone()
		wall := systemTimeOf(next.UTC().Add(time.Duration(before) * time.Second))
		switch {
		case after > before:
			r.Daylight, r.DaylightBias = wall, -int32((after-standard)/60)
		case after < before:
			r.Standard = wall
		}
		t = next
	}
	if r.Daylight.Month == 0 || r.Standard.Month == 0 { // one change is no summer time
		r.Daylight, r.Standard, r.DaylightBias = oxocal.SystemTime{}, oxocal.SystemTime{}, 0
		_, last := end.Add(-time.Hour).Zone()
		r.Bias = -int32(last / 60)
	}
	return r
}
