package ical

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/ical/oxocal"
)

// uid gives the UID: that of the global object id, else one that the same
// message always gets.
func (w *writer) uid() string {
	for _, tag := range []mapi.Named[[]byte]{mapi.PidLidCleanGlobalObjectId, mapi.PidLidGlobalObjectId} {
		b, ok := tag.From(w.msg.Props)
		if !ok {
			continue
		}
		var id oxocal.GlobalObjectID
		if wire.Unmarshal(b, &id) == nil {
			return id.UID()
		}
		return strings.ToUpper(hex.EncodeToString(b[:min(len(b), 1024)]))
	}
	if key := mapi.PidTagSearchKey.Get(w.msg.Props); len(key) > 0 {
		return strings.ToUpper(hex.EncodeToString(key[:min(len(key), 64)]))
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%v\x00%v", mapi.PidTagSubject.Get(w.msg.Props),
		mapi.PidLidAppointmentStartWhole.Get(w.msg.Props), mapi.PidTagCreationTime.Get(w.msg.Props)))
	return hex.EncodeToString(sum[:16])
}

// stamp gives when the message was made. [MS-OXCICAL] 2.1.3.1.1.20.9
func (w *writer) stamp() time.Time {
	ps := w.msg.Props
	tags := []property[time.Time]{mapi.PidLidOwnerCriticalChange, mapi.PidTagClientSubmitTime, mapi.PidTagLastModificationTime, mapi.PidTagCreationTime}
	if strings.HasPrefix(mapi.PidTagMessageClass.Get(ps), classResponse) {
		tags = append([]property[time.Time]{mapi.PidLidAttendeeCriticalChange}, tags[1:]...)
	}
	for _, tag := range tags {
		if t, ok := tag.From(ps); ok {
			return t
		}
	}
	if !w.opts.Now.IsZero() {
		return w.opts.Now
	}
	return mapi.PidLidAppointmentStartWhole.Get(ps)
}

// A ruleZone is a zone as MAPI describes it.
type ruleZone struct {
	name string
	rule oxocal.Rule
}

// zoneOf finds the zone of an appointment: that of its series, of its start,
// or the older structure. [MS-OXCICAL] 2.1.3.1.1.19
func zoneOf(ps mapi.Props) *ruleZone {
	tags := []mapi.Named[[]byte]{mapi.PidLidAppointmentTimeZoneDefinitionStartDisplay, mapi.PidLidAppointmentTimeZoneDefinitionRecur}
	if mapi.PidLidRecurring.Get(ps) {
		tags[0], tags[1] = tags[1], tags[0]
	}
	for _, tag := range tags {
		var d oxocal.TimeZoneDefinition
		if b, ok := tag.From(ps); ok && wire.Unmarshal(b, &d) == nil && d.KeyName != "" {
			if rule := d.Effective(); rule != nil {
				return &ruleZone{d.KeyName, *rule}
			}
		}
	}
	var s oxocal.TimeZoneStruct
	b, ok := mapi.PidLidTimeZoneStruct.From(ps)
	if !ok || wire.Unmarshal(b, &s) != nil {
		return nil
	}
	name := mapi.PidLidTimeZoneDescription.Get(ps)
	if name == "" {
		name = "Time zone of the meeting"
	}
	return &ruleZone{name, oxocal.Rule{Bias: s.Bias, StandardBias: s.StandardBias, DaylightBias: s.DaylightBias, Standard: s.Standard, Daylight: s.Daylight}}
}

// local gives the local time of a moment, as if it were UTC.
func (z *ruleZone) local(t time.Time) time.Time {
	if z == nil {
		return t.UTC()
	}
	return t.UTC().Add(ruleOffset(&z.rule, t))
}

// utc gives the moment of a local time.
func (z *ruleZone) utc(local time.Time) time.Time {
	if z == nil {
		return local
	}
	t := local.Add(-ruleOffset(&z.rule, local))
	return local.Add(-ruleOffset(&z.rule, t))
}
