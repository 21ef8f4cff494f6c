package mime

import (
	"strings"
	"time"
)

var months = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// zones are the names of RFC 5322 4.3 and a few more that mail has, in minutes.
var zones = map[string]int{
	"ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
	"cet": 60, "cest": 120, "met": 60, "mest": 120, "bst": 60, "eet": 120, "eest": 180, "msk": 180, "jst": 540, "kst": 540, "wet": 0, "west": 60, "ist": 330, "aest": 600, "aedt": 660,
}

// ParseDate reads a Date field's value, however it is written. The time is in
// its own zone; ok is false when no date can be made out.
func ParseDate(v string) (t time.Time, ok bool) {
	v = stripComments(Unfold(v))
	var d dateParts
	d.zone = 1 << 20
	for _, tok := range strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }) {
		d.take(tok)
	}
	if d.year == 0 || d.month == 0 || d.day < 1 || d.day > 31 {
		if t, err := time.Parse(time.RFC3339, strings.TrimSpace(v)); err == nil {
			return t, true
		}
		return time.Time{}, false
	}
	loc := time.UTC
	if d.zone != 1<<20 && d.zone != 0 {
		loc = time.FixedZone("", d.zone*60)
	}
	if d.pm && d.hour < 12 {
		d.hour += 12
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.min, d.sec, 0, loc), true
}

// dateParts collects what the words of a date say.
type dateParts struct {
	year, month, day, hour, min, sec int
	zone                             int // minutes; 1<<20 when none was seen
	clock, pm                        bool
}

func (d *dateParts) take(tok string) {
	low := strings.ToLower(tok)
	switch {
	case strings.Contains(tok, ":") && !d.clock:
		d.time(tok)
	case d.clock && (tok[0] == '+' || tok[0] == '-') && len(tok) >= 3:
		d.offset(tok)
	case d.clock && (low == "pm" || low == "am"):
		d.pm = low == "pm"
		if low == "am" && d.hour == 12 {
			d.hour = 0
		}
	case d.clock && d.zone == 1<<20 && isZone(low):
		d.zone = zones[low]
	case monthOf(low) > 0 && d.month == 0:
		d.month = monthOf(low)
	case strings.Count(tok, "-") == 2 || strings.Count(tok, "/") == 2:
		d.dashed(low)
	default:
		d.number(tok)
	}
}

func isZone(low string) bool { _, ok := zones[low]; return ok }

func monthOf(low string) int {
	if len(low) < 3 {
		return 0
	}
	for i, m := range months {
		if low[:3] == m {
			return i + 1
		}
	}
	return 0
}

func (d *dateParts) time(tok string) {
	if i := strings.IndexAny(tok[1:], "+-Zz"); i > 0 {
		defer d.offset(tok[i+1:])
		tok = tok[:i+1]
	}
	parts := strings.Split(tok, ":")
	fields := [3]int{}
	for i := 0; i < len(parts) && i < 3; i++ {
		whole, _, _ := strings.Cut(parts[i], ".")
		n, ok := atoi(whole)
		if !ok || n > 60 {
			return
		}
		fields[i] = n
	}
	d.hour, d.min, d.sec, d.clock = fields[0], fields[1], fields[2], true
}

func (d *dateParts) offset(tok string) {
	digits := strings.ReplaceAll(tok[1:], ":", "")
	n, ok := atoi(digits)
	if !ok {
		return
	}
	if len(digits) <= 2 {
		n *= 100
	}
	d.zone = n/100*60 + n%100
	if d.zone > 24*60 {
		d.zone = 0
	}
	if tok[0] == '-' {
		d.zone = -d.zone
	}
}

func (d *dateParts) dashed(low string) {
	sep := "-"
	if strings.Contains(low, "/") {
		sep = "/"
	}
	for _, part := range strings.Split(low, sep) {
		if m := monthOf(part); m > 0 {
			d.month = m
			continue
		}
		d.number(part)
	}
	if d.month == 0 && d.day > 0 && d.year > 0 { // 2024-05-06: what looked like the day was the month
		parts := strings.Split(low, sep)
		a, okA := atoi(parts[1])
		b, okB := atoi(parts[2])
		if len(parts[0]) == 4 && okA && okB && a <= 12 {
			d.month, d.day = a, b
		}
	}
}

func (d *dateParts) number(tok string) {
	n, ok := atoi(tok)
	switch {
	case !ok:
	case d.day == 0 && n >= 1 && n <= 31 && len(tok) <= 2:
		d.day = n
	case d.year == 0 && len(tok) >= 2 && len(tok) <= 4:
		switch {
		case len(tok) == 2 && n < 50:
			n += 2000
		case len(tok) <= 3:
			n += 1900
		}
		d.year = n
	}
}

// FormatDate writes a Date field's value. RFC 5322 3.3
func FormatDate(t time.Time) string { return t.Format("Mon, 2 Jan 2006 15:04:05 -0700") }
