package ical

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones must not depend on the machine

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// A zone turns local times into UTC and describes itself to MAPI. Local times
// are held as if they were UTC.
type zone struct {
	id          string
	observances []observance // of a VTIMEZONE
	years       map[int][]change
	location    *time.Location // of a known name, when there is no VTIMEZONE
	// known is the zone of the same name for times before the VTIMEZONE begins.
	known *zone
}

// utcZone is the zone of times that have none.
var utcZone = &zone{id: "UTC", location: time.UTC}

// windowsName is the name that MAPI knows the zone by.
func (z *zone) windowsName() string {
	if w := WindowsZone(z.id); w != "" {
		return w
	}
	return z.id
}

// utc gives the moment of a local time.
func (z *zone) utc(local time.Time) time.Time {
	if z.location != nil {
		y, m, d := local.Date()
		return time.Date(y, m, d, local.Hour(), local.Minute(), local.Second(), 0, z.location).UTC()
	}
	return local.Add(-z.offsetAt(local)).UTC()
}

// local gives the local time of a moment.
func (z *zone) local(t time.Time) time.Time {
	if z.location != nil {
		return asUTC(t.In(z.location))
	}
	guess := t.UTC().Add(z.offsetAt(t.UTC()))
	return t.UTC().Add(z.offsetAt(guess))
}

