package ical

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapping/contentline"
)

// A when is a time of a component: what the clock shows, and where.
type when struct {
	local  time.Time // as if it were UTC
	zone   *zone
	isDate bool
	inUTC  bool // the value itself was in UTC
}

func (w when) utc() time.Time { return w.zone.utc(w.local) }

// when reads a time with its zone.
func (r *reader) when(p *contentline.Property) (when, bool) {
	if p == nil {
		return when{}, false
	}
	return r.whenOf(p, p.Value)
}

func (r *reader) whenOf(p *contentline.Property, value string) (when, bool) {
	value = strings.TrimSpace(value)
	t, ok := parseDateTime(value)
	if !ok {
		r.lose(fmt.Sprintf("%s on line %d", p.Name, p.Line), value, errors.New("it is not a date or time"))
		return when{}, false
	}
	w := when{local: t, zone: r.floating, isDate: len(value) == 8 || p.HasValue("VALUE", "DATE")}
	tzid := p.Param("TZID")
	switch {
	case w.isDate:
		w.local = t.Truncate(24 * time.Hour)
	case strings.HasSuffix(strings.ToUpper(value), "Z"):
		w.zone, w.inUTC = utcZone, true
	case tzid != "":
		if z := r.findZone(tzid); z != nil {
			w.zone = z
		} else {
			r.lose(fmt.Sprintf("%s on line %d", p.Name, p.Line), tzid, errors.New("the zone is neither defined nor known; taken as "+r.floating.id))
		}
	}
	return w, true
}

// A span is when an event is.
type span struct {
	start, end when
	allDay     bool
}

// span reads DTSTART with DTEND or DURATION. RFC 5545 3.6.1
func (r *reader) span(c *contentline.Component) (span, bool) {
	var s span
	var ok bool
	if s.start, ok = r.when(c.Get("DTSTART")); !ok {
		return s, false
	}
	s.end = s.start
	if end, ok := r.when(c.Get("DTEND")); ok {
		s.end = end
	} else if d, ok := parseDuration(c.Value("DURATION")); ok && d >= 0 {
		s.end.local = s.start.local.Add(d)
	} else if s.start.isDate {
		s.end.local = s.start.local.AddDate(0, 0, 1)
	}
	if s.start.isDate && !s.end.local.After(s.start.local) {
		s.end.local = s.start.local.AddDate(0, 0, 1)
	}
	if s.end.utc().Before(s.start.utc()) {
		s.end = s.start
	}
	s.allDay = s.start.isDate || strings.EqualFold(c.Value("X-MICROSOFT-CDO-ALLDAYEVENT"), "TRUE") && wholeDays(s)
	return s, true
}

func wholeDays(s span) bool {
	midnight := func(w when) bool { return w.local.Equal(w.local.Truncate(24 * time.Hour)) }
	return midnight(s.start) && midnight(s.end)
}

// displayZone is the zone an event is thought in: that of its start, or where
// that is in UTC, the one its series or its stream is in.
func (s span) displayZone() *zone { return s.start.zone }
