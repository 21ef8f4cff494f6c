package outbox

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/queuetest"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// TestMachine runs random histories of a user, a reconciler, a queue and a courier, with crashes, faults and rivals, beside a
// model. After each undisturbed round of the reconciler the model says exactly what has been taken and what is settled;
// at any time nothing may be twice, too early or gone. [queuetest.Histories] says how many there are.
func TestMachine(t *testing.T) {
	queuetest.Histories(t)
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		m := w.history(t)
		defer m.leave()
		t.Repeat(map[string]func(*rapid.T){
			"save": m.on(m.save), "save again": m.on(m.save), "edit": m.on(m.edit), "withdraw": m.on(m.withdraw), "submit": m.on(m.submit),
			"round": m.on(m.round), "round again": m.on(m.round), "crash": m.on(m.crash), "race": m.on(m.race), "fault": m.on(m.fault),
			"deliver": m.on(m.deliver), "deliver again": m.on(m.deliver), "pay": m.on(m.pay), "time": m.on(m.time), "": m.on(m.check),
		})
		m.T = t
		m.end()
	})
}

// A world is what all histories share.
type world struct {
	*testing.T
	clock     *queuetest.Clock
	exchange  *mapitest.Server
	mailbox   *mapitest.Mailbox
	queue     *sqlite.Queue
	client    *mapiclient.Client
	rival     *mapiclient.Mailbox
	sent      atomic.Int64 // by the server's own transport
	histories int
}

const machineGrace = 10 * time.Second

func newWorld(t *testing.T) *world {
	w := &world{T: t, clock: queuetest.NewClock()}
	profile := mapitest.ExchangeSE().With(mapitest.QuirkSendWithinSubmit) // so that a rival's submit is over when it answers
	x, s := newExchange(t, mapitest.Options{Profile: profile, Now: w.clock.Now, Limits: mapitest.Limits{SessionIdle: 10000 * time.Hour, Sessions: 1 << 20},
		Transport: func(context.Context, *mapi.Message, mapitest.Envelope) error { w.sent.Add(1); return nil }})
	var err error
	if w.client, err = s.client(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	policy := queue.Policy{First: time.Minute, Most: time.Hour, Expire: 24 * time.Hour}.WithDefaults()
	if w.queue, err = sqlite.Open(t.TempDir(), sqlite.Options{Policy: policy, Clock: w.clock.Now, MinFree: -1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.queue.Close() })
	w.exchange, w.mailbox = x, x.Mailbox("alice")
	if w.rival, err = w.client.OpenMailbox(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.rival.Close(context.Background()) })
	return w
}

// A fate is what the model knows of a message.
type fate struct {
	subject   string
	id        mapi.MessageID // while it lies in the folder
	to        []string
	notBefore time.Time // grace and deferral
	withdrawn bool      // the user has taken it back before anybody took it
	submitted bool      // the server has sent it
	delivered map[string]int
	lost      map[string]int // deliveries whose answer was lost
}

// A machine is one history.
type machine struct {
	*rapid.T
	*world
	name    string
	folder  mapi.FolderID
	watcher *Watcher
	shift   *shift
	session *mapiclient.Mailbox
	fates   []*fate
	hook    func(Step)
	began   time.Time
	// disturbed is when something was last cut short or refused; what comes of that takes a while. faulty says that it ever was.
	disturbed time.Time
	faulty    bool
}

// calm is how long after a disturbance all its messages have had their turn.
const calm = time.Hour

func (m *machine) disturb() { m.disturbed, m.faulty = m.clock.Now(), true }

func (m *machine) quiet() bool { return !m.faulty || m.clock.Now().Sub(m.disturbed) > calm }

