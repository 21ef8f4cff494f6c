package outbox

import (
	"context"
	"fmt"
	"runtime"
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

// save is the user leaving a message in the folder.
func (m *machine) save() {
	f := &fate{subject: fmt.Sprintf("%s, message %d", m.name, len(m.fates)), delivered: map[string]int{}, lost: map[string]int{}}
	msg := draft(f.subject)
	template := msg.Recipients[0]
	msg.Recipients = nil
	for i := range rapid.IntRange(0, 3).Draw(m.T, "recipients") {
		r := mapi.Recipient{Type: mapi.RecipientTo, Props: slices.Clone(template.Props)}
		to := fmt.Sprintf("r%d@elsewhere.test", i)
		r.Props.Set(mapi.PidTagEmailAddress.Of(to))
		r.Props.Set(mapi.PidTagSmtpAddress.Of(to))
		msg.Recipients, f.to = append(msg.Recipients, r), append(f.to, to)
	}
	f.notBefore = m.clock.Now().Add(machineGrace)
	if rapid.IntRange(0, 4).Draw(m.T, "deferred") == 0 {
		f.notBefore = m.clock.Now().Add(time.Hour)
		msg.Props.Set(mapi.PidTagDeferredSendTime.Of(f.notBefore))
	}
	id, err := m.mailbox.Deposit(m.name, msg)
	if err != nil {
		m.Fatal(err)
	}
	f.id = id
	m.fates = append(m.fates, f)
}

// lying draws one of the messages that still lie in the folder as drafts.
func (m *machine) lying() *fate {
	var all []*fate
	for _, f := range m.fates {
		if s, there := m.mailbox.Message(f.id); there && s.Folder == m.name && !f.submitted {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		m.Skip("nothing lies in the folder")
	}
	return rapid.SampledFrom(all).Draw(m.T, "message")
}

// edit is the user changing a message: its grace begins anew.
func (m *machine) edit() {
	f := m.lying()
	if err := m.rival.Update(m.ctx(), m.folder, f.id, mapi.Props{mapi.PidTagImportance.Of(2)}); err != nil {
		m.Fatal(err)
	}
	f.notBefore = maxTime(f.notBefore, m.clock.Now().Add(machineGrace))
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// withdraw is the user deleting a message or moving it away.
func (m *machine) withdraw() {
	f := m.lying()
	err := m.rival.Delete(m.ctx(), m.folder, f.id)
	if err != nil {
		m.Fatal(err)
	}
	f.withdrawn = true
}

// submit is the user sending a message through the server after all.
func (m *machine) submit() {
	f := m.lying()
	m.submitted(f, m.folder, f.id)
}

func (m *machine) submitted(f *fate, folder mapi.FolderID, id mapi.MessageID) {
	if len(f.to) == 0 || f.notBefore.Sub(m.clock.Now()) > machineGrace { // the server would wait
		return
	}
	before := m.sent.Load()
	err := m.rival.SubmitStored(m.ctx(), folder, id)
	if got := m.sent.Load() - before; got == 1 && err == nil {
		f.submitted = true
	} else if got != 0 || err == nil {
		m.Fatalf("a submit sent %d mails: %v", got, err)
	}
}

// whole runs a round and gives its error.
func (m *machine) whole() error {
	s, err := m.open()
	if err == nil {
		err = s.round(m.ctx())
	}
	return err
}

// round is the reconciler looking at everything once.
func (m *machine) round() {
	quiet := m.quiet()
	m.judge(quiet, m.whole())
}

// judge says what has to hold after a round that came to its end.
func (m *machine) judge(quiet bool, err error) {
	switch {
	case err != nil && quiet:
		m.Fatalf("an undisturbed round: %v", err)
	case err != nil:
		m.drop()
	case quiet:
		m.exact()
	}
}

// crash is the gateway ending at one of its steps: its goroutine, since a panic over a message is that message's failure.
func (m *machine) crash() {
	at := rapid.SampledFrom(Steps()).Draw(m.T, "step")
	m.hook = func(s Step) {
		if s == at {
			runtime.Goexit()
		}
	}
	quiet := m.quiet()
	var err error
	whole := make(chan bool, 1)
	go func() {
		ended := false
		defer func() { whole <- ended }()
		err = m.whole()
		ended = true
	}()
	ended := <-whole
	m.hook = nil
	if ended {
		m.judge(quiet, err)
		return
	}
	m.disturb()
	m.drop()
}

// race is somebody submitting a message at the moment in which it is claimed.
func (m *machine) race() {
	at := rapid.SampledFrom([]Step{StepFound, StepMarked, StepMoved}).Draw(m.T, "step")
	m.hook = func(s Step) {
		if s != at {
			return
		}
		m.hook = nil
		for _, path := range []string{m.name, "/" + ClaimedFolder} {
			for _, stored := range m.mailbox.Messages(path) {
				f := m.fate(mapi.PidTagSubject.Get(stored.Props))
				if f == nil || f.submitted || len(m.records(f)) > 0 || m.clock.Now().Before(f.notBefore) {
					continue
				}
				if folder, err := m.folderOf(path); err == nil {
					m.submitted(f, folder, stored.ID)
				}
				return
			}
		}
	}
	defer func() { m.hook = nil }()
	m.round()
}

// fault lets something go wrong soon.
func (m *machine) fault() {
	f := mapitest.Fault{
		At: mapitest.ROP(rapid.SampledFrom([]rop.ID{rop.OpenMessage, rop.SetProperties, rop.SaveChangesMessage, rop.MoveCopyMessages, rop.QueryRows,
			rop.HardDeleteMessages, rop.CopyTo, rop.CreateMessage, rop.GetPropertiesAll}).Draw(m.T, "rop")),
		Nth: rapid.IntRange(1, 3).Draw(m.T, "nth"),
	}
	switch rapid.IntRange(0, 4).Draw(m.T, "effect") {
	case 0:
		f.ExpireSession = true
	case 1:
		f.DropAnswer = true
	case 2:
		f.DropRequest = true
	case 3:
		f.Code = mapi.ErrReadFault // ecServerBusy would have the server left alone, by the real clock
	case 4:
		f.Code = mapi.ErrObjectModified
	}
	m.exchange.Faults().Add(f)
	m.disturb()
	m.round()
	m.exchange.Faults().Clear()
}

// deliver is the courier trying one group; now and then its answer is lost.
func (m *machine) deliver() {
	batch, err := m.queue.Lease(m.ctx(), queue.LeaseRequest{Courier: "out", Worker: m.name, Max: 1, Duration: time.Minute})
	if err != nil {
		m.Fatal(err)
	}
	for _, g := range batch.Groups {
		f := m.fate(g.Mail.Subject)
		if f == nil {
			m.reportAll(g, mail.Failed) // of a history before
			continue
		}
		verdict := rapid.SampledFrom([]mail.Verdict{mail.Delivered, mail.Delivered, mail.Failed, mail.Retry, mail.Unknown}).Draw(m.T, "verdict")
		for _, item := range g.Items {
			switch verdict {
			case mail.Delivered:
				f.delivered[item.Address]++
			case mail.Unknown:
				f.delivered[item.Address]++
				f.lost[item.Address]++
			}
		}
		m.reportAll(g, verdict)
	}
}

func (m *machine) reportAll(g queue.Group, v mail.Verdict) {
	if _, err := m.queue.Report(m.ctx(), g, slices.Repeat([]mail.Outcome{{Verdict: v}}, len(g.Items))); err != nil {
		m.Fatal(err)
	}
}

// pay is the gateway sending what reports are due, and failing what is refused.
func (m *machine) pay() {
	batch, err := m.queue.Lease(m.ctx(), queue.LeaseRequest{Courier: "refuse", Worker: m.name, Max: 100, Duration: time.Minute})
	if err != nil {
		m.Fatal(err)
	}
	for _, g := range batch.Groups {
		m.reportAll(g, mail.Failed)
	}
	debts, err := m.queue.Owed(m.ctx(), 100)
	if err != nil {
		m.Fatal(err)
	}
	for _, d := range debts {
		if err := m.queue.Pay(m.ctx(), d, nil); err != nil {
			m.Fatal(err)
		}
	}
}

func (m *machine) time() {
	m.clock.Advance(rapid.SampledFrom([]time.Duration{time.Second, machineGrace, 2 * time.Minute, time.Hour}).Draw(m.T, "later"))
	if rapid.IntRange(0, 9).Draw(m.T, "sweep") == 0 {
		if err := m.queue.Sweep(m.ctx()); err != nil {
			m.Fatal(err)
		}
	}
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

// check is what holds at any time.
func (m *machine) check() {
	for _, f := range m.fates {
		records := m.records(f)
		lying, claimed, sent := m.copies(f, m.name), m.copies(f, "/"+ClaimedFolder), m.copies(f, mapitest.SentItems)
		aside := m.copies(f, AsideFolder)
		switch {
		case len(records) > 1:
			m.Fatalf("%s is %d times in the queue", f.subject, len(records))
		case len(lying)+len(claimed)+len(aside) > 1 || len(sent) > 1:
			m.Fatalf("%s lies %d times in the folder, %d claimed, %d aside, %d sent", f.subject, len(lying), len(claimed), len(aside), len(sent))
		case f.withdrawn && len(records)+len(lying)+len(claimed)+len(sent) > 0:
			m.Fatalf("%s was withdrawn and is back", f.subject)
		case f.submitted && len(records) > 0:
			m.Fatalf("%s was sent by the server and is in the queue", f.subject)
		case len(records) > 0 && (len(f.to) == 0 || m.clock.Now().Before(f.notBefore)):
			m.Fatalf("%s was taken %v before its time, for %d recipients", f.subject, f.notBefore.Sub(m.clock.Now()), len(f.to))
		case !f.withdrawn && len(lying)+len(claimed)+len(sent)+len(aside) == 0:
			m.Fatalf("%s is gone", f.subject)
		}
		for to, n := range f.delivered {
			if n-f.lost[to] > 1 {
				m.Fatalf("%s went %d times to %s, and %d answers were lost", f.subject, n, to, f.lost[to])
			}
		}
	}
}

// exact is what holds after a round that nothing disturbed.
func (m *machine) exact() {
	for _, f := range m.fates {
		records := m.records(f)
		due := !f.withdrawn && !f.submitted && len(f.to) > 0 && !m.clock.Now().Before(f.notBefore)
		if due != (len(records) == 1) {
			m.Fatalf("%s: due %v, %d times in the queue", f.subject, due, len(records))
		}
		if !due {
			continue
		}
		final := !records[0].Finished.IsZero()
		if claimed := len(m.copies(f, "/"+ClaimedFolder)); final && m.reported(records[0]) && claimed != 0 {
			m.Fatalf("%s is final and reported, and not settled", f.subject)
		} else if !final && claimed+len(m.copies(f, AsideFolder)) != 1 {
			m.Fatalf("%s is under way, and %d are claimed", f.subject, claimed)
		}
	}
}

// reported tells whether a mail owes no report any more.
func (m *machine) reported(r queue.Record) bool {
	debts, err := m.queue.Owed(m.ctx(), 1000)
	if err != nil {
		m.Fatal(err)
	}
	return !slices.ContainsFunc(debts, func(d queue.Debt) bool { return d.Mail.ID == r.Mail.ID })
}

// end lets everything come to its end, and looks that nothing is left, lost or unexplained.
func (m *machine) end() {
	for range 30 {
		m.clock.Advance(90 * time.Minute)
		if err := m.whole(); err != nil {
			m.drop()
		}
		for range 2 * (len(m.fates) + 1) {
			batch, err := m.queue.Lease(m.ctx(), queue.LeaseRequest{Courier: "out", Worker: m.name, Max: 100, Duration: time.Minute})
			if err != nil {
				m.Fatal(err)
			}
			for _, g := range batch.Groups {
				for _, item := range g.Items {
					if f := m.fate(g.Mail.Subject); f != nil {
						f.delivered[item.Address]++
						if item.Unknown {
							f.lost[item.Address]++ // counted: nobody here can look
						}
					}
				}
				m.reportAll(g, mail.Delivered)
			}
			if len(batch.Groups) == 0 {
				break
			}
		}
		m.pay()
		if m.settled() {
			break
		}
	}
	m.check()
	for _, f := range m.fates {
		records, sent, aside := m.records(f), m.copies(f, mapitest.SentItems), m.copies(f, AsideFolder)
		switch {
		case f.withdrawn, f.submitted, len(f.to) == 0:
			continue
		case len(records) != 1 || len(m.copies(f, "/"+ClaimedFolder)) != 0:
			m.Fatalf("%s: %d in the queue, %d still claimed at the end", f.subject, len(records), len(m.copies(f, "/"+ClaimedFolder)))
		case len(sent)+len(aside) != 1:
			m.Fatalf("%s: %d sent and %d aside at the end", f.subject, len(sent), len(aside))
		case len(aside) == 0:
			m.sentWell(f, records[0], sent[0])
		}
	}
}

// sentWell looks at what stands in Sent Items.
func (m *machine) sentWell(f *fate, r queue.Record, sent mapitest.Stored) {
	if sent.Flags&mapi.MfUnsent != 0 && !m.faulty {
		m.Fatalf("%s stands as a draft in Sent Items", f.subject)
	}
	if mapi.PidTagInternetMessageId.Get(sent.Props) != r.Mail.MessageID {
		m.Fatalf("%s has Message-ID %q, the mail %q", f.subject, mapi.PidTagInternetMessageId.Get(sent.Props), r.Mail.MessageID)
	}
	for _, to := range r.Recipients {
		if n := f.delivered[to.Address]; (to.Last.Verdict == mail.Delivered) != (n > 0) && f.lost[to.Address] == 0 {
			m.Fatalf("%s is %v for %s, who got %d", f.subject, to.State, to.Address, n)
		}
	}
}

// settled tells whether nothing is claimed any more and everything due is in the queue.
func (m *machine) settled() bool {
	for _, f := range m.fates {
		if len(m.copies(f, "/"+ClaimedFolder)) > 0 {
			return false
		}
		if _, there := m.mailbox.Message(f.id); there && !f.submitted && len(f.to) > 0 {
			return false
		}
	}
	return true
}
