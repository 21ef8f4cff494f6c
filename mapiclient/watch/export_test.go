package watch

import "time"

// SetHold changes how long a mailbox keeps its place among those that are told.
func SetHold(s *Set, d time.Duration) { s.hold = d }

// Told tells whether the mailbox keeps a session and is told of changes.
func Told(e *Entry) bool {
	e.set.mu.Lock()
	defer e.set.mu.Unlock()
	return e.listener != nil
}
