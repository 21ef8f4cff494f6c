package mapitest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
)

// retries are the waits before a submitted message is offered to the Transport
// again after a temporary error.
var retries = [...]time.Duration{time.Second, 5 * time.Second, 30 * time.Second}

// maxSending is how many messages are being sent at once.
const maxSending = 8

// send sends a submitted message in the background. The mailbox is locked.
func (s *Server) send(a *account, m *store.Message) {
	if s.ctx.Err() != nil {
		return
	}
	wait := m.DeferredUntil().Sub(a.box.Now())
	s.sending.Go(func() {
		if !sleep(s.ctx, wait) || !s.slot() {
			return
		}
		defer func() { <-s.slots }()
		if c := s.begin(a, m); c != nil {
			s.carry(a, c, s.deliver)
			s.sent(a, m)
		}
	})
}

// sendAgain sends a message that may have been sent before. The mailbox is locked.
func (s *Server) sendAgain(a *account, m *store.Message) {
	c := a.box.Export(m.Content())
	s.sending.Go(func() {
		if !s.slot() {
			return
		}
		defer func() { <-s.slots }()
		s.carry(a, c, s.deliverOnce)
		s.sent(a, m)
	})
}

// slot waits for a turn to send.
func (s *Server) slot() bool {
	select {
	case s.slots <- struct{}{}:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// begin takes a message that is still to be sent, and gives what to carry.
func (s *Server) begin(a *account, m *store.Message) *store.Content {
	a.box.Lock()
	if m.Gone() || m.State() != store.StateQueued {
		a.box.Unlock()
		return nil
	}
	m.SetState(store.StateSending)
	c := a.box.Export(m.Content())
	a.box.Unlock()
	if err := s.state.sync(); err != nil {
		s.opts.Logger.Error("state cannot be kept, mail stays", "error", err)
		return nil
	}
	return c
}

// sent files a message that has been carried.
func (s *Server) sent(a *account, m *store.Message) {
	a.box.Lock()
	defer a.box.Unlock()
	if m.Gone() {
		return
	}
	m.Update(store.StateSending, func(c *store.Content) {
		for i := range c.Recipients {
			r := &c.Recipients[i]
			r.Props = append(mapi.Props(nil), r.Props...)
			r.Props.Set(mapi.PidTagResponsibility.Of(true))
		}
	})
	s.file(m)
}

// sendWithin sends a submitted message while its submitter waits, and gives the
// return value of the submit. No mailbox is locked.
func (s *Server) sendWithin(a *account, m *store.Message) mapi.ErrorCode {
	a.box.Lock()
	c := a.box.Export(m.Content())
	a.box.Unlock()
	if err := s.state.sync(); err != nil {
		return mapi.ErrReadFault
	}

	local, remote, failed := s.sort(c)
	if code := s.offerOnce(a, c, remote); code != 0 {
		a.box.Lock()
		defer a.box.Unlock()
		if !m.Gone() {
			m.Aborted()
		}
		return code
	}
	s.bounce(a, c, append(failed, deliverAll(local, c, s.deliver)...))
	a.box.Lock()
	defer a.box.Unlock()
	if !m.Gone() {
		s.file(m)
	}
	return 0
}

// offerOnce offers the message to the Transport and gives the warning of a
// submit that it was not taken.
func (s *Server) offerOnce(from *account, c *store.Content, to []string) mapi.ErrorCode {
	if len(to) == 0 {
		return 0
	}
	var code mapi.ErrorCode
	for _, err := range s.offer(c, s.envelope(from, c, to)) {
		switch {
		case err == nil:
		case temporary(err) && code == 0:
			code = mapi.WarnNoService
		case !temporary(err):
			code = mapi.WarnCancelMessage
		}
	}
	return code
}

// carry brings exported content to its recipients: a copy into the Inbox of
// each that is here, the others by the Transport. What fails comes back to the
// submitter.
func (s *Server) carry(from *account, c *store.Content, deliver delivery) {
	local, remote, failed := s.sort(c)
	failed = append(failed, deliverAll(local, c, deliver)...)
	if len(remote) > 0 {
		failed = append(failed, s.transport(from, c, remote)...)
	}
	s.bounce(from, c, failed)
}

// deliverAll delivers to those who are here.
func deliverAll(local []*account, c *store.Content, deliver delivery) (failed []failure) {
	for _, a := range local {
		if _, code := deliver(a, c); code != 0 {
			failed = append(failed, failure{a.Address, undelivered(code)})
		}
	}
	return failed
}

// undelivered is the status of what a mailbox did not take. RFC 3463 3.3
func undelivered(code mapi.ErrorCode) string {
	if code == mapi.ErrQuotaExceeded {
		return "552 5.2.2 mailbox full"
	}
	return fmt.Sprintf("554 5.2.0 %v", code)
}

// A failure is a recipient that got nothing.
type failure struct{ address, status string }

// sort tells where each recipient's copy goes. Nobody gets two.
func (s *Server) sort(c *store.Content) (local []*account, remote []string, failed []failure) {
	seen := make(map[string]bool)
	resend := c.Flags&mapi.MfResend != 0
	for _, r := range c.Recipients {
		if resend && r.Type&mapi.RecipientSubmitted != 0 || mapi.PidTagResponsibility.Get(r.Props) && !resend {
			continue
		}
		address, a := s.route(r.Props)
		if a != nil && len(a.Members) > 0 {
			members, strangers := s.expand(a, seen)
			local, remote = append(local, members...), append(remote, strangers...)
			continue
		}
		key := strings.ToLower(address)
		if a != nil {
			key = a.dn
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		_, domain, ok := strings.Cut(address, "@")
		switch {
		case a != nil:
			local = append(local, a)
		case (!ok || domain == "") && !s.has(QuirkBadAddresses):
			failed = append(failed, failure{address, "550 5.1.3 the address has no domain"})
		case s.owns(domain):
			failed = append(failed, failure{address, "550 5.1.1 no such user"})
		default:
			remote = append(remote, address)
		}
	}
	return local, remote, failed
}

// expand gives the members of a list, and of those in it, who have not got a copy yet: users, and addresses elsewhere.
func (s *Server) expand(list *account, seen map[string]bool) (local []*account, remote []string) {
	if seen[list.dn] {
		return nil, nil
	}
	seen[list.dn] = true
	for _, name := range list.Members {
		a := s.directory.find(name)
		switch key := strings.ToLower(name); {
		case a != nil && len(a.Members) > 0:
			l, r := s.expand(a, seen)
			local, remote = append(local, l...), append(remote, r...)
		case a != nil && !seen[a.dn]:
			seen[a.dn] = true
			local = append(local, a)
		case a == nil && strings.Contains(name, "@") && !seen[key]:
			seen[key] = true
			remote = append(remote, name)
		}
	}
	return local, remote
}

// route finds a recipient's address and, if there is one, the user it means.
func (s *Server) route(props mapi.Props) (string, *account) {
	kind, email := mapi.PidTagAddressType.Get(props), mapi.PidTagEmailAddress.Get(props)
	if strings.EqualFold(kind, "EX") {
		if a := s.directory.byDN(email); a != nil {
			return a.Address, a
		}
		email = ""
	}
	if email == "" {
		email = mapi.PidTagSmtpAddress.Get(props)
	}
	if email == "" {
		if id, ok := mapi.PidTagEntryId.From(props); ok {
			if a := s.byEntryID(id); a != nil {
				return a.Address, a
			}
			email = oneOffAddress(id)
		}
	}
	return email, s.byAddress(email)
}

func (s *Server) owns(domain string) bool {
	for _, d := range s.opts.Domains {
		if strings.EqualFold(d, domain) {
			return true
		}
	}
	return false
}

// transport offers the message to the Transport until it takes it or says that
// it never will, and gives who did not get it.
func (s *Server) transport(from *account, c *store.Content, to []string) []failure {
	e := s.envelope(from, c, to)
	var failed []failure
	for i := 0; ; i++ {
		errs := s.offer(c, e)
		again := e.Recipients[:0:0]
		for _, address := range e.Recipients {
			switch err := errs[address]; {
			case err != nil && i < len(retries) && temporary(err):
				again = append(again, address)
			case err != nil:
				failed = append(failed, failure{address, "550 5.0.0 " + err.Error()})
			}
		}
		if len(again) == 0 || !sleep(s.ctx, retries[i]) {
			return failed
		}
		e.Recipients = again
	}
}

// envelope says from whom a submitted message goes to whom.
func (s *Server) envelope(from *account, c *store.Content, to []string) Envelope {
	represented, _ := s.representing(c.Props)
	if represented == nil {
		represented = from
	}
	return Envelope{From: represented.Address, Submitter: from.Address, Recipients: to}
}

// offer calls the Transport once and gives why recipients did not get the message.
func (s *Server) offer(c *store.Content, e Envelope) RecipientsError {
	err := errNoWayOut
	if s.opts.Transport != nil {
		err = s.opts.Transport(s.ctx, s.outgoing(c), e)
	}
	var some RecipientsError
	if err == nil || errors.As(err, &some) {
		return some
	}
	some = make(RecipientsError, len(e.Recipients))
	for _, address := range e.Recipients {
		some[address] = err
	}
	return some
}

var errNoWayOut = errors.New("this server has no way out")

func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// outgoing is a submitted message as the Transport gets it.
func (s *Server) outgoing(c *store.Content) *mapi.Message {
	m := c.Message()
	m.Props.Set(mapi.PidTagMessageFlags.Of(c.Flags))
	return m
}
