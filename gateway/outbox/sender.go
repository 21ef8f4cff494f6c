package outbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A sender is whose mailbox it is, and in whose names mail may leave it. This
// path bypasses the server's own check of the right to send as somebody.
type sender struct {
	address string
	name    string
	allowed map[string]bool
	book    *mapiclient.AddressBook
}

// findSender asks the address book for the mailbox's own addresses. Without an
// address book the configured ones must do.
func (w *Watcher) findSender(ctx context.Context) (*sender, error) {
	s := &sender{address: w.opts.Mailbox, allowed: map[string]bool{strings.ToLower(w.opts.Mailbox): true}}
	for _, a := range w.opts.SendAs {
		s.allowed[strings.ToLower(a)] = true
	}
	endpoint, err := w.opts.Client.Endpoint(ctx)
	if err != nil {
		return nil, err
	}
	if endpoint.AddressBookURL == "" {
		w.log.Warn("no address book: only SMTP addresses of recipients are understood, and only configured senders are allowed")
		return s, nil
	}
	if s.book, err = w.opts.Client.AddressBook(ctx); err != nil {
		return nil, err
	}
	entry, err := s.book.ByAddress(ctx, w.opts.Mailbox)
	if err != nil {
		s.close(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("looking the mailbox up in the address book: %w", err)
	}
	if entry != nil {
		s.name = mapi.PidTagDisplayName.Get(entry.Props)
		for _, p := range entry.Proxies() {
			s.allowed[p] = true
		}
	}
	return s, nil
}

func (s *sender) close(ctx context.Context) {
	if s.book != nil {
		s.book.Close(ctx)
	}
}

// SMTPAddress implements mapping.Resolver by the address book.
func (s *sender) SMTPAddress(ctx context.Context, addressType, address string) (string, error) {
	if s.book == nil {
		return "", nil
	}
	return s.book.SMTPAddress(ctx, addressType, address)
}

// domain is the right side of Message-IDs made here.
func (s *shift) domain() string {
	if s.opts.Domain != "" {
		return s.opts.Domain
	}
	_, domain, _ := strings.Cut(s.opts.Mailbox, "@")
	return domain
}

// sign fills in who sends, as the server's transport would: the mailbox is the
// sender, and stands for itself unless the message says for whom.
// [MS-OXOMSG] 3.3.5.1
func (s *sender) sign(p *mapi.Props) {
	name := s.name
	if name == "" {
		name = s.address
	}
	p.Set(mapi.PidTagSenderName.Of(name))
	p.Set(mapi.PidTagSenderAddressType.Of("SMTP"))
	p.Set(mapi.PidTagSenderEmailAddress.Of(s.address))
	p.Set(mapi.PidTagSenderSmtpAddress.Of(s.address))
	if mapi.PidTagSentRepresentingEmailAddress.Get(*p) == "" && mapi.PidTagSentRepresentingSmtpAddress.Get(*p) == "" {
		p.Set(mapi.PidTagSentRepresentingName.Of(name))
		p.Set(mapi.PidTagSentRepresentingAddressType.Of("SMTP"))
		p.Set(mapi.PidTagSentRepresentingEmailAddress.Of(s.address))
		p.Set(mapi.PidTagSentRepresentingSmtpAddress.Of(s.address))
	}
}

// mayUse tells whether mail of this mailbox may be sent in the name of an
// address; if not, the outcome says why.
func (s *sender) mayUse(from string) (mail.Outcome, bool) {
	if s.allowed[strings.ToLower(from)] {
		return mail.Outcome{}, true
	}
	return mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "7.60",
		Text: fmt.Sprintf("the mailbox %s may not send mail as %q", s.address, from)}, false
}
