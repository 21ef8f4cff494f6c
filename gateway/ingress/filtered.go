package ingress

import (
	"context"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/milter"
)

// apply makes the changes to a mail that filters want, but for those of its text. Without an error the mail is the gateway's; it
// goes on if taken is set, and is forgotten otherwise.
func (s *session) apply(ctx context.Context, e *queue.Entry, m *filtered) (taken bool, err error) {
	if m.discard {
		return false, nil
	}
	if e.Hold = m.hold != ""; e.Hold {
		if s.opts.Synchronous != nil { // there is nothing to hold it in
			return false, s.refuse("filter", smtpside.NotAllowed("refused by a content filter"))
		}
		s.log.Warn("held for a content filter", "msg", e.Mail.ID, "why", m.hold)
	}
	envelope := &e.Mail.Envelope
	envelope.EightBit = envelope.EightBit || m.eightBit
	if m.from != nil {
		s.log.Info("a content filter changes the sender", "msg", e.Mail.ID, "from", envelope.From, "to", *m.from)
		envelope.From = *m.from
		envelope.SMTPUTF8 = envelope.SMTPUTF8 || !ascii(*m.from)
	}
	s.removeRecipients(e, m.remove)
	for _, r := range m.add {
		if err := s.addRecipient(ctx, e, r); err != nil {
			return false, err
		}
	}
	if len(e.Legs) == 0 {
		s.log.Warn("a content filter has removed all recipients", "msg", e.Mail.ID, "from", envelope.From, "session", s.peer.ID)
		return false, nil
	}
	if s.opts.Synchronous != nil && e.Legs[0] != s.legs[0] { // for others than those who are handed over
		return false, s.refuse("filter_down", smtpside.LocalError("a content filter wants what cannot be done"))
	}
	return true, nil
}

// removeRecipients leaves out recipients by the names that the client had for them: those of whom all are removed. Archives stay.
func (s *session) removeRecipients(e *queue.Entry, remove []string) {
	if len(remove) == 0 {
		return
	}
	gone := func(said string) bool {
		return slices.ContainsFunc(remove, func(r string) bool { return strings.EqualFold(r, said) })
	}
	var recipients []mail.Recipient
	var legs []queue.Leg
	for i, r := range e.Mail.Envelope.Recipients {
		if i < len(s.said) && !slices.ContainsFunc(s.said[i], func(said string) bool { return !gone(said) }) {
			s.log.Info("a content filter removes a recipient", "msg", e.Mail.ID, "recipient", r.Address)
			continue
		}
		recipients, legs = append(recipients, r), append(legs, e.Legs[i])
	}
	if len(e.Legs) > len(s.said) && len(legs) == len(e.Legs)-len(s.said) { // nobody is left but archives
		recipients, legs = nil, nil
	}
	e.Mail.Envelope.Recipients, e.Legs = recipients, legs
}

// addRecipient adds one that a filter wants. It must have a way: half of what a filter wants is worse than nothing.
func (s *session) addRecipient(ctx context.Context, e *queue.Entry, r milter.Recipient) error {
	envelope := &e.Mail.Envelope
	added, err := s.rename(ctx, mail.Recipient{Address: r.Address, Notify: notifyOf(r.Args)})
	if err != nil {
		return s.refuse("directory_down", smtpside.StatusOf(err))
	}
	if slices.ContainsFunc(envelope.Recipients, func(known mail.Recipient) bool { return strings.EqualFold(known.Address, added.Address) }) {
		return nil
	}
	leg, err := s.opts.Routes.Find(e.Mail.Source, envelope.From, added.Address)
	if err != nil {
		s.log.Error("no route takes a recipient that a content filter adds", "msg", e.Mail.ID, "recipient", added.Address, "error", err)
		return s.refuse("filter_down", smtpside.LocalError("a content filter wants what cannot be done"))
	}
	s.log.Info("a content filter adds a recipient", "msg", e.Mail.ID, "recipient", added.Address)
	envelope.Recipients, e.Legs = append(slices.Clip(envelope.Recipients), added), append(slices.Clip(e.Legs), leg)
	envelope.SMTPUTF8 = envelope.SMTPUTF8 || !ascii(added.Address)
	return nil
}

// notifyOf reads NOTIFY among the parameters that a filter gives. RFC 3461 4.1
func notifyOf(args []string) (n mail.Notify) {
	words := map[string]mail.Notify{
		"NEVER": mail.NotifyNever, "SUCCESS": mail.NotifySuccess, "FAILURE": mail.NotifyFailure, "DELAY": mail.NotifyDelay,
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.ToUpper(arg), "=")
		if name != "NOTIFY" {
			continue
		}
		for word := range strings.SplitSeq(value, ",") {
			n |= words[word]
		}
	}
	return n
}
