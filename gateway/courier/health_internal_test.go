package courier

import (
	"context"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// The outcome that one mail met stands for all others that are put off, but not what was found out about
// that mail alone: a mail in doubt would be sent again without a look.
func TestRefusalSaysNothingAboutTheMail(t *testing.T) {
	h := newHealth(Options{Name: "out", Clock: time.Now}.withDefaults())
	h.failed("there", mail.Outcome{Verdict: mail.Retry, Code: 451, Detail: "4.1", Reach: mail.NoAnswer, Text: "no answer", Absent: true})
	o, down := h.refuse("there")
	if !down || o.Verdict != mail.Retry || o.Absent {
		t.Errorf("refused %v with %+v, want a retry that leaves doubt as it is", down, o)
	}
}

// A destination is judged by what tells something about it: one bad recipient does not close it, one paused mailbox neither closes nor
// opens it, and a mail in doubt counts as any other.
func TestJudgeReach(t *testing.T) {
	no := mail.Outcome{Code: 451, Detail: "4.1", Reach: mail.NoAnswer, Text: "no answer"}
	nothing := mail.Outcome{Code: 451, Detail: "3.2", Reach: mail.NothingSaid, RetryAfter: time.Minute}
	lost := mail.Outcome{Verdict: mail.Unknown, Reach: mail.NothingSaid}
	bad := mail.Outcome{Code: 451, Detail: "4.3", Text: "no DNS for that domain"}
	for name, c := range map[string]struct {
		outcomes   []mail.Outcome
		down       bool // before
		want       bool
		wantHasten int
	}{
		"one bad recipient":                    {[]mail.Outcome{bad}, false, false, 0},
		"one bad recipient of a down one":      {[]mail.Outcome{bad}, true, false, 1},
		"no answer":                            {[]mail.Outcome{no, no}, false, true, 0},
		"no answer to some, nothing to others": {[]mail.Outcome{nothing, no}, false, true, 0},
		"an answer to some":                    {[]mail.Outcome{no, bad}, true, false, 1},
		"nothing":                              {[]mail.Outcome{nothing, lost}, false, false, 0},
		"nothing of a down one":                {[]mail.Outcome{nothing, lost}, true, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			q := &hastened{}
			now := time.Now()
			courier, err := New(Options{Name: "out", Queue: q, Deliver: Refuse, Clock: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			if c.down {
				courier.health.failed("there", no)
				now = now.Add(time.Hour)
				if _, refused := courier.health.refuse("there"); refused {
					t.Fatal("nobody is let through")
				}
			}
			courier.judge(t.Context(), queue.Group{Destination: "there", Items: make([]queue.Item, len(c.outcomes))}, c.outcomes)
			if down := courier.health.isDown("there"); down != c.want || q.times != c.wantHasten {
				t.Errorf("down %v, hastened %d times; want %v, %d", down, q.times, c.want, c.wantHasten)
			}
			if _, refused := courier.health.refuse("there"); c.down && c.want && refused {
				t.Error("nobody is let through after a try that told nothing")
			}
		})
	}
}

// A hastened queue counts how often something is to go at once.
type hastened struct {
	Queue
	times int
}

func (q *hastened) Hasten(context.Context, string, string) (int, error) {
	q.times++
	return 0, nil
}

// A try that is given back, because the destination has no room, is none: the next mail is the one to see.
func TestTrialGivenBack(t *testing.T) {
	now := time.Now()
	courier, err := New(Options{Name: "out", Queue: &returning{}, Deliver: Refuse, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	courier.health.failed("there", mail.Outcome{Reach: mail.NoAnswer})
	now = now.Add(time.Minute)
	if _, refused := courier.health.refuse("there"); refused {
		t.Fatal("nobody is let through")
	}
	courier.giveBack(t.Context(), queue.Group{Destination: "there"}, mail.Outcome{Untried: true, RetryAfter: 5 * time.Second})
	now = now.Add(5 * time.Second)
	if o, refused := courier.health.refuse("there"); refused {
		t.Errorf("put off for %v although nobody was asked", o.RetryAfter)
	}
	courier.giveBack(t.Context(), queue.Group{Destination: "org"}, mail.Outcome{Untried: true, RetryAfter: time.Minute, Reach: mail.NothingSaid})
	if skip, _ := courier.health.skip(); len(skip) > 0 {
		t.Errorf("%v are left alone for one mailbox", skip)
	}
}

// A returning queue takes leases back.
type returning struct{ Queue }

func (*returning) GiveBack(context.Context, queue.LeaseID, time.Time) error { return nil }

// A destination that is down is forgotten when no mail has been for it for hours, but where it can be asked.
func TestQuietDestinationIsForgotten(t *testing.T) {
	for _, probing := range []bool{false, true} {
		now := time.Now()
		told := &toldOf{}
		o := Options{Name: "out", Queue: &idle{}, Deliver: Refuse, Clock: func() time.Time { return now }, Observer: told}
		if probing {
			o.Probe = func(context.Context, string) error { return nil }
		}
		courier, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		look := func() int {
			courier.leaseOnce(t.Context(), func(time.Time, []queue.Group) {})
			return len(courier.Down())
		}
		no := []mail.Outcome{{Reach: mail.NoAnswer}}
		courier.judge(t.Context(), queue.Group{Destination: "dead.test"}, no)
		now = now.Add(5 * time.Hour)
		if n := look(); n != 1 {
			t.Fatalf("%d are down, want one that a mail may still be waiting for", n)
		}
		if _, refused := courier.health.refuse("dead.test"); refused {
			t.Fatal("nobody is let through")
		}
		courier.judge(t.Context(), queue.Group{Destination: "dead.test"}, no)
		now = now.Add(5 * time.Hour)
		if n := look(); n != 1 {
			t.Fatalf("%d are down, want one that was tried five hours ago", n)
		}
		now = now.Add(2 * time.Hour)
		if n := look(); (n == 1) != probing || told.down != probing {
			t.Errorf("probing %v: %d are down, the observer knows of one: %v", probing, n, told.down)
		}
	}
}

// An idle queue has nothing to do.
type idle struct{ Queue }

func (*idle) Lease(context.Context, queue.LeaseRequest) (queue.Batch, error) {
	return queue.Batch{}, nil
}

// A toldOf observer keeps what it is told of the one destination.
type toldOf struct {
	nobody
	down bool
}

func (o *toldOf) Destination(_, _ string, down bool) { o.down = down }
