package sqlite

import (
	"slices"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

const (
	// knownMails is how many mails the writer remembers.
	knownMails = 2048
	// knownRecipients is how many recipients such a mail has at most.
	knownRecipients = 8
)

// A whole is a mail with all its recipients, just as the database has them.
type whole struct {
	mailRow
	all []life.Recipient
}

// A known remembers mails that were put or leased of late: most are leased and reported on in the next moment, and need not be read for
// that. Nobody but the writer changes the database, so it knows nothing that is not there: whoever writes to a mail forgets it or
// remembers what he wrote, and whoever rolls back forgets everything.
type known struct {
	most  int
	mails map[mail.ID]*whole
	order []mail.ID // oldest first; some may be gone already
}

func newKnown(most int) *known { return &known{most: most, mails: map[mail.ID]*whole{}} }

func (k *known) keep(id mail.ID, m *whole) {
	if k.most <= 0 {
		return
	}
	if _, has := k.mails[id]; !has {
		k.order = append(k.order, id)
	}
	k.mails[id] = m
	for len(k.order) > k.most {
		delete(k.mails, k.order[0])
		k.order = k.order[1:]
	}
}

func (k *known) forget(id mail.ID) { delete(k.mails, id) }

func (k *known) forgetAll() {
	clear(k.mails)
	k.order = nil
}

// whole gives a mail with all its recipients, which must not be changed; nil when they are too many. A mail that is not there is ErrNotFound.
func (t *tx) whole(id mail.ID) (*whole, error) {
	if m, has := t.w.known.mails[id]; has {
		return m, nil
	}
	row, err := t.mail(id)
	if err != nil {
		return nil, err
	}
	all, err := t.recipientsWhere(id, everybody, knownRecipients+1)
	if err != nil || len(all) > knownRecipients {
		return nil, err
	}
	m := &whole{row, all}
	t.w.known.keep(id, m)
	return m, nil
}

// remember keeps a mail that has just been put, as it would be read again.
func (t *tx) remember(p *prepared, at spot) error {
	if len(p.Legs) > knownRecipients {
		return nil
	}
	m := &whole{}
	m.Mail.Mail = mail.Mail{
		ID: p.Mail.ID, Received: life.FromMicros(life.Micros(p.Mail.Received)), MessageID: p.Mail.MessageID,
		Source: mail.Source{Name: p.Mail.Source.Name, Claim: p.Mail.Source.Claim}, Body: &body{id: p.Mail.ID, at: at},
	}
	m.Mail.Mail.Envelope.From = p.Mail.Envelope.From
	if err := life.DecodeHead(p.Head, &m.Mail.Mail); err != nil {
		return err
	}
	m.Expires, m.Open, m.Body, m.spot = life.FromMicros(life.Micros(p.Expires)), len(p.Legs), true, at
	for i := range p.Legs {
		r := life.Recipient{Was: p.State(), Status: queue.Status{
			Recipient: p.Mail.Envelope.Recipients[i], Leg: p.Legs[i], Index: i, State: p.State(), Since: life.FromMicros(life.Micros(t.now)),
		}}
		if r.State == queue.Waiting {
			r.Next = life.FromMicros(life.Micros(life.Later(t.now, p.NotBefore)))
		}
		m.all = append(m.all, r)
	}
	t.w.known.keep(p.Mail.ID, m)
	return nil
}

// lent remembers that recipients of a mail were leased.
func (k *known) lent(id mail.ID, recipients []life.Recipient) {
	m, has := k.mails[id]
	if !has {
		return
	}
	all := slices.Clone(m.all)
	for _, r := range recipients {
		for i := range all {
			if all[i].Index == r.Index {
				r.Was = r.State
				all[i] = r
			}
		}
	}
	k.mails[id] = &whole{m.mailRow, all}
}
