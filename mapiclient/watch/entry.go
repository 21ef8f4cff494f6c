package watch

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// An Entry is one mailbox of a [Set].
type Entry struct {
	set     *Set
	client  *mapiclient.Client
	handler Handler

	// What follows belongs to whoever works on the mailbox: a poller or its listener.

	// mailbox is the one that folder is an id of.
	mailbox mapi.GUID
	folder  mapi.FolderID
	// state is how the folder stood before the last look; known says that there was one.
	state mapiclient.FolderState
	known bool

	// What follows is guarded by the set's mutex.

	// place is that in the schedule, or -1.
	place int
	due   time.Time
	// again is when the handler wants to look though nothing changes.
	again    time.Time
	interval time.Duration
	// activity is how much happened until noted; it halves every halfLife.
	activity float32
	noted    time.Time
	// failures is how often in a row it has failed.
	failures int
	woken    bool
	listener *listener
	// removed, when set, is closed as soon as nobody works on the mailbox.
	removed chan struct{}
}

// halfLife is how fast activity is forgotten.
const halfLife = time.Hour

// Wake makes the handler look soon, though nothing may have changed.
func (e *Entry) Wake() {
	s := e.set
	s.mu.Lock()
	e.woken = true
	if e.listener != nil {
		e.listener.nudge()
	}
	// One that failed waits for its time: the reason has not gone.
	if now := time.Now(); e.place >= 0 && e.failures == 0 && e.due.After(now) {
		e.due = now
		heap.Fix(&s.waiting, e.place)
	}
	s.mu.Unlock()
	s.hurry()
}

// Told tells whether the server tells of changes in the mailbox, so that it is not polled.
func (e *Entry) Told() bool {
	e.set.mu.Lock()
	defer e.set.mu.Unlock()
	return e.listener != nil
}

// active gives the activity as of now. The set's mutex is held.
func (e *Entry) active(now time.Time) float64 {
	return float64(e.activity) * math.Exp2(-float64(now.Sub(e.noted))/float64(halfLife))
}

// changed counts that something happened. The set's mutex is held.
func (e *Entry) changed(now time.Time) {
	e.activity, e.noted = float32(e.active(now)+1), now
	e.interval = e.set.opts.Often
	e.set.stats.Changes++
}

// spread shortens a pause by up to an eighth, so that what was begun together
// does not stay together.
func spread(d time.Duration) time.Duration { return d - rand.N(d/8+1) }

// A schedule is a heap of entries; the one that is due first stands in front.
type schedule []*Entry

func (h *schedule) add(e *Entry)      { heap.Push(h, e) }
func (h *schedule) take() *Entry      { return heap.Pop(h).(*Entry) }
func (h schedule) Len() int           { return len(h) }
func (h schedule) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h schedule) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *schedule) Push(x any) {
	e := x.(*Entry)
	e.place = len(*h)
	*h = append(*h, e)
}

// Pop implements heap.Interface.
func (h *schedule) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	e.place = -1
	return e
}
