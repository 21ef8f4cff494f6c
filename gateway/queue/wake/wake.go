// Package wake passes the tokens of [queue.Queue.Subscribe] inside one process.
package wake

import (
	"sync"

	"github.com/mapigate/mapigate/gateway/queue"
)

// Calls passes tokens to those who wait for a topic.
type Calls struct {
	mu   sync.Mutex
	subs map[queue.Topic]map[chan struct{}]bool
}

// New has nobody waiting.
func New() *Calls { return &Calls{subs: map[queue.Topic]map[chan struct{}]bool{}} }

// Subscribe gives a channel that gets a token for the topic; cancel ends that.
func (w *Calls) Subscribe(t queue.Topic) (<-chan struct{}, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := make(chan struct{}, 1)
	if w.subs[t] == nil {
		w.subs[t] = map[chan struct{}]bool{}
	}
	w.subs[t][ch] = true
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs[t], ch)
	}
}

// Wake gives a token to all who wait for one of the topics.
func (w *Calls) Wake(topics map[queue.Topic]bool) {
	if len(topics) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for t := range topics {
		for ch := range w.subs[t] {
			select {
			case ch <- struct{}{}:
			default: // it has a token already
			}
		}
	}
}

// WakeAll gives a token to all who wait for anything.
func (w *Calls) WakeAll() {
	w.mu.Lock()
	all := make(map[queue.Topic]bool, len(w.subs))
	for t := range w.subs {
		all[t] = true
	}
	w.mu.Unlock()
	w.Wake(all)
}
