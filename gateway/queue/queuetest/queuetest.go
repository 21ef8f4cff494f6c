// Package queuetest is the conformance suite that every engine of the queue passes.
package queuetest

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// An Engine makes queues to test.
type Engine struct {
	// New gives an empty queue. The test closes it.
	New func(t testing.TB, policy queue.Policy, clock func() time.Time) queue.Queue
	// Thresholds are the sizes of body at which the engine changes its way of storing.
	Thresholds []int
}

// Run runs the suite.
func Run(t *testing.T, e Engine) {
	for name, test := range map[string]func(*testing.T, *bench){
		"put and lease":      testPutAndLease,
		"bodies":             testBodies,
		"broken body":        testBrokenBody,
		"bad entries":        testBadEntries,
		"claims":             testClaims,
		"not before, hold":   testNotBeforeAndHold,
		"groups":             testGroups,
		"order":              testOrder,
		"bound, skip":        testBoundAndSkip,
		"bound of one mail":  testBoundOfOneMail,
		"crowd":              testCrowd,
		"exclusive":          testExclusive,
		"verdicts":           testVerdicts,
		"schedule":           testSchedule,
		"expiry":             testExpiry,
		"lapse":              testLapse,
		"together again":     testTogetherAgain,
		"unanswered":         testUnanswered,
		"late report":        testLateReport,
		"give back":          testGiveBack,
		"extend":             testExtend,
		"hasten":             testHasten,
		"debts":              testDebts,
		"delay report":       testDelayReport,
		"pay":                testPay,
		"settle":             testSettle,
		"locks":              testLocks,
		"fence":              testFence,
		"operate":            testOperate,
		"operate on many":    testOperateAll,
		"retry now":          testRetryNow,
		"restore":            testRestore,
		"restore again":      testRestoreAgain,
		"guard":              testGuard,
		"occupied":           testOccupied,
		"turns":              testTurns,
		"another policy":     testPolicyChanges,
		"orders":             testOrders,
		"list":               testList,
		"pages":              testPages,
		"events":             testEvents,
		"stats":              testStats,
		"survey":             testSurvey,
		"purge":              testPurge,
		"wake-ups":           testWakeUps,
		"closed":             testClosed,
		"many at once":       testManyAtOnce,
		"against the model":  testModel,
		"outcomes are whole": testOutcomesAreWhole,
		"nothing forgotten":  testNothingForgotten,
		"odd bytes":          testOddBytes,
	} {
		t.Run(name, func(t *testing.T) { test(t, newBench(t, e)) })
	}
}

// A Clock is a clock that tests set.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at a time that looks like today.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

// Now tells the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the time.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A bench is a queue with a clock to test it on.
type bench struct {
	*testing.T
	engine Engine
	queue.Queue
	clock  *Clock
	policy queue.Policy
	ctx    context.Context
}

// policy of the tests: no chance in it.
func testPolicy() queue.Policy {
	return queue.Policy{
		First: time.Minute, Most: 10 * time.Minute, Jitter: -1, Unanswered: 2, Expire: time.Hour, ExpireReports: 30 * time.Minute,
		Warn: 20 * time.Minute, KeepDelivered: time.Hour, KeepFailed: 2 * time.Hour,
	}
}

func newBench(t *testing.T, e Engine) *bench { return newBenchWith(t, e, testPolicy()) }

