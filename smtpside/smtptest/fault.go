package smtptest

import "time"

// A Fault is something that goes wrong on demand. Where several fit, the first that was added happens.
type Fault struct {
	// Verb says when: at one of the commands EHLO HELO STARTTLS AUTH MAIL RCPT DATA RSET QUIT, at CONNECT before the greeting,
	// at BODY when the message has begun to come, or at "." after its final dot.
	Verb  string
	Match string // with MAIL and RCPT: only this address
	Skip  int    // the first Skip matches pass
	Times int    // how often it happens; 0 means always
	Each  bool   // Skip and Times count for each address on its own: greylisting

	Delay  time.Duration // wait first, but not beyond Close; a fault with neither Reply nor Drop only waits
	Reply  string        // said instead of the usual, such as "450 4.2.0 greylisted"
	Drop   bool          // cut the connection, after Reply if there is one
	Record bool          // with ".": keep the mail first
}

// A faultState is a Fault with its counts.
type faultState struct {
	Fault
	seen map[string]int
}

// Fail adds a fault.
func (s *Sink) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &faultState{Fault: f, seen: make(map[string]int)})
}

// Heal removes all faults.
func (s *Sink) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault returns what shall go wrong now, if anything.
func (s *Sink) fault(verb, address string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Verb != verb || f.Match != "" && f.Match != address {
			continue
		}
		key := ""
		if f.Each {
			key = address
		}
		n := f.seen[key]
		f.seen[key]++
		if n >= f.Skip && (f.Times == 0 || n < f.Skip+f.Times) {
			return f.Fault, true
		}
	}
	return Fault{}, false
}