// asUTC gives what a clock shows as if it were UTC.
func asUTC(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// A change is when an observance begins.
type change struct {
	at time.Time
	to time.Duration
}

// maxYears is how many years' changes are kept.
const maxYears = 1000

// changes gives the changes of a year.
func (z *zone) changes(year int) []change {
	if list, ok := z.years[year]; ok {
		return list
	}
	var list []change
	for i := range z.observances {
		if t, ok := z.observances[i].onset(year); ok {
			list = append(list, change{t, z.observances[i].to})
		}
	}
	if z.years == nil || len(z.years) > maxYears {
		z.years = map[int][]change{}
	}
	z.years[year] = list
	return list
}

// offsetAt is how far local time is ahead of UTC at a local time.
func (z *zone) offsetAt(local time.Time) time.Duration {
	var latest change
	for _, year := range []int{local.Year() - 1, local.Year()} {
		for _, c := range z.changes(year) {
			if !c.at.After(local) && (latest.at.IsZero() || c.at.After(latest.at)) {
				latest = c
			}
		}
	}
	if !latest.at.IsZero() {
		return latest.to
	}
	return z.earlier(local)
}

// earlier is the offset where no change is within a year: the last change
// before, or what held before the first.
func (z *zone) earlier(local time.Time) time.Duration {
	var latest, first *observance
	for i := range z.observances {
		o := &z.observances[i]
		if first == nil || o.start.Before(first.start) {
			first = o
		}
		if !o.start.After(local) && (latest == nil || o.start.After(latest.start)) {
			latest = o
		}
	}
	switch {
	case latest != nil:
		return latest.to
	case z.known != nil:
		return z.known.local(z.known.utc(local)).Sub(z.known.utc(local))
	case first != nil:
		return first.from
	}
	return 0
}

// rule describes the zone as it is in a year. [MS-OXOCAL] 2.2.1.41.1
func (z *zone) rule(year int) oxocal.Rule {
	if z.location != nil {
		return locationRule(z.location, year)
	}
	if z.known != nil && z.begins() > year {
		return z.known.rule(year)
	}
	var standard, daylight *observance
	for i := range z.observances {
		o := &z.observances[i]
		if o.start.Year() > year && (standard != nil || daylight != nil) {
			continue
		}
		slot := &standard
		if o.daylight {
			slot = &daylight
		}
		if *slot == nil || o.start.After((*slot).start) {
			*slot = o
		}
	}
	if z.known != nil && standard != nil && daylight != nil {
		_, back := standard.onset(year)
		if _, there := daylight.onset(year); there != back { // half a rule
			return z.known.rule(year)
		}
	}
	return observedRule(standard, daylight, year)
}

// begins is the first year that the VTIMEZONE speaks of.
func (z *zone) begins() int {
	first := z.observances[0].start.Year()
	for _, o := range z.observances {
		first = min(first, o.start.Year())
	}
	return first
}

func observedRule(standard, daylight *observance, year int) oxocal.Rule {
	r := oxocal.Rule{Year: firstYear}
	switch {
	case standard == nil && daylight == nil:
		return r
	case standard == nil:
		r.Bias = -int32(daylight.to / time.Minute)
		return r
	}
	r.Bias = -int32(standard.to / time.Minute)
	if daylight == nil {
		return r
	}
	_, changesBack := standard.onset(year)
	_, changes := daylight.onset(year)
	if changes && changesBack {
		r.DaylightBias = -int32((daylight.to - standard.to) / time.Minute)
		r.Standard, r.Daylight = standard.systemTime(year), daylight.systemTime(year)
	}
	return r
}

// firstYear is the year of a rule that always holds. [MS-OXCICAL] 2.1.3.1.1.19
const firstYear = 1601

// definition describes the zone to MAPI. [MS-OXOCAL] 2.2.1.41
func (z *zone) definition(year int, recurring bool) []byte {
	rule := z.rule(year)
	rule.Flags = oxocal.RuleEffective
	if recurring {
		rule.Flags |= oxocal.RuleRecurring
	}
	b, err := wire.Marshal(&oxocal.TimeZoneDefinition{KeyName: cut(z.windowsName(), 260), Rules: []oxocal.Rule{rule}})
	if err != nil {
		return nil
	}
	return b
}

// structure describes the zone in the older form. [MS-OXOCAL] 2.2.1.39
func (z *zone) structure(year int) []byte {
	rule := z.rule(year)
	s := rule.Struct()
	b, err := wire.Marshal(&s)
	if err != nil {
		return nil
	}
	return b
}

func cut(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// props are the zone's properties of an appointment.
func (z *zone) props(year int, recurring bool) mapi.Props {
	ps := mapi.Props{
		mapi.PidLidAppointmentTimeZoneDefinitionStartDisplay.Of(z.definition(year, false)),
		mapi.PidLidAppointmentTimeZoneDefinitionEndDisplay.Of(z.definition(year, false)),
	}
	if recurring {
		ps = append(ps, mapi.PidLidAppointmentTimeZoneDefinitionRecur.Of(z.definition(year, true)),
			mapi.PidLidTimeZoneStruct.Of(z.structure(year)), mapi.PidLidTimeZoneDescription.Of(z.windowsName()))
	}
	return ps
}

// findZone gives the zone of a TZID: the stream's own definition, a known name,
// or nil.
func (r *reader) findZone(id string) *zone {
	id = strings.TrimSpace(id)
	if z, ok := r.zones[id]; ok {
		return z
	}
	var z *zone
	if name := IANAZone(id); name != "" {
		if l, err := time.LoadLocation(exactName(id, name)); err == nil {
			z = &zone{id: id, location: l}
		}
	} else if l := locationOf(id); l != nil {
		z = &zone{id: id, location: l}
	}
	r.zones[id] = z
	return z
}

// exactName prefers the IANA name in an id over the usual one of its Windows zone.
func exactName(id, usual string) string {
	if l := ianaLocation(id); l != nil {
		return l.String()
	}
	return usual
}

// ianaLocation finds the IANA name at the end of an id.
func ianaLocation(id string) *time.Location {
	for s := strings.Trim(id, `"/ `); strings.Contains(s, "/"); {
		if l, err := time.LoadLocation(s); err == nil {
			return l
		}
		_, s, _ = strings.Cut(s, "/")
	}
	return nil
}

// statedOffset is the offset that names such as "(UTC-05:00) Eastern Time" and
// "GMT +0100 (Standard)" state.
var statedOffset = regexp.MustCompile(`(?i)\b(?:UTC|GMT) ?([+-])(\d{1,2}):?(\d{2})?\b`)

// locationOf understands ids that are no known names: IANA names without a
// Windows zone, and stated offsets.
func locationOf(id string) *time.Location {
	if l := ianaLocation(id); l != nil {
		return l
	}
	m := statedOffset.FindStringSubmatch(cut(id, 200))
	if m == nil {
		return nil
	}
	hours, _ := strconv.Atoi(m[2])
	minutes, _ := strconv.Atoi(m[3])
	if hours > 14 || minutes > 59 {
		return nil
	}
	seconds := hours*3600 + minutes*60
	if m[1] == "-" {
		seconds = -seconds
	}
	return time.FixedZone(id, seconds)
}

// addZone reads a VTIMEZONE.
func (r *reader) addZone(c *contentline.Component) {
	z := &zone{id: c.Value("TZID")}
	changes := 0
	for _, inner := range c.Components {
		o, ok := parseObservance(inner)
		if changes += 1 + len(o.dates); ok && changes <= maxChanges {
			z.observances = append(z.observances, o)
		}
	}
	if len(z.observances) > 0 {
		z.known = r.findZone(z.id)
		r.zones[z.id] = z
		r.defined = append(r.defined, z)
	}
}

// maxChanges is how many changes of a zone are kept.
const maxChanges = 400
