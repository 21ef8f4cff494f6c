package ical

import (
	"errors"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/loss"
)

// Options say how iCalendar is read. The zero value is usable.
type Options struct {
	// Now is the present, for PidLidOwnerCriticalChange and the like; zero leaves them to DTSTAMP.
	Now time.Time
	// Location is the zone of times and dates that name none. Nil: UTC.
	Location *time.Location
	// Bytes is how long the stream may be. Default 16 MiB.
	Bytes int64
	// Items is how many calendar items are read. Default 1000.
	Items int
	// Exceptions is how many changed or deleted instances a series may have. Default 1000.
	Exceptions int
	// Attendees is how many attendees an item may have. Default 10000.
	Attendees int
}

// A Result is what [ToMAPI] made of an iCalendar stream.
type Result struct {
	// Method is the iTIP method in capitals, or "". RFC 5546 1.4
	Method string
	// Messages are the items in their order. Attendees are recipients,
	// overridden instances of a series are attachments. [MS-OXOCAL] 2.2.10
	Messages []*mapi.Message
	// Losses is what did not cross.
	Losses []loss.Loss
}

// ErrNoCalendar says that a stream has no VCALENDAR with an item in it.
var ErrNoCalendar = errors.New("no VCALENDAR with an item")

// FromOptions say how iCalendar is written. The zero value is usable.
type FromOptions struct {
	// Now stands in for a missing DTSTAMP.
	Now time.Time
	// SMTPAddress finds the SMTP address of a person whose address is of another type; "" when it does not know.
	// Nil: only SMTP addresses are understood.
	SMTPAddress func(addressType, address string) string
}

// Written tells about what [FromMAPI] wrote.
type Written struct {
	// Method is the iTIP method in capitals: REQUEST, REPLY, CANCEL, COUNTER or PUBLISH.
	Method string
	// Component is VEVENT, VTODO or VJOURNAL.
	Component string
	// Losses is what did not cross.
	Losses []loss.Loss
}

// ErrClass says that messages of a class have no form in iCalendar.
var ErrClass = errors.New("message class has no iCalendar form")
