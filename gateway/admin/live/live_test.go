package live

import (
	"testing"
	"time"
)

func TestRecorder(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	r := New(func() time.Time { return now })
	r.Accepted()
	r.Claimed()
	r.Claimed()
	r.Delivered(ToSMTP, 300*time.Millisecond)
	if sum, _ := r.Recent(); sum.SMTPIn != 0 {
		t.Error("the point that is not over counts")
	}
	now = now.Add(Step)
	sum, span := r.Recent()
	if sum.SMTPIn != 1 || sum.OutboxIn != 2 || sum.Delivered[ToSMTP] != 1 || sum.Delivered[ToExchange] != 0 || span != time.Minute {
		t.Errorf("%+v in %v", sum, span)
	}
	first, points := r.History()
	if len(points) != Points-1 || points[len(points)-1].SMTPIn != 1 || !first.Equal(now.Add(-(Points-1)*Step)) {
		t.Errorf("%d points from %v", len(points), first)
	}
	now = now.Add(time.Minute + Step)
	if sum, _ := r.Recent(); sum.SMTPIn != 0 {
		t.Errorf("after a minute %+v", sum)
	}
	for _, gap := range []time.Duration{time.Hour, 100 * time.Hour} {
		r.Failed()
		now = now.Add(gap)
		_, points = r.History()
		for _, p := range points {
			if p.Failed != 0 && gap > time.Hour {
				t.Errorf("after %v there is %+v", gap, p)
			}
		}
	}
}

func TestQuantile(t *testing.T) {
	var d Durations
	if d.Quantile(.5) != 0 {
		t.Error("a quantile of nothing")
	}
	for i := range 1000 {
		d.add(time.Duration(i) * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{.5: 500 * time.Millisecond, .95: 950 * time.Millisecond, 1: time.Second} {
		if got := d.Quantile(q); got < want*9/10 || got > want*13/10 {
			t.Errorf("quantile %v is %v, want about %v", q, got, want)
		}
	}
	for i := range len(d) - 1 {
		if b := bucket(upper(i)); upper(i) < time.Hour*1e5 && b != i+1 {
			t.Errorf("bucket %d ends at %v, which is in %d", i, upper(i), b)
		}
	}
	d.add(-time.Second)
	d.add(1 << 62)
}
