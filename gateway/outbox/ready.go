package outbox

import (
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Bits of PidTagMessageStatus. [MS-OXCMSG] 2.2.1.8
const (
	msInConflict   = 0x0800
	msRemoteDelete = 0x2000
)

// readyColumns are what ready needs of a row.
var readyColumns = []mapi.PropTag{
	mapi.PidTagMessageFlags.Tag(), mapi.PidTagMessageStatus.Tag(), mapi.PidTagLastModificationTime.Tag(),
	mapi.PidTagClientSubmitTime.Tag(), mapi.PidTagDeferredSendTime.Tag(), mapi.PidTagDeferredSendNumber.Tag(),
	mapi.PidTagDeferredSendUnits.Tag(), mapi.PidTagDisplayTo.Tag(), mapi.PidTagDisplayCc.Tag(), mapi.PidTagDisplayBcc.Tag(),
}

// A sighting is when a message was first seen as it is.
type sighting struct {
	modified time.Time // by the server
	at       time.Time
}

// sight gives since when a message has been as it is: what the server says, but no later than we saw it, since its clock may be ahead of ours.
func (s *mover) sight(row mapiclient.Row, now time.Time) time.Time {
	modified := mapi.PidTagLastModificationTime.Get(row.Props)
	seen, known := s.seen[row.ID]
	if !known || !seen.modified.Equal(modified) {
		seen = sighting{modified, now}
		s.seen[row.ID] = seen
	}
	if modified.Before(seen.at) {
		return modified
	}
	return seen.at
}

// ready tells whether a message, as it is since then, may be claimed now; if not, from when on, with
// the zero time for one that somebody has to change first.
//
// mfUnsent is no reason to leave it: it is what a message that waits to be
// sent looks like.
func ready(p mapi.Props, since, now time.Time, grace time.Duration) (ok bool, from time.Time) {
	flags := mapi.PidTagMessageFlags.Get(p)
	status := mapi.PidTagMessageStatus.Get(p)
	if flags&(mapi.MfSubmitted|mapi.MfFAI) != 0 || status&(msInConflict|msRemoteDelete) != 0 {
		return false, time.Time{}
	}
	if mapi.PidTagDisplayTo.Get(p)+mapi.PidTagDisplayCc.Get(p)+mapi.PidTagDisplayBcc.Get(p) == "" {
		return false, time.Time{} // nobody to send it to yet
	}
	if grace > 0 {
		from = since.Add(grace)
	}
	if at, deferred := deferredUntil(p); deferred && at.After(from) {
		from = at
	}
	return !now.Before(from), from
}

// deferredUntil gives the time before which the user does not want the message
// sent. PidTagDeferredSendNumber and its Units win over PidTagDeferredSendTime.
// [MS-OXOMSG] 2.2.3.2, 2.2.3.3, 2.2.3.4
func deferredUntil(p mapi.Props) (time.Time, bool) {
	number, some := mapi.PidTagDeferredSendNumber.From(p)
	if units, known := mapi.PidTagDeferredSendUnits.From(p); some && known && units >= 0 && units <= 3 {
		unit := [...]time.Duration{time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}[units]
		begin, known := mapi.PidTagClientSubmitTime.From(p)
		if !known {
			begin = mapi.PidTagLastModificationTime.Get(p)
		}
		return begin.Add(time.Duration(min(max(number, 0), 999)) * unit), true
	}
	return mapi.PidTagDeferredSendTime.From(p)
}
