package watch_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/watch"
)

// A bench is a set of mailboxes that one account watches on a test Exchange.
type bench struct {
	*testing.T
	server *mapitest.Server
	set    *watch.Set
	boxes  []*box
	stop   func()
}

// A box is a mailbox and what its handler sees.
type box struct {
	*mapitest.Mailbox
	entry  *watch.Entry
	opened atomic.Int64

	mu     sync.Mutex
	seen   map[string]time.Time
	looks  int
	begun  int
	failed []error
	again  func() time.Time
	moved  chan struct{} // gets one for each message that is new
}

func newBench(t *testing.T, mailboxes int, o watch.Options) *bench {
	t.Helper()
	s := mapitest.NewServer(t)
	if _, err := s.AddUser(mapitest.User{Name: "watcher", Address: "watcher@example.test", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	signIn := auth.NewBasic(auth.Credentials{User: "watcher", Password: auth.NewSecret("secret")})
	conns := mapihttp.NewConnections(signIn, mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}})
	t.Cleanup(conns.Close)
	b := &bench{T: t, server: s, set: watch.New(o)}
	for i := range mailboxes {
		m, err := s.AddUser(mapitest.User{Address: fmt.Sprintf("box%d@example.test", i), Password: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Grant("watcher", mapitest.FullAccess); err != nil {
			t.Fatal(err)
		}
		x := &box{Mailbox: m, seen: map[string]time.Time{}, moved: make(chan struct{}, 1000), again: func() time.Time { return time.Time{} }}
		c, err := mapiclient.New(mapiclient.Options{
			Endpoint: mapiclient.Endpoint{URL: m.URL(), UserDN: m.LegacyDN()}, Auth: signIn, Connections: conns,
			Observe: func(e mapihttp.Exchange) {
				if e.Type == "Connect" {
					x.opened.Add(1)
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		x.entry = b.set.Add(c, x)
		b.boxes = append(b.boxes, x)
	}
	return b
}

func (b *bench) run() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.set.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(b.stop)
}

// Begin implements watch.Handler.
func (x *box) Begin(_ context.Context, m *mapiclient.Mailbox) (watch.Work, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.begun++
	return &work{box: x, session: m}, nil
}

// Failed implements watch.Handler.
func (x *box) Failed(err error, _ time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failed = append(x.failed, err)
}

type work struct {
	box     *box
	session *mapiclient.Mailbox
}

func (w *work) Folder() mapi.FolderID { return w.session.SpecialFolder(rop.FolderInbox) }

func (w *work) Look(ctx context.Context) (time.Time, error) {
	rows, err := w.session.Messages(ctx, w.Folder(), mapiclient.Query{Columns: []mapi.PropTag{mapi.PidTagSubject.Tag()}})
	if err != nil {
		return time.Time{}, err
	}
	w.box.mu.Lock()
	defer w.box.mu.Unlock()
	w.box.looks++
	for _, r := range rows {
		subject := mapi.PidTagSubject.Get(r.Props)
		if _, known := w.box.seen[subject]; !known {
			w.box.seen[subject] = time.Now()
			w.box.moved <- struct{}{}
		}
	}
	return w.box.again(), nil
}

func (w *work) End(context.Context) {}

func (x *box) deliver(t *testing.T, subject string) {
	t.Helper()
	if _, err := x.Deliver(&mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of(subject)}}); err != nil {
		t.Error(err)
	}
}

// patience is how long tests wait for what is to come at once, on however busy a machine.
const patience = 30 * time.Second

// saw waits until the handler has seen something new.
func (x *box) saw(t *testing.T) {
	t.Helper()
	select {
	case <-x.moved:
	case <-time.After(patience):
		t.Fatalf("%s: nothing seen within %v", x.Address(), patience)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func (x *box) hasBegun() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.begun > 0
}

// The first mailboxes are told of changes, the others are polled; what comes is
// seen in all of them, and there are never more sessions than the budget has.
func TestEveryMailboxIsWatched(t *testing.T) {
	b := newBench(t, 12, watch.Options{LongPolls: 3, Pollers: 2, Often: 50 * time.Millisecond, Seldom: 300 * time.Millisecond})
	b.boxes[7].deliver(t, "lies there already")
	most := 0
	b.run()
	b.boxes[7].saw(t)
	eventually(t, "every mailbox is looked at", func() bool {
		most = max(most, b.server.Sessions())
		for _, x := range b.boxes {
			if !x.hasBegun() {
				return false
			}
		}
		return true
	})
	for round := range 3 {
		for _, x := range b.boxes {
			x.deliver(t, fmt.Sprint("mail ", round))
		}
		for _, x := range b.boxes {
			x.saw(t)
			most = max(most, b.server.Sessions())
		}
	}
	for _, x := range b.boxes {
		for _, err := range x.failed {
			t.Errorf("%s: %v", x.Address(), err)
		}
	}
	if stats := b.set.Stats(); stats.LongPolls != 3 || stats.Mailboxes != 12 || stats.Failures != 0 {
		t.Errorf("%+v", stats)
	}
	if most > 5 {
		t.Errorf("%d sessions at once, the budget has 5", most)
	}
	b.stop()
	if n := b.server.Sessions(); n != 0 {
		t.Errorf("%d sessions are left behind", n)
	}
}

// A polled mailbox in which nothing happens costs three requests a poll: Connect, Execute and Disconnect.
func TestPollIsCheap(t *testing.T) {
	b := newBench(t, 1, watch.Options{LongPolls: -1, Pollers: 1, Often: 20 * time.Millisecond, Seldom: 30 * time.Millisecond})
	b.run()
	eventually(t, "the first look", b.boxes[0].hasBegun)
	eventually(t, "some polls", func() bool { return b.set.Stats().Polls > 10 })
	b.stop()
	polls := int(b.set.Stats().Polls)
	for request, extra := range map[string]int{"Connect": 0, "Execute": 2, "Disconnect": 0} {
		if n := b.server.Count(mapitest.Request(request)); n > polls+extra || n < polls-1 {
			t.Errorf("%d polls took %d times %s", polls, n, request)
		}
	}
	if x := b.boxes[0]; x.looks != 1 || x.begun != 1 {
		t.Errorf("%d looks in %d sessions where nothing happened", x.looks, x.begun)
	}
}

// A mailbox in which something happens is polled more often than one in which
// nothing does.
func TestBusyMailboxesArePolledMoreOften(t *testing.T) {
	b := newBench(t, 2, watch.Options{LongPolls: -1, Pollers: 2, Often: 20 * time.Millisecond, Seldom: time.Hour})
	b.run()
	eventually(t, "the first look", func() bool { return b.boxes[0].hasBegun() && b.boxes[1].hasBegun() })
	busy, idle := b.boxes[0], b.boxes[1]
	for i := range 10 {
		busy.deliver(t, fmt.Sprint(i))
		if i == 0 {
			busy.entry.Wake() // the first would be seen in an hour
		}
		busy.saw(t)
	}
	if n := idle.opened.Load(); n != 1 {
		t.Errorf("the idle mailbox was opened %d times within a moment", n)
	}
}

// A mailbox that becomes the busiest is told of changes, and the idlest of those
// that are is polled from then on; nothing is missed on the way.
func TestTheBusiestAreTold(t *testing.T) {
	b := newBench(t, 3, watch.Options{LongPolls: 1, Pollers: 1, Often: 20 * time.Millisecond, Seldom: 100 * time.Millisecond})
	watch.SetHold(b.set, 200*time.Millisecond)
	b.run()
	eventually(t, "every mailbox is looked at", func() bool {
		return b.boxes[0].hasBegun() && b.boxes[1].hasBegun() && b.boxes[2].hasBegun()
	})
	for i := range 10 {
		b.boxes[2].deliver(t, fmt.Sprint(i))
		b.boxes[2].saw(t)
		time.Sleep(30 * time.Millisecond)
	}
	if !b.boxes[2].entry.Told() {
		t.Error("the busiest mailbox is still polled")
	}
	if n := b.set.Stats().LongPolls; n != 1 {
		t.Errorf("%d mailboxes are told of changes", n)
	}
	for _, x := range b.boxes {
		x.deliver(t, "afterwards")
		x.saw(t)
	}
}

// A notification that is lost, here because the server refuses to wait, is made
// good for by comparing the folder's state.
func TestLostNotification(t *testing.T) {
	b := newBench(t, 1, watch.Options{LongPolls: 1, Often: 50 * time.Millisecond, Seldom: 200 * time.Millisecond})
	b.server.Faults().Add(mapitest.Fault{At: mapitest.Request("NotificationWait"), Delay: time.Hour, Code: mapi.ErrRejected, Times: -1})
	b.run()
	eventually(t, "the first look", b.boxes[0].hasBegun)
	eventually(t, "the long poll", func() bool { return b.set.Stats().LongPolls == 1 })
	time.Sleep(50 * time.Millisecond)
	b.server.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.RegisterNotification), Times: -1, Code: mapi.ErrNotSupported})
	b.boxes[0].deliver(t, "unnoticed")
	b.boxes[0].saw(t)
}

// A mailbox in trouble is tried again with growing pauses, and found well again.
func TestTroubleAndRecovery(t *testing.T) {
	b := newBench(t, 2, watch.Options{LongPolls: -1, Often: 20 * time.Millisecond, Seldom: 40 * time.Millisecond})
	fault := b.server.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.Logon), Code: mapi.ErrMailboxInTransit, Nth: 1, Times: 3})
	b.run()
	eventually(t, "three failures", func() bool { return fault.Fired() == 3 })
	for _, x := range b.boxes {
		eventually(t, "recovery of "+x.Address(), x.hasBegun)
	}
	eventually(t, "nothing failing", func() bool { return b.set.Stats().Failing == 0 })
	told := 0
	for _, x := range b.boxes {
		x.mu.Lock()
		for _, err := range x.failed {
			if !errors.Is(err, mapi.ErrMailboxInTransit) {
				t.Errorf("told of %v", err)
			}
			told++
		}
		x.mu.Unlock()
	}
	if told != 3 {
		t.Errorf("the handlers were told of %d failures, want 3", told)
	}
}

