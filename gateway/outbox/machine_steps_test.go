package outbox

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

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
