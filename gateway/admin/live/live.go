// Package live keeps the figures of the last hour, for people who look at the page: how much comes in, how much is delivered,
// and how long that takes. It is small and forgets; what must last is in the metrics.
package live

import (
	"math"
	"math/bits"
	"sync"
	"time"
)

const (
	// Step is the width of a point.
	Step = 5 * time.Second
	// Points are how many are kept: an hour.
	Points = 720
	// recent is how many points the figures of now are taken from: a minute.
	recent = 12
)

// A Way is where mail is delivered.
type Way int

// Ways.
const (
	ToExchange Way = iota
	ToSMTP
	ways
)

// Figures are what is counted.
type Figures struct {
	// SMTPIn are mails taken in by SMTP, OutboxIn those taken from mailboxes.
	SMTPIn, OutboxIn int
	// Delivered are recipients, by way; Took holds how long that was after their mail came in.
	Delivered [ways]int
	Took      [ways]Durations
	// Retried and Failed are recipients.
	Retried, Failed int
}

func (f *Figures) add(o *Figures) {
	f.SMTPIn += o.SMTPIn
	f.OutboxIn += o.OutboxIn
	f.Retried += o.Retried
	f.Failed += o.Failed
	for w := range ways {
		f.Delivered[w] += o.Delivered[w]
		for i := range o.Took[w] {
			f.Took[w][i] += o.Took[w][i]
		}
	}
}

// Durations counts durations in buckets that grow by a quarter of a power of two, from a millisecond on: a quantile is exact to a fifth or so.
type Durations [128]uint32

func (d *Durations) add(t time.Duration) { d[bucket(t)]++ }

// bucket gives two bits below the highest one.
func bucket(t time.Duration) int {
	ms := uint64(max(t/time.Millisecond, 0))
	if ms < 4 {
		return int(ms)
	}
	high := bits.Len64(ms) - 1
	return min(high*4-4+int(ms>>(high-2)&3), len(Durations{})-1)
}

// upper is the least duration beyond a bucket.
func upper(i int) time.Duration {
	if i < 4 {
		return time.Duration(i+1) * time.Millisecond
	}
	high, quarter := (i+4)/4, uint64(i%4)
	if high > 40 {
		return math.MaxInt64
	}
	return time.Duration((4+quarter+1)<<(high-2)) * time.Millisecond
}

// Quantile gives the duration that the share q of all does not exceed, or 0 when there are none.
func (d *Durations) Quantile(q float64) time.Duration {
	var all, sum uint32
	for _, n := range d {
		all += n
	}
	if all == 0 {
		return 0
	}
	for i, n := range d {
		if sum += n; float64(sum) >= q*float64(all) {
			return upper(i)
		}
	}
	return upper(len(d) - 1)
}

// A Recorder counts. It is safe for concurrent use.
type Recorder struct {
	clock func() time.Time
	mu    sync.Mutex
	ring  [Points]Figures
	last  int64 // number of the newest point: Unix time by Step
}

// New makes a recorder; clock may be nil.
func New(clock func() time.Time) *Recorder {
	if clock == nil {
		clock = time.Now
	}
	r := &Recorder{clock: clock}
	r.last = r.number()
	return r
}

func (r *Recorder) number() int64 { return r.clock().Unix() / int64(Step/time.Second) }

// now gives the point that counts now.
func (r *Recorder) now() *Figures {
	n := r.number()
	if n-r.last > Points {
		r.last = n - Points
	}
	for r.last < n {
		r.last++
		r.ring[r.last%Points] = Figures{}
	}
	return &r.ring[r.last%Points]
}

func (r *Recorder) count(change func(*Figures)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r.now())
}

// Accepted counts a mail that came by SMTP.
func (r *Recorder) Accepted() { r.count(func(f *Figures) { f.SMTPIn++ }) }

// Claimed counts a mail that came from a mailbox.
func (r *Recorder) Claimed() { r.count(func(f *Figures) { f.OutboxIn++ }) }

// Delivered counts a recipient, so long after the mail came in.
func (r *Recorder) Delivered(w Way, took time.Duration) {
	r.count(func(f *Figures) { f.Delivered[w]++; f.Took[w].add(took) })
}

// Retried counts a recipient that will be tried again.
func (r *Recorder) Retried() { r.count(func(f *Figures) { f.Retried++ }) }

// Failed counts a recipient.
func (r *Recorder) Failed() { r.count(func(f *Figures) { f.Failed++ }) }

// History gives the points that are over, the oldest first, and when the first of them began.
func (r *Recorder) History() (first time.Time, points []Figures) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now()
	begin := r.last - Points + 1
	for n := begin; n < r.last; n++ {
		points = append(points, r.ring[n%Points])
	}
	return time.Unix(begin*int64(Step/time.Second), 0), points
}

// Recent gives the sum of the last minute, without the point that counts now.
func (r *Recorder) Recent() (sum Figures, span time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now()
	for n := r.last - recent; n < r.last; n++ {
		sum.add(&r.ring[n%Points])
	}
	return sum, recent * Step
}
