package outbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

const (
	// peopleKept is how long what the address book says of an address is believed.
	peopleKept = 10 * time.Minute
	// peopleMost bounds how many addresses are remembered.
	peopleMost = 5000
	// listDepth is how deep lists within lists are expanded.
	listDepth = 10
)

// people remember what the address book says of addresses. They outlive the session.
type people map[string]*person

// A person is what an address is in the address book.
type person struct {
	asked time.Time
	entry *mapiclient.Entry // nil for a stranger
}

// person asks the address book what an address is.
func (s *shift) person(ctx context.Context, address string) (*mapiclient.Entry, error) {
	key, now := strings.ToLower(address), s.opts.Now()
	if p := s.people[key]; p != nil && now.Sub(p.asked) < peopleKept {
		return p.entry, nil
	}
	e, err := s.sender.book.ByAddress(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("looking %s up in the address book: %w", address, err)
	}
	if len(s.people) >= peopleMost {
		clear(s.people)
	}
	s.people[key] = &person{now, e}
	return e, nil
}

// route gives the way of each recipient. The routes are asked about all, since they may rename recipients and add some; those of
// this Exchange go back into it nevertheless, and lists are taken apart, so that their members get the mail by their own way.
func (s *shift) route(ctx context.Context, m *mail.Mail) ([]queue.Leg, error) {
	legs, err := s.opts.Legs(ctx, m)
	if err != nil || s.sender.book == nil || s.opts.Own == (queue.Leg{}) && s.opts.ListLimit == 0 {
		return legs, err
	}
	x := &expansion{shift: s, mail: m, seen: map[string]bool{}}
	for i, r := range m.Envelope.Recipients {
		if err := x.add(ctx, r, legs[i]); err != nil {
			return nil, err
		}
	}
	m.Envelope.Recipients = x.recipients
	return x.legs, nil
}

// An expansion collects recipients with their ways, each once.
type expansion struct {
	*shift
	mail       *mail.Mail
	seen       map[string]bool
	recipients []mail.Recipient
	legs       []queue.Leg
}

func (x *expansion) put(r mail.Recipient, leg queue.Leg) {
	if key := strings.ToLower(r.Address); !x.seen[key] {
		x.seen[key] = true
		x.recipients, x.legs = append(x.recipients, r), append(x.legs, leg)
	}
}

// add puts a recipient of the envelope where it belongs. leg is its way by the routes.
func (x *expansion) add(ctx context.Context, r mail.Recipient, leg queue.Leg) error {
	e, err := x.person(ctx, r.Address)
	if err != nil {
		return err
	}
	if e == nil || !e.IsList() || x.opts.ListLimit == 0 {
		x.put(r, x.wayOf(e, leg))
		return nil
	}
	members, err := x.sender.book.Everybody(ctx, *e, listDepth, x.opts.ListLimit)
	if err != nil {
		return elsewhere(err)
	}
	if len(members) == 0 {
		x.put(r, x.wayOf(e, leg)) // they are hidden from us: the server knows them
		return nil
	}
	if len(members) > x.opts.ListLimit {
		x.put(r, x.opts.Refuse(mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "5.3",
			Text: fmt.Sprintf("the list %s has more members than the %d that this gateway sends to", r.Address, x.opts.ListLimit)}))
		return nil
	}
	return x.addMembers(ctx, r, members)
}

// addMembers puts the members of a list in its place.
func (x *expansion) addMembers(ctx context.Context, list mail.Recipient, members []mapiclient.Entry) error {
	part := *x.mail
	part.Envelope.Recipients = nil
	var reachable []mapiclient.Entry
	for _, m := range members {
		r := list
		if r.OrigRecipient = "rfc822;" + list.Address; m.SMTPAddress() == "" {
			r.Address = unreachable(m.DN())
			x.put(r, x.opts.Refuse(mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "1.3",
				Text: fmt.Sprintf("%q, a member of the list %s, has no SMTP address", mapi.PidTagDisplayName.Get(m.Props), list.Address)}))
			continue
		}
		r.Address = m.SMTPAddress()
		reachable, part.Envelope.Recipients = append(reachable, m), append(part.Envelope.Recipients, r)
	}
	if len(reachable) == 0 {
		return nil
	}
	legs, err := x.opts.Legs(ctx, &part)
	if err != nil {
		return err
	}
	for i := range reachable { // what the routes add behind them has been added for the list
		x.put(part.Envelope.Recipients[i], x.wayOf(&reachable[i], legs[i]))
	}
	return nil
}

// wayOf gives the leg of an entry; nil is a stranger. routed is its way by the routes.
func (x *expansion) wayOf(e *mapiclient.Entry, routed queue.Leg) queue.Leg {
	if x.opts.Own == (queue.Leg{}) || e == nil || !e.IsMailbox() && !e.IsList() {
		return routed
	}
	return x.opts.Own
}
