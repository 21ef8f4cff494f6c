package watch_test

import (
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/watch"
)

// A mailbox that is removed is left alone, whether it was polled or told of changes; the others go on.
func TestRemove(t *testing.T) {
	for name, polls := range map[string]int{"told": 3, "polled": -1} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 3, watch.Options{LongPolls: polls, Pollers: 1, Often: 20 * time.Millisecond, Seldom: 50 * time.Millisecond})
			b.run()
			eventually(t, "the first looks", func() bool { return b.boxes[0].hasBegun() && b.boxes[1].hasBegun() && b.boxes[2].hasBegun() })
			b.set.Remove(t.Context(), b.boxes[0].entry)
			b.set.Remove(t.Context(), b.boxes[0].entry) // again is nothing
			opened := b.boxes[0].opened.Load()
			b.boxes[0].deliver(t, "nobody sees this")
			b.boxes[1].deliver(t, "somebody sees this")
			b.boxes[1].saw(t)
			time.Sleep(200 * time.Millisecond)
			b.boxes[0].mu.Lock()
			seen := len(b.boxes[0].seen)
			b.boxes[0].mu.Unlock()
			if seen != 0 || b.boxes[0].opened.Load() != opened {
				t.Errorf("the removed mailbox: %d messages seen, %d sessions more", seen, b.boxes[0].opened.Load()-opened)
			}
			if s := b.set.Stats(); s.Mailboxes != 2 || s.Failing != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}
