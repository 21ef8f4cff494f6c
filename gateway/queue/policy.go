package queue

import (
	"math/rand/v2"
	"time"
)

// A Policy says how long and how often the queue tries, and how long it remembers. Zero fields take the defaults
// of [DefaultPolicy].
type Policy struct {
	// First is the wait after the first attempt; each wait is twice the one before.
	First time.Duration
	// Most bounds the wait.
	Most time.Duration
	// Jitter is the part of each wait that is left to chance, from 0 to 1, so that mails that failed
	// together do not come back together.
	Jitter float64
	// Unanswered is how often a recipient is tried again after attempts whose answer was lost and that nobody can look for: each may
	// have delivered. An attempt that was refused is none of them. Negative means never.
	Unanswered int
	// Expire is how long a recipient is tried.
	Expire time.Duration
	// ExpireReports is the same for mails with the null sender.
	ExpireReports time.Duration
	// Warn is when the sender of a mail that is late hears of it; negative means never.
	Warn time.Duration
	// KeepDelivered is how long the record of a finished mail is kept for trace when all went well.
	KeepDelivered time.Duration
	// KeepFailed is how long a finished mail is kept, with its body, when some recipient did not get it.
	KeepFailed time.Duration
}

// DefaultPolicy is what Postfix does, near enough: 5, 10, 20 … minutes up to 4 hours, for 5 days. RFC 5321 4.5.4.1
func DefaultPolicy() Policy {
	return Policy{
		First: 5 * time.Minute, Most: 4 * time.Hour, Jitter: 0.2, Unanswered: 1,
		Expire: 5 * 24 * time.Hour, ExpireReports: 2 * 24 * time.Hour, Warn: 4 * time.Hour,
		KeepDelivered: 7 * 24 * time.Hour, KeepFailed: 30 * 24 * time.Hour,
	}
}

// WithDefaults fills the zero fields.
func (p Policy) WithDefaults() Policy {
	d := DefaultPolicy()
	fill := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	fill(&p.First, d.First)
	fill(&p.Most, d.Most)
	fill(&p.Expire, d.Expire)
	fill(&p.ExpireReports, d.ExpireReports)
	fill(&p.Warn, d.Warn)
	fill(&p.KeepDelivered, d.KeepDelivered)
	fill(&p.KeepFailed, d.KeepFailed)
	if p.Unanswered == 0 {
		p.Unanswered = d.Unanswered
	}
	if p.Jitter == 0 {
		p.Jitter = d.Jitter
	}
	p.Jitter = min(max(p.Jitter, 0), 1)
	return p
}

// Wait is the time between an attempt (counted from 1) and the next: the schedule's, but at least least, and up
// to Jitter of that on top, as chance (from 0 to 1) has it.
func (p Policy) Wait(attempt int, least time.Duration, chance float64) time.Duration {
	wait := p.First
	for i := 1; i < attempt && wait < p.Most; i++ {
		wait *= 2
	}
	wait = max(min(wait, p.Most), least)
	return wait + time.Duration(float64(wait)*p.Jitter*chance)
}

// Chance is a number from 0 to 1 for Wait.
func Chance() float64 { return rand.Float64() }