func (w *world) history(t *rapid.T) *machine {
	w.histories++
	w.clock.Advance(time.Hour)
	m := &machine{T: t, world: w, began: w.clock.Now(), name: fmt.Sprintf("History %d", w.histories)}
	var err error
	if m.folder, err = w.rival.CreateFolder(w.Context(), w.rival.SpecialFolder(rop.FolderIPMSubtree), m.name); err != nil {
		t.Fatal(err)
	}
	m.watcher, err = New(Options{
		Mailbox: w.mailbox.Address(), Client: w.client, Queue: w.queue, Folder: m.name, Grace: machineGrace, Now: w.clock.Now,
		Step: func(s Step) {
			if m.hook != nil {
				m.hook(s)
			}
		},
		Legs: func(_ context.Context, m *mail.Mail) ([]queue.Leg, error) {
			return slices.Repeat([]queue.Leg{{Courier: "out", Destination: "out"}}, len(m.Envelope.Recipients)), nil
		},
		Refuse: func(o mail.Outcome) queue.Leg {
			return queue.Leg{Courier: "refuse", Route: o.Text, Destination: "refuse"}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *machine) on(step func()) func(*rapid.T) {
	return func(t *rapid.T) { m.T = t; step() }
}

func (m *machine) ctx() context.Context { return m.world.Context() }

// open gives the shift of the session that works, beginning one if need be.
func (m *machine) open() (*shift, error) {
	if m.shift != nil && m.session.Lost() == nil {
		return m.shift, nil
	}
	m.drop()
	fence, err := m.queue.Lock(m.ctx(), "mailbox", m.name, 10000*time.Hour)
	if err != nil {
		return nil, err
	}
	box, err := m.client.OpenMailbox(m.ctx())
	if err != nil {
		_ = m.queue.Unlock(m.ctx(), fence)
		return nil, err
	}
	m.session, m.shift = box, m.watcher.newShift(box, fence)
	if m.shift.sender, err = m.watcher.findSender(m.ctx()); err == nil {
		err = m.shift.way.begin(m.ctx())
	}
	return m.shift, err
}

// drop lets go of the session, as a gateway that ends.
func (m *machine) drop() {
	if m.shift != nil {
		m.shift.close(m.ctx())
		_ = m.session.Close(m.ctx())
		_ = m.queue.Unlock(m.ctx(), m.shift.fence)
	}
	m.shift, m.session = nil, nil
}

func (m *machine) leave() {
	m.exchange.Faults().Clear()
	m.drop()
	// What a failed history leaves must not spoil the next.
	for _, path := range []string{"/" + ClaimedFolder, mapitest.SentItems, AsideFolder, m.name} {
		for _, msg := range m.mailbox.Messages(path) {
			folder, err := m.folderOf(path)
			if err == nil {
				_ = m.rival.Delete(m.ctx(), folder, msg.ID)
			}
		}
	}
}

func (m *machine) folderOf(path string) (mapi.FolderID, error) {
	root, top := m.rival.SpecialFolder(rop.FolderRoot), m.rival.SpecialFolder(rop.FolderIPMSubtree)
	switch path {
	case mapitest.SentItems:
		return m.rival.SpecialFolder(rop.FolderSentItems), nil
	case m.name:
		return m.folder, nil
	case AsideFolder:
		return m.rival.EnsureFolder(m.ctx(), top, AsideFolder)
	}
	return m.rival.EnsureFolder(m.ctx(), root, ClaimedFolder)
}

func (m *machine) fate(subject string) *fate {
	for _, f := range m.fates {
		if f.subject == subject {
			return f
		}
	}
	return nil
}

// records are what the queue has of a message.
func (m *machine) records(f *fate) []queue.Record {
	page, err := m.queue.List(m.ctx(), queue.Filter{All: true, Since: m.began, Limit: 1000})
	if err != nil {
		m.Fatal(err)
	}
	return slices.DeleteFunc(page.Records, func(r queue.Record) bool { return r.Mail.Subject != f.subject })
}

// copies counts a message in a folder.
func (m *machine) copies(f *fate, path string) (list []mapitest.Stored) {
	for _, s := range m.mailbox.Messages(path) {
		if mapi.PidTagSubject.Get(s.Props) == f.subject {
			list = append(list, s)
		}
	}
	return list
}