// A lost session is opened anew, and what came meanwhile is seen.
func TestLostSession(t *testing.T) {
	b := newBench(t, 1, watch.Options{LongPolls: 1, Often: 20 * time.Millisecond, Seldom: 100 * time.Millisecond})
	b.run()
	eventually(t, "the long poll", func() bool { return b.set.Stats().LongPolls == 1 })
	b.server.ExpireSessions("")
	b.boxes[0].deliver(t, "meanwhile")
	b.boxes[0].saw(t)
	eventually(t, "the long poll again", func() bool { return b.set.Stats().LongPolls == 1 })
}

// Wake and the time that a Look asks for make the handler look though nothing
// has changed, whether the mailbox is polled or not.
func TestLooksWhenAsked(t *testing.T) {
	for name, longPolls := range map[string]int{"polled": -1, "told": 1} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 1, watch.Options{LongPolls: longPolls, Often: time.Hour, Seldom: time.Hour})
			x := b.boxes[0]
			asked := false
			x.again = func() time.Time {
				if asked {
					return time.Time{}
				}
				asked = true
				return time.Now().Add(100 * time.Millisecond)
			}
			b.run()
			looks := func(n int) func() bool {
				return func() bool {
					x.mu.Lock()
					defer x.mu.Unlock()
					return x.looks >= n
				}
			}
			eventually(t, "the look that was asked for", looks(2))
			time.Sleep(50 * time.Millisecond)
			x.entry.Wake()
			eventually(t, "the look of a wake", looks(3))
		})
	}
}
