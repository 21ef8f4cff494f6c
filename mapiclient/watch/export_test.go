package watch

import "time"

// SetHold changes how long a mailbox keeps its place among those that are told.
func SetHold(s *Set, d time.Duration) { s.hold = d }