func newBenchWith(t *testing.T, e Engine, p queue.Policy) *bench {
	b := &bench{T: t, engine: e, clock: NewClock(), policy: p, ctx: t.Context()}
	b.Queue = e.New(t, b.policy, b.clock.Now)
	t.Cleanup(func() {
		if err := b.Queue.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

// text is the body of most mails.
const text = "Subject: test\r\n\r\nhello\r\n"

// entry makes a plain mail from a@here.test to the addresses; the domain is the destination, the courier is "out".
func entry(to ...string) queue.Entry {
	e := queue.Entry{
		Mail: mail.Mail{
			Envelope:  mail.Envelope{From: "a@here.test"},
			Source:    mail.Source{Kind: "smtp", Name: "test"},
			MessageID: "<1@here.test>",
		},
		Body: strings.NewReader(text),
	}
	for _, a := range to {
		_, domain, _ := strings.Cut(a, "@")
		e.Mail.Envelope.Recipients = append(e.Mail.Envelope.Recipients, mail.Recipient{Address: a})
		e.Legs = append(e.Legs, queue.Leg{Courier: "out", Route: "default", Destination: domain})
	}
	return e
}

func (b *bench) put(e queue.Entry) mail.ID {
	b.Helper()
	r, err := b.Put(b.ctx, e)
	if err != nil {
		b.Fatalf("put: %v", err)
	}
	if r.Repeated {
		b.Fatalf("put: repeated")
	}
	return r.ID
}

func (b *bench) lease(n int) []queue.Group {
	b.Helper()
	return b.leaseWith(queue.LeaseRequest{Max: n})
}

// leaseWith leases for courier "out", worker "w" and a minute unless r says otherwise.
func (b *bench) leaseWith(r queue.LeaseRequest) []queue.Group {
	b.Helper()
	if r.Courier == "" {
		r.Courier = "out"
	}
	if r.Worker == "" {
		r.Worker = "w"
	}
	if r.Duration == 0 {
		r.Duration = time.Minute
	}
	batch, err := b.Lease(b.ctx, r)
	if err != nil {
		b.Fatalf("lease: %v", err)
	}
	return batch.Groups
}

// leaseOne leases the one group that is due.
func (b *bench) leaseOne() queue.Group {
	b.Helper()
	groups := b.lease(10)
	if len(groups) != 1 {
		b.Fatalf("leased %d groups, want 1: %v", len(groups), addressesOf(groups))
	}
	return groups[0]
}

// report gives the same outcome for all recipients of a group.
func (b *bench) report(g queue.Group, o mail.Outcome) []queue.State {
	b.Helper()
	outcomes := make([]mail.Outcome, len(g.Items))
	for i := range outcomes {
		outcomes[i] = o
	}
	states, err := b.Report(b.ctx, g, outcomes)
	if err != nil {
		b.Fatalf("report: %v", err)
	}
	return states
}

func (b *bench) show(id mail.ID) queue.Record {
	b.Helper()
	r, err := b.Show(b.ctx, id)
	if err != nil {
		b.Fatalf("show: %v", err)
	}
	return r
}

func (b *bench) states(id mail.ID) string {
	b.Helper()
	var s []string
	for _, r := range b.show(id).Recipients {
		s = append(s, r.State.String())
	}
	return strings.Join(s, " ")
}

func (b *bench) wantStates(id mail.ID, want string) {
	b.Helper()
	if got := b.states(id); got != want {
		b.Errorf("states of %s: %s, want %s", id, got, want)
	}
}

func (b *bench) wantNone(why string) {
	b.Helper()
	if groups := b.lease(100); len(groups) > 0 {
		b.Errorf("%s: leased %v", why, addressesOf(groups))
	}
}

func (b *bench) body(id mail.ID) (string, error) { return bodyOf(b.ctx, b, id) }

func bodyOf(ctx context.Context, q queue.Inspector, id mail.ID) (string, error) {
	r, err := q.Open(ctx, id)
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	return string(data), err
}

func addressesOf(groups []queue.Group) (all []string) {
	for _, g := range groups {
		for _, i := range g.Items {
			all = append(all, i.Address)
		}
	}
	return all
}

func numbered(n int, format string) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}

// the outcomes of the tests.
var (
	delivered = mail.Outcome{Verdict: mail.Delivered, Code: 250, Text: "ok"}
	retry     = mail.Outcome{Verdict: mail.Retry, Code: 451, Text: "later"}
	failed    = mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "1.1", Text: "no such user"}
	unknown   = mail.Outcome{Verdict: mail.Unknown, Text: "connection lost"}
	findable  = mail.Outcome{Verdict: mail.Unknown, Text: "request lost", Findable: true}
)
