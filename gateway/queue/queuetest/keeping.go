package queuetest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// debts compares what is owed with the model and gives it.
func (m *machine) debts() (mine []queue.Debt) {
	m.Helper()
	owed, err := m.q.Owed(m.ctx, 1000)
	m.wantErr("owed", err, nil)
	got := map[string]bool{}
	for _, d := range owed {
		if m.find(d.Mail.ID) == nil {
			continue
		}
		mine = append(mine, d)
		for _, s := range d.Recipients {
			got[fmt.Sprint(d.Mail.ID, s.Index, d.Kind)] = true
		}
	}
	want := 0
	for _, i := range m.mails {
		for _, to := range i.to {
			for _, k := range []queue.Kind{queue.Failure, queue.Delay, queue.Success} {
				if to.owes&k == 0 {
					continue
				}
				if want++; !got[fmt.Sprint(i.id, to.index, k)] {
					m.Fatalf("%s recipient %d owes a %v report, and is not listed", i.id, to.index, k)
				}
			}
		}
	}
	if len(got) != want {
		m.Fatalf("%d reports are listed, %d are owed", len(got), want)
	}
	return mine
}

func (m *machine) pay() {
	owed := m.debts()
	if len(owed) == 0 {
		m.Skip("nothing is owed")
	}
	m.payOne(rapid.SampledFrom(owed).Draw(m.T, "debt"), rapid.Bool().Draw(m.T, "with a report"))
}

func (m *machine) payOne(d queue.Debt, send bool) {
	var report *queue.Entry
	if send {
		e := m.draw()
		e.Mail.Envelope.From, e.Mail.Source.Claim, e.Mail.ID = "", "", mail.NewID(m.now())
		report = &e
	}
	m.wantErr("pay", m.q.Pay(m.ctx, d, report), nil)
	i := m.find(d.Mail.ID)
	for _, s := range d.Recipients {
		to := i.to[s.Index]
		if to.owes &^= d.Kind; d.Kind == queue.Failure && send {
			m.change(to, queue.Bounce)
		}
	}
	i.finish(m.now())
	if send {
		m.mails = append(m.mails, imagine(report.Mail.ID, *report, m.now()))
	}
	m.wantErr("pay again", m.q.Pay(m.ctx, d, nil), queue.ErrState)
}

