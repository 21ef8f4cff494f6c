package ical

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/loss"
)

// A reader turns one stream into messages.
type reader struct {
	opts     Options
	result   *Result
	zones    map[string]*zone
	defined  []*zone // the VTIMEZONEs of the calendar
	floating *zone
}

// ToMAPI reads an iCalendar stream in UTF-8. Damage is not an error but a
// loss; errors are the reader's, or say that there is no calendar at all
// ([ErrNoCalendar]).
func ToMAPI(src io.Reader, opts Options) (*Result, error) {
	opts.Items = orDefault(opts.Items, 1000)
	opts.Exceptions = orDefault(opts.Exceptions, 1000)
	opts.Attendees = orDefault(opts.Attendees, 10000)
	roots, problems, err := contentline.Parse(src, contentline.Limits{Bytes: opts.Bytes})
	if err != nil {
		return nil, err
	}
	r := &reader{opts: opts, result: &Result{}, floating: utcZone}
	for _, p := range problems {
		r.lose(fmt.Sprintf("line %d", p.Line), p.What, p.Err)
	}
	for _, c := range roots {
		if c.Name == "VCALENDAR" {
			r.calendar(c)
		} else {
			r.lose(fmt.Sprintf("line %d", c.Line), c.Name, errors.New("it is not a calendar"))
		}
	}
	if len(r.result.Messages) == 0 {
		return r.result, ErrNoCalendar
	}
	return r.result, nil
}

func orDefault(n, value int) int {
	if n <= 0 {
		return value
	}
	return n
}

// maxLosses is how many losses are listed.
const maxLosses = 200

func (r *reader) lose(where, what string, err error) {
	if len(r.result.Losses) < maxLosses {
		r.result.Losses = append(r.result.Losses, loss.Loss{Where: where, What: cut(what, 80), Reason: err.Error()})
	}
}

// An item is a component with the overridden instances of its series.
type item struct {
	uid, kind string
	master    *contentline.Component
	instances []*contentline.Component
}

// calendar reads one VCALENDAR.
func (r *reader) calendar(c *contentline.Component) {
	r.zones, r.defined = map[string]*zone{}, nil
	method := strings.ToUpper(c.Value("METHOD"))
	if r.result.Method == "" {
		r.result.Method = method
	}
	for _, inner := range c.Components {
		if inner.Name == "VTIMEZONE" {
			r.addZone(inner)
		}
	}
	r.setFloating(c)
	for _, inner := range c.Components {
		if inner.Name == "VCALENDAR" { // damaged, but readable
			defer r.calendar(inner)
		}
	}
	for _, it := range r.items(c) {
		if len(r.result.Messages) >= r.opts.Items {
			r.lose("calendar", "items that follow", fmt.Errorf("more than the limit of %d", r.opts.Items))
			return
		}
		r.item(it, method)
	}
}

// setFloating decides the zone of dates and of times that name none: the
// caller's, the stream's own, or the only one that the stream defines.
func (r *reader) setFloating(c *contentline.Component) {
	switch z := r.findZone(c.Value("X-WR-TIMEZONE")); {
	case r.opts.Location != nil:
		r.floating = &zone{id: r.opts.Location.String(), location: r.opts.Location}
	case z != nil:
		r.floating = z
	case len(r.defined) == 1:
		r.floating = r.defined[0]
	default:
		r.floating = utcZone
	}
}

// items groups the components of one UID.
func (r *reader) items(c *contentline.Component) []*item {
	var all []*item
	byUID := map[string]*item{}
	for _, inner := range c.Components {
		switch inner.Name {
		case "VEVENT", "VTODO", "VJOURNAL":
		case "VTIMEZONE", "VCALENDAR":
			continue
		default:
			r.lose(fmt.Sprintf("line %d", inner.Line), inner.Name, errors.New("MAPI has no such item"))
			continue
		}
		uid := inner.Text("UID")
		it := byUID[inner.Name+uid]
		if it == nil || uid == "" || inner.Get("RECURRENCE-ID") == nil && it.master != nil {
			it = &item{uid: uid, kind: inner.Name}
			all = append(all, it)
			byUID[inner.Name+uid] = it
		}
		if inner.Get("RECURRENCE-ID") == nil {
			it.master = inner
		} else {
			it.instances = append(it.instances, inner)
		}
	}
	return all
}

func (r *reader) item(it *item, method string) {
	add := func(m *mapi.Message) { r.result.Messages = append(r.result.Messages, m) }
	switch {
	case it.kind == "VTODO":
		for _, c := range it.all() {
			add(r.task(c))
		}
	case it.kind == "VJOURNAL":
		for _, c := range it.all() {
			add(r.journal(c))
		}
	case it.master != nil:
		add(r.event(it.master, it.instances, method))
	default: // instances of a series that is elsewhere
		for _, c := range it.instances {
			add(r.event(c, nil, method))
		}
	}
}

func (it *item) all() []*contentline.Component {
	if it.master == nil {
		return it.instances
	}
	return append([]*contentline.Component{it.master}, it.instances...)
}

// apply runs the rules over a component and lists what no rule and nobody else reads.
func (r *reader) apply(c *contentline.Component, ps *mapi.Props, rules []rule, elsewhere map[string]bool) {
	for i := range c.Properties {
		p := &c.Properties[i]
		if elsewhere[p.Name] {
			continue
		}
		where := fmt.Sprintf("%s %s on line %d", c.Name, p.Name, p.Line)
		known := false
		for _, rules := range [2][]rule{commonRules, rules} {
			for _, rule := range rules {
				if rule.name != p.Name {
					continue
				}
				known = true
				if !rule.read(ps, p) {
					r.lose(where, p.Value, errors.New("the value is not understood"))
				}
			}
		}
		if !known {
			r.lose(where, p.Value, errors.New("MAPI has no such property"))
		}
	}
}

// set builds the set of the names in a string.
func set(names string) map[string]bool {
	m := map[string]bool{}
	for n := range strings.FieldsSeq(names) {
		m[n] = true
	}
	return m
}
