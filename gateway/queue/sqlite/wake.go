package sqlite

import (
	"sync"

	"github.com/mapigate/mapigate/gateway/queue"
)

// wakes passes tokens to those who wait for a topic.
type wakes struct {
	mu   sync.Mutex
	subs map[queue.Topic]map[chan struct{}]bool
}

func newWakes() *wakes { return &wakes{subs: map[queue.Topic]map[chan struct{}]bool{}} }

func (w *wakes) subscribe(t queue.Topic) (<-chan struct{}, func()) {
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

func (w *wakes) wake(topics map[queue.Topic]bool) {
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