func (m *machine) settle() {
	got, err := m.q.Settleable(m.ctx, m.courier, 1000)
	m.wantErr("settleable", err, nil)
	var want, have []mail.ID
	for _, i := range m.mails {
		if i.settleable() {
			want = append(want, i.id)
		}
	}
	for _, r := range got {
		have = append(have, r.Mail.ID)
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(have, want) {
		m.Fatalf("settleable are %v, want %v", have, want)
	}
	if len(m.mails) == 0 {
		m.Skip("nothing to settle")
	}
	i := rapid.SampledFrom(m.mails).Draw(m.T, "mail")
	if i.claim == "" {
		return
	}
	err = m.q.Settle(m.ctx, i.id)
	switch {
	case i.settled:
		m.wantErr("settle again", err, nil)
	case i.settleable():
		m.wantErr("settle", err, nil)
		for _, to := range i.to {
			m.change(to, queue.Settle)
		}
		i.settled = true
		i.finish(m.now())
	default:
		m.wantErr("settle too early", err, queue.ErrState)
	}
}

func (m *machine) operate() {
	if len(m.mails) == 0 {
		m.Skip("nothing to operate on")
	}
	i := rapid.SampledFrom(m.mails).Draw(m.T, "mail")
	c := rapid.SampledFrom([]queue.Change{queue.Hold, queue.Free, queue.Drop, queue.Revive}).Draw(m.T, "change")
	n, err := m.q.Operate(m.ctx, i.id, c, "test")
	want := 0
	for _, to := range i.to {
		was := to.state
		if next, err := to.state.After(inDoubt(c, to.doubt)); err == nil {
			want++
			to.state, to.next = next, m.now()
			switch c {
			case queue.Drop:
				to.owes, i.flawed = 0, true
			case queue.Revive:
				if was.Final() { // what waits becomes due, and that is all
					to.owes, to.attempts = 0, 0
				}
			}
			if was.Final() {
				i.expires = m.now().Add(testPolicy().Expire)
			}
		}
	}
	if want > 0 {
		m.wantErr("operate", err, nil)
		i.finish(m.now())
	} else {
		m.wantErr("operate", err, queue.ErrState)
	}
	if n != want {
		m.Fatalf("%v: %d, want %d", c, n, want)
	}
}

// inDoubt is the form that a change takes for what may have been delivered.
func inDoubt(c queue.Change, doubt bool) queue.Change {
	switch {
	case doubt && c == queue.Free:
		return queue.FreeDoubt
	case doubt && c == queue.Revive:
		return queue.ReviveDoubt
	}
	return c
}

// holds tells whether a lock is held under that fence.
func (m *machine) holds(f queue.Fence) bool {
	l := m.locks[f.Name]
	return l != nil && l.token == f.Token && l.until.After(m.now())
}

func (m *machine) lock() {
	name := fmt.Sprint(m.courier, rapid.IntRange(0, 1).Draw(m.T, "lock"))
	f, err := m.q.Lock(m.ctx, name, "w", 5*time.Minute)
	old := m.locks[name]
	if old != nil && old.until.After(m.now()) {
		m.wantErr("lock", err, queue.ErrLocked)
		return
	}
	m.wantErr("lock", err, nil)
	if old != nil && f.Token <= old.token {
		m.Fatalf("lock: token %d after %d", f.Token, old.token)
	}
	m.locks[name] = &imaginedLock{f.Token, m.now().Add(5 * time.Minute)}
	m.fences = append(m.fences, f)
}

func (m *machine) relock() {
	if len(m.fences) == 0 {
		m.Skip("nothing was locked")
	}
	f := rapid.SampledFrom(m.fences).Draw(m.T, "fence")
	held := m.holds(f)
	if rapid.Bool().Draw(m.T, "unlock") {
		m.wantErr("unlock", m.q.Unlock(m.ctx, f), nil)
		if held {
			m.locks[f.Name].until = time.Time{}
		}
		return
	}
	err := m.q.Relock(m.ctx, f, 5*time.Minute)
	if !held {
		m.wantErr("relock", err, queue.ErrLockLost)
		return
	}
	m.wantErr("relock", err, nil)
	m.locks[f.Name].until = m.now().Add(5 * time.Minute)
}

func (m *machine) time() {
	m.clock.Advance(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 3 * time.Minute, 20 * time.Minute, time.Hour}).Draw(m.T, "time"))
}

func (m *machine) sweep() {
	m.wantErr("sweep", m.q.Sweep(m.ctx), nil)
	for _, i := range m.mails {
		i.lapse(m.now())
	}
	m.mails = slices.DeleteFunc(m.mails, func(i *imagined) bool { return !i.keep.IsZero() && !i.keep.After(m.now()) })
}

// compare looks at everything.
func (m *machine) compare() {
	depths := map[queue.State]int64{}
	for _, i := range m.mails {
		rec, err := m.q.Show(m.ctx, i.id)
		m.wantErr("show", err, nil)
		if rec.Finished.IsZero() == i.finished() {
			m.Fatalf("%s finished at %v, want %v", i.id, rec.Finished, i.finished())
		}
		if body, err := bodyOf(m.ctx, m.q, i.id); !i.finished() && (err != nil || body != text) {
			m.Fatalf("the body of %s is %q, %v", i.id, body, err)
		}
		for n, to := range i.to {
			s := rec.Recipients[n]
			if s.State != to.state || s.Attempts != to.attempts || s.Doubt != to.doubt || to.waits() && !s.Next.Equal(to.next) {
				m.Fatalf("%s recipient %d is %+v, want %+v", i.id, n, s, *to)
			}
			depths[to.state]++
		}
	}
	stats, err := m.q.Stats(m.ctx)
	m.wantErr("stats", err, nil)
	for _, d := range stats.Depths {
		if d.Courier == m.courier && d.Count != depths[d.State] {
			m.Fatalf("%d recipients are %v, want %d", d.Count, d.State, depths[d.State])
		}
		if d.Courier == m.courier {
			delete(depths, d.State)
		}
	}
	if len(depths) > 0 {
		m.Fatalf("missing in the stats: %v", depths)
	}
}

// leave pays what is owed, so that the next history is not in its way.
func (m *machine) leave() {
	if m.cancel != nil {
		m.cancel()
	}
	for _, d := range m.debts() {
		m.wantErr("pay at the end", m.q.Pay(m.ctx, d, nil), nil)
	}
}
