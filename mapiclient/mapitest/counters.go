package mapitest

import "sync"

// counters counts requests by kind and mailbox.
type counters struct {
	mu sync.Mutex
	n  map[counterKey]int
}

type counterKey struct {
	kind    Kind
	mailbox string
}

func (c *counters) add(k Kind, mailbox string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = make(map[counterKey]int)
	}
	c.n[counterKey{k, ""}]++
	if mailbox != "" {
		c.n[counterKey{k, mailbox}]++
	}
}

// Count is how many requests of the kind have come.
func (s *Server) Count(k Kind) int { return s.CountOf(k, "") }

// CountOf is how many have come from one user, by primary address.
func (s *Server) CountOf(k Kind, mailbox string) int {
	s.counters.mu.Lock()
	defer s.counters.mu.Unlock()
	return s.counters.n[counterKey{k, mailbox}]
}

// ResetCounts starts counting at zero.
func (s *Server) ResetCounts() {
	s.counters.mu.Lock()
	defer s.counters.mu.Unlock()
	clear(s.counters.n)
}
