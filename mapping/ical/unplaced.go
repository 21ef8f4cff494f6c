package ical

import (
	"errors"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

var errNoProperty = errors.New("iCalendar has no such property")

// leftOver lists what an item can say and iCalendar cannot.
func (w *writer) leftOver(ps mapi.Props) {
	if v := mapi.PidLidBilling.Get(ps); v != "" {
		w.lose("PidLidBilling", v, errNoProperty)
	}
	if v := mapi.PidLidCompanies.Get(ps); len(v) > 0 {
		w.lose("PidLidCompanies", strings.Join(v, ", "), errNoProperty)
	}
	if status := mapi.PidLidTaskStatus.Get(ps); status == taskDeferred && w.written.Component == "VTODO" {
		w.lose("PidLidTaskStatus", "deferred", errors.New("written as cancelled, the nearest"))
	}
}
