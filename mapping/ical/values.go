package ical

import (
	"strconv"
	"strings"
	"time"
)

// separators are what the extended forms of ISO 8601 have between the numbers.
var separators = strings.NewReplacer("-", "", ":", "")

// parseDateTime reads a date or date-time and gives it as if it were UTC. A Z
// behind it is skipped. RFC 5545 3.3.4, 3.3.5
func parseDateTime(s string) (time.Time, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), "Z")
	s = separators.Replace(s)
	for _, layout := range []string{"20060102T150405", "20060102", "20060102T1504"} {
		if len(s) != len(layout) {
			continue
		}
		t, err := time.Parse(layout, s)
		if err != nil && strings.HasSuffix(s, "60") { // a leap second
			t, err = time.Parse(layout, s[:len(s)-2]+"59")
		}
		if err == nil && t.Year() >= firstYear && t.Year() < 4500 {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseDuration reads a duration. RFC 5545 3.3.6
func parseDuration(s string) (time.Duration, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	sign := time.Duration(1)
	if strings.HasPrefix(s, "-") {
		sign = -1
	}
	s, ok := strings.CutPrefix(strings.TrimLeft(s, "+-"), "P")
	if !ok || s == "" {
		return 0, false
	}
	var total time.Duration
	inTime, digits := false, 0
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' {
			digits++
			continue
		}
		if c == 'T' && digits == 0 {
			inTime = true
			continue
		}
		n, err := strconv.Atoi(s[i-digits : i])
		unit := durationUnit(c, inTime)
		if err != nil || unit == 0 || n > 1e6 {
			return 0, false
		}
		total += time.Duration(n) * unit
		digits = 0
	}
	return sign * total, digits == 0
}

func durationUnit(c byte, inTime bool) time.Duration {
	switch {
	case c == 'W' && !inTime:
		return 7 * 24 * time.Hour
	case c == 'D' && !inTime:
		return 24 * time.Hour
	case c == 'H' && inTime:
		return time.Hour
	case c == 'M' && inTime:
		return time.Minute
	case c == 'S' && inTime:
		return time.Second
	}
	return 0
}

// formatUTC writes a moment as a UTC date-time.
func formatUTC(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// formatLocal writes a local time, formatDay a date.
func formatLocal(t time.Time) string { return t.Format("20060102T150405") }
func formatDay(t time.Time) string   { return t.Format("20060102") }

// ruleParts splits a recurrence rule into its parts, in capitals.
func ruleParts(s string) map[string]string {
	parts := map[string]string{}
	for part := range strings.SplitSeq(s, ";") {
		name, value, _ := strings.Cut(part, "=")
		parts[strings.ToUpper(strings.TrimSpace(name))] = strings.ToUpper(strings.TrimSpace(value))
	}
	return parts
}

// A ruleDay is one element of BYDAY.
type ruleDay struct {
	weekday time.Weekday
	nth     int
}

// dayNames are the weekdays of BYDAY from Sunday on.
const dayNames = "SUMOTUWETHFRSA"

// parseDays reads BYDAY; nil when it is damaged.
func parseDays(s string) []ruleDay {
	var days []ruleDay
	if s == "" {
		return nil
	}
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if len(part) < 2 {
			return nil
		}
		at := strings.Index(dayNames, part[len(part)-2:])
		if at < 0 || at%2 != 0 {
			return nil
		}
		d := ruleDay{weekday: time.Weekday(at / 2)}
		if number := part[:len(part)-2]; number != "" {
			n, err := strconv.Atoi(number)
			if err != nil || n == 0 || n < -53 || n > 53 {
				return nil
			}
			d.nth = n
		}
		days = append(days, d)
		if len(days) > 60 {
			return nil
		}
	}
	return days
}

// dayList writes a set of weekdays (bit 0 is Sunday) as BYDAY.
func dayList(set uint32) string {
	var names []string
	for i := range 7 {
		if set>>i&1 != 0 {
			names = append(names, dayNames[2*i:2*i+2])
		}
	}
	return strings.Join(names, ",")
}
