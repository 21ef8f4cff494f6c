package ical

import (
	"iter"
	"time"

	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// maxOccurrences is how many occurrences of a series are counted; maxSteps how
// many weeks, and maxMonths how many months are looked at for them.
const (
	maxOccurrences = 5000
	maxSteps       = 50000
	maxMonths      = 2500
)

// occurrences gives the days of the first n occurrences of a pattern, whatever
// its end and its exceptions.
func occurrences(p *oxocal.RecurrencePattern, n int) iter.Seq[oxocal.Minutes] {
	return func(yield func(oxocal.Minutes) bool) {
		if p.Period == 0 {
			return
		}
		switch p.PatternType {
		case oxocal.PatternDay:
			for day := p.StartDate; n > 0 && day < oxocal.NoEnd; day += oxocal.Minutes(p.Period) {
				if n--; !yield(day) {
					return
				}
			}
		case oxocal.PatternWeek:
			weeks(p, n, yield)
		case oxocal.PatternMonth, oxocal.PatternMonthEnd, oxocal.PatternMonthNth:
			months(p, n, yield)
		}
	}
}

func weeks(p *oxocal.RecurrencePattern, n int, yield func(oxocal.Minutes) bool) {
	const day = oxocal.Minutes(minutesADay)
	if p.Days&allDays == 0 {
		return
	}
	weekday := uint32(p.StartDate.Time().Weekday())
	week := p.StartDate - oxocal.Minutes((weekday+7-p.FirstDay%7)%7)*day
	for range maxSteps {
		for i := range oxocal.Minutes(7) {
			at := week + i*day
			if p.Days>>((p.FirstDay+uint32(i))%7)&1 == 0 || at < p.StartDate {
				continue
			}
			if n == 0 || at >= oxocal.NoEnd || !yield(at) {
				return
			}
			n--
		}
		week += oxocal.Minutes(p.Period) * 7 * day
	}
}

func months(p *oxocal.RecurrencePattern, n int, yield func(oxocal.Minutes) bool) {
	start := p.StartDate.Time()
	for step := range maxMonths {
		first := time.Date(start.Year(), start.Month()+time.Month(step*int(p.Period)), 1, 0, 0, 0, 0, time.UTC)
		if first.Year() >= 4500 {
			return
		}
		at := oxocal.MinutesOf(first.AddDate(0, 0, dayOf(p, first)-1))
		if at < p.StartDate {
			continue
		}
		if n == 0 || !yield(at) {
			return
		}
		n--
	}
}

// dayOf gives the day of the month that a pattern means. A month that is too
// short has its last day. [MS-OXOCAL] 2.2.1.44.1
func dayOf(p *oxocal.RecurrencePattern, first time.Time) int {
	length := time.Date(first.Year(), first.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	if p.PatternType != oxocal.PatternMonthNth {
		return min(max(int(p.DayOfMonth), 1), length)
	}
	weekday := int(first.Weekday())
	meant := func(day int) bool { return p.Days>>((weekday+day-1)%7)&1 != 0 }
	if p.Nth >= 5 {
		for day := length; day > 1; day-- {
			if meant(day) {
				return day
			}
		}
		return length
	}
	seen := uint32(0)
	for day := 1; day <= length; day++ {
		if meant(day) {
			if seen++; seen == max(p.Nth, 1) {
				return day
			}
		}
	}
	return length
}
