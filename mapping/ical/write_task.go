package ical

import (
	"errors"
	"strconv"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// task writes a task as VTODO.
func (w *writer) task() {
	ps := w.msg.Props
	w.Begin("VTODO")
	w.common(ps)
	w.owner()
	w.rules(ps, commonRules, taskRules)
	w.date("DTSTART", mapi.PidLidTaskStartDate)
	w.date("DUE", mapi.PidLidTaskDueDate)
	if status, ok := mapi.PidLidTaskStatus.From(ps); ok && status >= 0 && int(status) < len(taskStatuses) {
		w.Line("STATUS", taskStatuses[status])
		if status == taskDeferred {
			w.lose("PidLidTaskStatus", "deferred", errors.New("written as cancelled, the nearest"))
		}
	}
	if percent, ok := mapi.PidLidPercentComplete.From(ps); ok && percent >= 0 && percent <= 1 {
		w.Line("PERCENT-COMPLETE", strconv.Itoa(int(percent*100+0.5)))
	}
	if t, ok := mapi.PidLidTaskDateCompleted.From(ps); ok {
		w.Line("COMPLETED", formatUTC(t))
	}
	w.taskRecurrence(ps)
	w.alarm(ps)
	w.End("VTODO")
}

// date writes a day.
func (w *writer) date(name string, tag property[time.Time]) {
	if t, ok := tag.From(w.msg.Props); ok {
		w.Line(name, formatDay(t), contentline.P("VALUE", "DATE"))
	}
}

func (w *writer) taskRecurrence(ps mapi.Props) {
	b, ok := mapi.PidLidTaskRecurrence.From(ps)
	if !ok || len(b) == 0 || !mapi.PidLidTaskFRecurring.Get(ps) {
		return
	}
	var p oxocal.RecurrencePattern
	c := wire.NewDecoder(b)
	p.Layout(c)
	rule, err := "", c.Err()
	if err == nil {
		rule, err = formatRule(&p, func(day oxocal.Minutes) string { return formatDay(day.Time()) })
	}
	if err != nil {
		w.lose("PidLidTaskRecurrence", "the recurrence", err)
		return
	}
	w.Line("RRULE", rule)
}

// journal writes an entry of the journal or a note as VJOURNAL.
func (w *writer) journal() {
	ps := w.msg.Props
	w.Begin("VJOURNAL")
	w.common(ps)
	w.owner()
	w.rules(ps, commonRules)
	if t, ok := mapi.PidLidLogStart.From(ps); ok {
		w.Line("DTSTART", formatUTC(t))
	}
	w.End("VJOURNAL")
}
