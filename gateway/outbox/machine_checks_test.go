package outbox

import (
	"slices"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

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
