package queuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Machine runs random histories of all that the contract offers beside a model (imagined.go) and compares after each step.
// A history that fails is cut down to the shortest that still does. [Histories] says how many there are.
func Machine(t *testing.T, e Engine) {
	Histories(t)
	clock := NewClock()
	var q queue.Queue
	end := func() {
		if q == nil {
			return
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { end() })
	histories := 0
	rapid.Check(t, func(rt *rapid.T) {
		if histories%perQueue == 0 {
			end()
			q = e.New(t, testPolicy(), clock.Now)
		}
		t := rt
		histories++ // those of one queue have a courier and a source of their own each
		m := &machine{T: t, q: q, clock: clock, ctx: context.Background(), courier: fmt.Sprint("c", histories), locks: map[string]*imaginedLock{}}
		defer m.leave()
		t.Repeat(map[string]func(*rapid.T){
			"put": m.on(m.put), "lease": m.on(m.lease), "lease again": m.on(m.lease), "report": m.on(m.report), "report again": m.on(m.report),
			"give back": m.on(m.giveBack), "extend": m.on(m.extend), "hasten": m.on(m.hasten), "pay": m.on(m.pay), "settle": m.on(m.settle),
			"order": m.on(m.order), "operate": m.on(m.operate), "lock": m.on(m.lock), "relock": m.on(m.relock), "time": m.on(m.time), "sweep": m.on(m.sweep), "": m.on(m.compare),
		})
	})
}

// perQueue is how many histories share a queue: more than one, so that each has others' mails around it, and not all, or each would wait longer
// than the one before.
const perQueue = 50

// A machine is one history.
type machine struct {
	*rapid.T
	q       queue.Queue
	clock   *Clock
	ctx     context.Context
	courier string

	mails  []*imagined
	groups []queue.Group // all that were ever leased
	locks  map[string]*imaginedLock
	fences []queue.Fence

	standing queue.LeaseRequest // what the standing order asks for
	cancel   func()             // ends it; nil when none stands
	unasked  []queue.Batch      // what it has been given since the last step
}

type imaginedLock struct {
	token int64
	until time.Time
}

func (m *machine) on(step func()) func(*rapid.T) {
	return func(t *rapid.T) {
		m.T = t
		step()
		m.taken()
	}
}

func (m *machine) now() time.Time { return m.clock.Now() }

// wantErr compares an error with the one that the model gives; nil is none.
func (m *machine) wantErr(what string, got, want error) {
	m.Helper()
	if want == nil && got != nil || !errors.Is(got, want) {
		m.Fatalf("%s: error %v, want %v", what, got, want)
	}
}

func (m *machine) put() {
	e := m.draw()
	if len(m.fences) > 0 && rapid.IntRange(0, 3).Draw(m.T, "fenced") == 0 {
		e.Fence = rapid.SampledFrom(m.fences).Draw(m.T, "fence")
	}
	r, err := m.q.Put(m.ctx, e)
	if e.Fence != (queue.Fence{}) && !m.holds(e.Fence) {
		m.wantErr("put", err, queue.ErrLockLost)
		return
	}
	m.wantErr("put", err, nil)
	for _, i := range m.mails {
		if i.claim != "" && i.claim == e.Mail.Source.Claim {
			if !r.Repeated || r.ID != i.id {
				m.Fatalf("claim %s again: %+v, want %s repeated", i.claim, r, i.id)
			}
			return
		}
	}
	if r.Repeated {
		m.Fatalf("put: %+v is repeated", r)
	}
	m.mails = append(m.mails, imagine(r.ID, e, m.now()))
}

// draw makes an entry.
func (m *machine) draw() queue.Entry {
	var to []string
	for i := range rapid.IntRange(1, 3).Draw(m.T, "recipients") {
		to = append(to, fmt.Sprintf("%d@d%d.test", i, rapid.IntRange(0, 2).Draw(m.T, "destination")))
	}
	e := entry(to...)
	e.Mail.Source.Name = m.courier
	for i := range e.Legs {
		e.Legs[i].Courier = m.courier
		e.Mail.Envelope.Recipients[i].Notify = rapid.SampledFrom([]mail.Notify{
			0, 0, mail.NotifyNever, mail.NotifySuccess, mail.NotifyFailure | mail.NotifyDelay}).Draw(m.T, "notify")
	}
	if rapid.IntRange(0, 5).Draw(m.T, "null sender") == 0 {
		e.Mail.Envelope.From = ""
	}
	if n := rapid.IntRange(0, 5).Draw(m.T, "claim"); n < 3 {
		e.Mail.Source.Claim = fmt.Sprint(m.courier, "-", n)
	}
	e.Hold = rapid.IntRange(0, 7).Draw(m.T, "hold") == 0
	if rapid.IntRange(0, 5).Draw(m.T, "deferred") == 0 {
		e.NotBefore = m.now().Add(10 * time.Minute)
	}
	return e
}

func (m *machine) lease() {
	for _, i := range m.mails {
		i.lapse(m.now())
	}
	r := m.request()
	batch, err := m.q.Lease(m.ctx, r)
	m.wantErr("lease", err, nil)
	m.given(batch, r)
}

// request draws what is asked for.
func (m *machine) request() queue.LeaseRequest {
	r := queue.LeaseRequest{Courier: m.courier, Worker: "w", Duration: 3 * time.Minute,
		Max: rapid.IntRange(1, 5).Draw(m.T, "max"), PerDestination: rapid.IntRange(0, 2).Draw(m.T, "per destination")}
	if rapid.IntRange(0, 3).Draw(m.T, "skip") == 0 {
		r.Skip = []string{"d0.test"}
	}
	return r
}

// given makes the model do what the engine did, and looks for what it should have done.
func (m *machine) given(batch queue.Batch, r queue.LeaseRequest) {
	if len(batch.Groups) > r.Max {
		m.Fatalf("leased %d groups, at most %d were wanted", len(batch.Groups), r.Max)
	}
	for _, g := range batch.Groups {
		m.leased(g, r)
	}
	m.groups = append(m.groups, batch.Groups...)
	if len(batch.Groups) == r.Max {
		return
	}
	for _, i := range m.mails {
		for d := range i.due(m.now()) {
			if !m.full(d, r) {
				m.Fatalf("%s waits for %s, and %d groups of %d were leased", i.id, d, len(batch.Groups), r.Max)
			}
		}
	}
}

// order makes a standing order or ends the one that stands, where the engine knows such.
func (m *machine) order() {
	q, ok := m.q.(queue.Orderer)
	if !ok {
		return
	}
	if m.cancel != nil {
		m.cancel()
		m.cancel = nil
		return
	}
	m.standing = m.request()
	m.cancel = q.Order(m.courier, func() queue.LeaseRequest { return m.standing }, func(b queue.Batch) { m.unasked = append(m.unasked, b) })
}

// taken makes the model do what was done for the standing order within the last step.
func (m *machine) taken() {
	for _, b := range m.unasked {
		for _, i := range m.mails {
			i.lapse(m.now())
		}
		m.given(b, m.standing)
	}
	m.unasked = nil
}

// full tells whether a request may take no more of a destination.
func (m *machine) full(destination string, r queue.LeaseRequest) bool {
	n := 0
	for _, i := range m.mails {
		n += i.working(destination)
	}
	return slices.Contains(r.Skip, destination) || r.PerDestination > 0 && n >= r.PerDestination
}

// leased makes the model do what the engine did, if it was allowed.
func (m *machine) leased(g queue.Group, r queue.LeaseRequest) {
	i := m.find(g.Mail.ID)
	if i == nil {
		m.Fatalf("leased %s, which is not there", g.Mail.ID)
	}
	due := i.due(m.now())[g.Destination]
	if len(due) != len(g.Items) || m.full(g.Destination, r) {
		m.Fatalf("leased %d recipients of %s at %s, want %d (full: %v)", len(g.Items), i.id, g.Destination, len(due), m.full(g.Destination, r))
	}
	for n, item := range g.Items {
		to := due[n]
		if item.Index != to.index || item.Unknown != (to.state == queue.Unknown) || item.Attempt != to.attempts+1 || g.Lease.Token <= to.token {
			m.Fatalf("leased %+v under %d of %s, want %+v", item, g.Lease.Token, i.id, *to)
		}
		m.change(to, queue.Lease)
		to.token, to.until = g.Lease.Token, m.now().Add(r.Duration)
	}
}

// change makes a change in the model; the transition table must allow it.
func (m *machine) change(to *imaginedTo, c queue.Change) {
	m.Helper()
	next, err := to.state.After(c)
	if err != nil {
		m.Fatalf("the engine did what nobody may: %v", err)
	}
	to.state = next
}

func (m *machine) find(id mail.ID) *imagined {
	for _, i := range m.mails {
		if i.id == id {
			return i
		}
	}
	return nil
}

// anyGroup picks one that was leased, now or once.
func (m *machine) anyGroup() queue.Group {
	if len(m.groups) == 0 {
		m.Skip("nothing was leased")
	}
	return m.groups[len(m.groups)-1-rapid.IntRange(0, min(6, len(m.groups)-1)).Draw(m.T, "group")]
}

func (m *machine) report() {
	g := m.anyGroup()
	outcomes := make([]mail.Outcome, len(g.Items))
	for n := range outcomes {
		outcomes[n] = rapid.SampledFrom([]mail.Outcome{delivered, retry, failed, unknown, findable, {Absent: true}, {Verdict: mail.Delivered, Reports: true}}).Draw(m.T, "outcome")
	}
	states, err := m.q.Report(m.ctx, g, outcomes)
	i := m.find(g.Mail.ID)
	if i == nil {
		m.wantErr("report", err, queue.ErrNotFound)
		return
	}
	late := false
	for n, item := range g.Items {
		to := i.to[item.Index]
		if to.token == g.Lease.Token && (to.state == queue.Leased || to.state == queue.Unknown) {
			m.change(to, i.judge(to, outcomes[n], m.now()))
			i.owe(to, outcomes[n], m.now())
		} else {
			late = true
		}
	}
	i.finish(m.now())
	var want error
	if late {
		want = queue.ErrLeaseLost
	}
	m.wantErr("report", err, want)
	for n, item := range g.Items {
		if states[n] != i.to[item.Index].state {
			m.Fatalf("report: %s recipient %d is %v, want %v", i.id, item.Index, states[n], i.to[item.Index].state)
		}
	}
}

func (m *machine) giveBack() {
	g := m.anyGroup()
	notBefore := m.now().Add(time.Duration(rapid.IntRange(0, 1).Draw(m.T, "later")) * time.Minute)
	want := queue.ErrLeaseLost
	err := m.q.GiveBack(m.ctx, g.Lease, notBefore)
	for _, to := range m.held(g.Lease) {
		want = nil
		c := queue.GiveBack
		if to.doubt {
			c = queue.GiveDoubt
		}
		m.change(to, c)
		to.next = notBefore
	}
	m.wantErr("give back", err, want)
}

// held gives the recipients that are leased under that lease.
func (m *machine) held(l queue.LeaseID) (held []*imaginedTo) {
	if i := m.find(l.Mail); i != nil {
		for _, to := range i.to {
			if to.token == l.Token && to.state == queue.Leased {
				held = append(held, to)
			}
		}
	}
	return held
}

func (m *machine) extend() {
	g := m.anyGroup()
	lost, err := m.q.Extend(m.ctx, []queue.LeaseID{g.Lease}, 5*time.Minute)
	held := m.held(g.Lease)
	for _, to := range held {
		to.until = m.now().Add(5 * time.Minute)
	}
	if len(held) > 0 {
		m.wantErr("extend", err, nil)
	} else if m.wantErr("extend", err, queue.ErrLeaseLost); !slices.Equal(lost, []queue.LeaseID{g.Lease}) {
		m.Fatalf("extend: lost %v, want %v", lost, g.Lease)
	}
}

func (m *machine) hasten() {
	d := rapid.SampledFrom([]string{"", "d0.test", "d1.test"}).Draw(m.T, "destination")
	want := 0
	for _, i := range m.mails {
		for _, to := range i.to {
			if to.waits() && to.next.After(m.now()) && (d == "" || d == to.destination) {
				to.next = m.now()
				want++
			}
		}
	}
	if n, err := m.q.Hasten(m.ctx, m.courier, d); err != nil || n != want {
		m.Fatalf("hasten: %d, %v; want %d", n, err, want)
	}
}
