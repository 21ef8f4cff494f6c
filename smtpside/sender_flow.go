package smtpside

import (
	"cmp"
	"slices"
	"time"
)

// A Shape bounds what one destination gets; zero fields take what the SenderOptions say for all.
type Shape struct {
	Connections  int // at once
	MailsPerConn int
	Rate         int // mails a minute; 0 is no bound
}

func (s Shape) or(general Shape) Shape {
	return Shape{
		Connections:  cmp.Or(s.Connections, general.Connections),
		MailsPerConn: cmp.Or(s.MailsPerConn, general.MailsPerConn),
		Rate:         cmp.Or(s.Rate, general.Rate),
	}
}

// strictest is the least that two shapes allow.
func (s Shape) strictest(t Shape) Shape {
	least := func(a, b int) int {
		if a == 0 || b == 0 {
			return max(a, b)
		}
		return min(a, b)
	}
	return Shape{
		Connections: least(s.Connections, t.Connections), MailsPerConn: least(s.MailsPerConn, t.MailsPerConn), Rate: least(s.Rate, t.Rate),
	}
}

const (
	// settling is for how long further complaints of a destination count as the same: those of connections that were open then.
	settling = 5 * time.Second
	// learnedFor is for how long it is known that a destination has complained.
	learnedFor = 10 * time.Minute
	// leftAlone is for how long mail goes to the fallback at once after no host could be reached.
	leftAlone = time.Minute
	// maxLearned bounds for how many idle destinations that is known.
	maxLearned = 10000
)

// A flow is how many connections a destination gets. A host that says 421, or does not take us for now, gets half as many; with
// each mail that it takes the number grows again, by one for each round (as TCP does with its window). Whoever must wait is served
// in the order of coming. It is guarded by the pool's lock.
type flow struct {
	most    int     // what the shape allows
	limit   float64 // what the host has taken lately; 0 until it complains
	used    int
	waiting []chan struct{} // closed to let in

	complained time.Time // when it did last
	unreached  time.Time // when no host could be reached, although there is a fallback
	next       time.Time // when the next mail may go

	shapes map[Shape]time.Time // what was said for one of the domains that share the destination, and when last
}

// said notes what is said for a domain, and gives what counts for all that share the destination: the least that is said for any.
func (f *flow) said(s Shape, now time.Time) Shape {
	if s != (Shape{}) {
		if f.shapes == nil {
			f.shapes = make(map[Shape]time.Time)
		}
		f.shapes[s] = now
	}
	var all Shape
	for one, at := range f.shapes {
		if now.Sub(at) >= learnedFor { // nobody sends to that domain any more, or the configuration has changed
			delete(f.shapes, one)
			continue
		}
		all = all.strictest(one)
	}
	return all
}

// allowed is how many connections there may be now.
func (f *flow) allowed() int {
	if f.limit == 0 {
		return f.most
	}
	return max(1, min(int(f.limit), f.most))
}

// ask gives a channel that is closed when a connection may be used.
func (f *flow) ask(most int) <-chan struct{} {
	f.most = most
	turn := make(chan struct{})
	f.waiting = append(f.waiting, turn)
	f.admit()
	return turn
}

// admit lets in whom there is room for.
func (f *flow) admit() {
	for len(f.waiting) > 0 && f.used < f.allowed() {
		f.used++
		close(f.waiting[0])
		f.waiting = f.waiting[1:]
	}
}

// withdraw is for those who wait no more; a turn that came at this very moment goes to the next.
func (f *flow) withdraw(turn <-chan struct{}) {
	for i, w := range f.waiting {
		if w == turn {
			f.waiting = slices.Delete(f.waiting, i, i+1)
			return
		}
	}
	f.done()
}

func (f *flow) done() {
	f.used--
	f.admit()
}

// slot takes the next time at which a mail may go, and says how long it is until then.
func (f *flow) slot(rate int, now time.Time) time.Duration {
	if rate <= 0 {
		return 0
	}
	if f.next.Before(now) {
		f.next = now
	}
	wait := f.next.Sub(now)
	f.next = f.next.Add(time.Minute / time.Duration(rate))
	return wait
}

// slower halves what the destination gets.
func (f *flow) slower(now time.Time) {
	if now.Sub(f.complained) < settling {
		return
	}
	f.complained = now
	f.limit = max(1, float64(min(f.used, f.allowed()))/2)
}

// faster lets it have a little more.
func (f *flow) faster() {
	if f.limit == 0 {
		return
	}
	if f.limit += 1 / f.limit; f.limit >= float64(f.most) {
		f.limit = 0
	}
	f.admit()
}

// worth is for how long the flow must be remembered although nobody is there.
func (f *flow) worth(now time.Time) time.Duration {
	keep := max(f.next.Sub(now), f.unreached.Add(leftAlone).Sub(now))
	if f.limit > 0 {
		keep = max(keep, f.complained.Add(learnedFor).Sub(now))
	}
	return keep
}
