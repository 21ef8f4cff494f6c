package ical

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/contentline"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// taskElsewhere and journalElsewhere are properties that no rule reads.
var (
	taskElsewhere    = set("UID DTSTAMP DTSTART DUE DURATION RRULE COMPLETED PERCENT-COMPLETE STATUS DESCRIPTION X-ALT-DESC ORGANIZER")
	journalElsewhere = set("UID DTSTAMP DTSTART DESCRIPTION X-ALT-DESC ORGANIZER")
)

// taskRules are those of tasks alone.
var taskRules = []rule{
	number("X-MICROSOFT-TASK-ACTUALEFFORT", mapi.PidLidTaskActualEffort),
	number("X-MICROSOFT-TASK-ESTIMATEDEFFORT", mapi.PidLidTaskEstimatedEffort),
	text("X-MICROSOFT-TASK-OWNER", mapi.PidLidTaskOwner),
}

// taskStatuses are the values of PidLidTaskStatus. [MS-OXOTASK] 2.2.2.2.2
var taskStatuses = []string{"NEEDS-ACTION", "IN-PROCESS", "COMPLETED", "X-WAITING", "CANCELLED"}

// Values of PidLidTaskStatus.
const (
	taskComplete = 2
	taskDeferred = 4
)

// Message classes that are not about meetings.
const (
	classTask       = "IPM.Task"
	classActivity   = "IPM.Activity"
	classStickyNote = "IPM.StickyNote"
)

// task makes the message of a VTODO. [MS-OXOTASK] 2.2.2
func (r *reader) task(c *contentline.Component) *mapi.Message {
	m := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of(classTask), mapi.PidTagIconIndex.Of(0x500)}}
	r.apply(c, &m.Props, taskRules, taskElsewhere)
	r.body(c, &m.Props)
	if p := c.Get("ORGANIZER"); p != nil {
		setSender(&m.Props, personOf(p))
	}
	var s span
	if w, ok := r.when(c.Get("DTSTART")); ok {
		s.start, s.end = w, w
		m.Props.Set(mapi.PidLidTaskStartDate.Of(w.local.Truncate(24 * 60 * 60 * 1e9)))
		m.Props.Set(mapi.PidLidCommonStart.Of(w.utc()))
	}
	due, ok := r.when(c.Get("DUE"))
	if d, isDuration := parseDuration(c.Value("DURATION")); !ok && isDuration && s.start.zone != nil {
		due, ok = s.start, true
		due.local = due.local.Add(d)
	}
	if ok {
		m.Props.Set(mapi.PidLidTaskDueDate.Of(due.local.Truncate(24 * 60 * 60 * 1e9)))
		m.Props.Set(mapi.PidLidCommonEnd.Of(due.utc()))
		if s.start.zone == nil {
			s.start, s.end = due, due
		}
	}
	r.progress(c, &m.Props)
	r.alarm(c, &m.Props, s)
	r.taskSeries(c, &m.Props, s)
	r.identity(c, &m.Props, s)
	return m
}

// progress sets how far a task is.
func (r *reader) progress(c *contentline.Component, ps *mapi.Props) {
	status := int32(0)
	if s := c.Value("STATUS"); s != "" {
		for i, word := range taskStatuses {
			if strings.EqualFold(s, word) {
				status = int32(i)
			}
		}
	}
	percent, err := strconv.Atoi(c.Value("PERCENT-COMPLETE"))
	if err != nil || percent < 0 || percent > 100 {
		percent = 0
	}
	if t, ok := parseDateTime(c.Value("COMPLETED")); ok {
		ps.Set(mapi.PidLidTaskDateCompleted.Of(t))
		status = taskComplete
	}
	if status == taskComplete {
		percent = 100
	} else if status == 0 && percent > 0 {
		status = 1
	}
	ps.Set(mapi.PidLidTaskStatus.Of(status))
	ps.Set(mapi.PidLidPercentComplete.Of(float64(percent) / 100))
	ps.Set(mapi.PidLidTaskComplete.Of(status == taskComplete))
}

// taskSeries sets the recurrence of a task. [MS-OXOTASK] 2.2.2.2.15
func (r *reader) taskSeries(c *contentline.Component, ps *mapi.Props, s span) {
	p := c.Get("RRULE")
	if p == nil {
		return
	}
	err := errors.New("the task has no date")
	var pattern *oxocal.RecurrencePattern
	if s.start.zone != nil {
		if pattern, err = parseRule(p.Value, s.start.local); err == nil {
			setEnd(pattern, p.Value, s.start.zone.local)
			var b []byte
			if b, err = wire.Marshal(pattern); err == nil {
				ps.Set(mapi.PidLidTaskRecurrence.Of(b))
				ps.Set(mapi.PidLidTaskFRecurring.Of(true))
				return
			}
		}
	}
	r.lose(fmt.Sprintf("RRULE on line %d", p.Line), p.Value, err)
}

// journal makes the message of a VJOURNAL: a note, or with a date an entry of
// the journal.
func (r *reader) journal(c *contentline.Component) *mapi.Message {
	m := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of(classStickyNote), mapi.PidTagIconIndex.Of(0x300)}}
	if w, ok := r.when(c.Get("DTSTART")); ok {
		m.Props = mapi.Props{mapi.PidTagMessageClass.Of(classActivity), mapi.PidTagIconIndex.Of(0x600), mapi.PidLidLogStart.Of(w.utc()),
			mapi.PidLidCommonStart.Of(w.utc()), mapi.PidLidLogType.Of("Note"), mapi.PidLidLogTypeDesc.Of("Note")}
	}
	r.apply(c, &m.Props, nil, journalElsewhere)
	r.body(c, &m.Props)
	if p := c.Get("ORGANIZER"); p != nil {
		setSender(&m.Props, personOf(p))
	}
	r.identity(c, &m.Props, span{})
	return m
}
