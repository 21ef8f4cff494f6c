package ingress

import (
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
)

const (
	// doubtsKept is how long a hand-over in doubt is remembered: no longer than couriers into Exchange can look for it.
	doubtsKept = 24 * time.Hour
	// mostDoubts bounds how many are; the oldest is forgotten first.
	mostDoubts = 10_000
)

// Doubts remembers the mails whose hand-over ended without an answer. Their clients were told to come again: what comes with the same
// guard key is tried as the same mail, so that the next hop is asked for it first. It is safe for concurrent use, and lasts as long as
// the process.
type Doubts struct {
	mu    sync.Mutex
	known map[string]doubt
}

type doubt struct {
	id mail.ID
	at time.Time
}

// NewDoubts makes an empty memory.
func NewDoubts() *Doubts { return &Doubts{known: make(map[string]doubt)} }

// first gives the id that a mail in doubt had at its first hand-over.
func (d *Doubts) first(key string, now time.Time) (mail.ID, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was, known := d.known[key]
	if key == "" || !known || now.Sub(was.at) > doubtsKept {
		return "", false
	}
	return was.id, true
}

// note remembers how the hand-over of a mail ended.
func (d *Doubts) note(key string, id mail.ID, inDoubt bool, now time.Time) {
	if key == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, key)
	if !inDoubt {
		return
	}
	if len(d.known) >= mostDoubts {
		d.forgetOldest()
	}
	d.known[key] = doubt{id, now}
}

func (d *Doubts) forgetOldest() {
	var oldest string
	for key, was := range d.known {
		if oldest == "" || was.at.Before(d.known[oldest].at) {
			oldest = key
		}
	}
	delete(d.known, oldest)
}
