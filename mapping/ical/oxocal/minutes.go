package oxocal

import (
	"time"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Minutes is a local date and time as recurrence patterns have it: minutes
// since the start of 1601. [MS-OXOCAL] 2.2.1.44.1
type Minutes uint32

// NoEnd is the end of a series that has none. [MS-OXOCAL] 2.2.1.44.1
const NoEnd Minutes = 0x5AE980DF

// epoch is the start of 1601 in Unix seconds.
const epoch = -11644473600

// MinutesOf gives the date and time that t shows on its wall, whatever its zone.
func MinutesOf(t time.Time) Minutes {
	_, offset := t.Zone()
	return Minutes((t.Unix() + int64(offset) - epoch) / 60)
}

// Time gives the date and time as if it were UTC.
func (m Minutes) Time() time.Time { return time.Unix(int64(m)*60+epoch, 0).UTC() }

// Day is the start of the day.
func (m Minutes) Day() Minutes { return m - m%minutesPerDay }

const minutesPerDay = 24 * 60

func (m *Minutes) layout(c *wire.Codec) { wire.Uint32s(m, c) }
