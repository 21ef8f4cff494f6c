package exchange

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/verdict"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

const (
	// roomFor is how long what a store says about its room is believed, roomAgain how long one that did not answer is left alone.
	roomFor   = 5 * time.Minute
	roomAgain = time.Minute
)

// A room is what a mailbox takes, in bytes, as far as its store says; 0 is unknown, or no bound. [MS-OXCSTOR] 2.2.2.1.1
type room struct {
	largest       int64 // message that may be submitted
	used          int64
	send, receive int64 // how much may be used, to send and to get mail
}

// rooms remembers what one store has said.
type rooms struct {
	mu    sync.Mutex
	until time.Time
	last  room
}

func (r *rooms) known(now time.Time) (room, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last, now.Before(r.until)
}

// roomIn asks the store of an account, or remembers. One that does not answer has room: the mail will find out.
func (a *account) roomIn(ctx context.Context, now time.Time) room {
	if last, known := a.rooms.known(now); known {
		return last
	}
	var props mapi.Props
	var asked error
	_, err := a.with(ctx, func(m *mapiclient.Mailbox) {
		props, asked = m.Properties(ctx, mapi.PidTagMaximumSubmitMessageSize.Tag(), mapi.PidTagMessageSizeExtended.Tag(),
			mapi.PidTagProhibitSendQuota.Tag(), mapi.PidTagProhibitReceiveQuota.Tag())
	})
	a.rooms.mu.Lock()
	defer a.rooms.mu.Unlock()
	if err != nil || asked != nil {
		a.rooms.until, a.rooms.last = now.Add(roomAgain), room{}
		return room{}
	}
	kib := func(tag mapi.Tag[int32]) int64 { return int64(max(tag.Get(props), 0)) << 10 }
	a.rooms.until = now.Add(roomFor)
	a.rooms.last = room{
		largest: kib(mapi.PidTagMaximumSubmitMessageSize), used: mapi.PidTagMessageSizeExtended.Get(props),
		send: kib(mapi.PidTagProhibitSendQuota), receive: kib(mapi.PidTagProhibitReceiveQuota),
	}
	return a.rooms.last
}

// stored is the least that a mail takes in a store: attachments lose what base64 has added.
func stored(size int64) int64 { return size / 100 * 72 }

// Fits gives the outcome that a mail would surely have that is so large, in bytes of MIME, when it were submitted now; false when
// nothing is known against it.
func (s *Submitter) Fits(ctx context.Context, source mail.Source, from string, size int64) (mail.Outcome, bool) {
	mailbox, certain := s.mailboxOf(source, from)
	if !certain {
		return mail.Outcome{}, false
	}
	acc, err := s.opts.Accounts.account(mailbox)
	if err != nil {
		return mail.Outcome{}, false
	}
	r := acc.roomIn(ctx, s.opts.Now())
	switch {
	case r.largest > 0 && stored(size) > r.largest:
		return fault(verdict.Submit, verdict.TooLarge, fmt.Sprintf("%s takes %d KiB at most", mailbox, r.largest>>10)), true
	case r.send > 0 && r.used >= r.send:
		return fault(verdict.Submit, verdict.MAPI(mapi.ErrQuotaExceeded), fmt.Sprintf("%s is over its quota of %d KiB", mailbox, r.send>>10)), true
	}
	return mail.Outcome{}, false
}

// mailboxOf gives the mailbox that mail of a sender goes through, if that is certain before its header is known.
func (s *Submitter) mailboxOf(source mail.Source, from string) (mailbox string, certain bool) {
	sender := Sender{Source: source, MailFrom: from}
	for _, id := range s.opts.Identities {
		if id.fits(&sender) {
			return id.Mailbox, id.Refuse == ""
		}
		byHeader := id
		byHeader.From, byHeader.Headers = nil, nil
		if (len(id.From) > 0 || len(id.Headers) > 0) && byHeader.fits(&sender) {
			return "", false
		}
	}
	return s.opts.Fallback, s.opts.Fallback != ""
}

// Fits is the same for a mail that is to be written into a recipient's Inbox.
func (d *Depositor) Fits(ctx context.Context, address string, size int64) (mail.Outcome, bool) {
	acc, err := d.opts.Accounts.account(address)
	if err != nil {
		return mail.Outcome{}, false
	}
	if r := acc.roomIn(ctx, d.opts.Now()); r.receive > 0 && r.used+stored(size) > r.receive {
		return fault(verdict.Deposit, verdict.MAPI(mapi.ErrQuotaExceeded), "the mailbox is full"), true
	}
	return mail.Outcome{}, false
}
