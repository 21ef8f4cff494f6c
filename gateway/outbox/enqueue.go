package outbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
)

// maxSubject is how much of a subject the queue keeps, in characters.
const maxSubject = 200

// idHeader carries the mail's id on its way out.
var idHeader = mapi.InternetHeader(mail.IDHeader)

// enqueue puts a claimed message into the queue. The queue knows the claim, so
// that doing it twice does nothing.
func (s *shift) enqueue(ctx context.Context, o *mapiclient.Opened, claim string) error {
	msg := &o.Message
	entry, err := s.entry(ctx, msg, claim)
	if err != nil {
		return err
	}
	return s.store(ctx, entry, o, msg)
}

// store puts an entry into the queue with the message as its body. o is what the message was read from.
func (s *shift) store(ctx context.Context, entry *queue.Entry, o *mapiclient.Opened, msg *mapi.Message) error {
	receipt, err := s.put(ctx, entry, o, msg)
	if err != nil {
		return fmt.Errorf("queueing it: %w", err)
	}
	s.opts.Observer.Did(s.opts.Mailbox, "queued")
	s.log.Info("taken from the mailbox", "msg", receipt.ID, "claim", entry.Mail.Source.Claim, "message_id", entry.Mail.MessageID,
		"from", entry.Mail.Envelope.From, "recipients", len(entry.Mail.Envelope.Recipients), "size", receipt.Size, "repeated", receipt.Repeated)
	s.opts.Step(StepQueued)
	return nil
}

// entry makes the mail's envelope and the ways of its recipients. A recipient
// without an address fails by itself, as all do whose sender is not allowed.
func (s *shift) entry(ctx context.Context, msg *mapi.Message, claim string) (*queue.Entry, error) {
	s.sender.sign(&msg.Props)
	env, err := mapping.Envelope(ctx, msg, s.sender)
	if err != nil {
		return nil, elsewhere(err)
	}
	now := s.opts.Now()
	m := mail.Mail{
		ID:        mail.NewID(now),
		Envelope:  mail.Envelope{From: env.From},
		Source:    mail.Source{Kind: "outbox", Name: s.opts.Mailbox, Claim: claim},
		Received:  now,
		MessageID: mapi.PidTagInternetMessageId.Get(msg.Props),
		Subject:   cut(mapi.PidTagSubject.Get(msg.Props), maxSubject),
	}
	notify := notifyOf(msg.Props)
	for _, r := range env.Recipients {
		m.Envelope.Recipients = append(m.Envelope.Recipients, mail.Recipient{Address: r.Address, Notify: notify})
	}
	var legs []queue.Leg
	refusal, allowed := s.sender.mayUse(env.From)
	switch {
	case !allowed:
		// The report goes to the mailbox, not to the name it used.
		m.Envelope.From = s.opts.Mailbox
		for range m.Envelope.Recipients {
			legs = append(legs, s.opts.Refuse(refusal))
		}
	default:
		if automatic(msg.Props) {
			// It answers a mail, and nothing may answer it. RFC 8098 3, RFC 3834 3.3
			m.Envelope.From = ""
		}
		if len(env.Recipients) == 0 {
			break
		}
		if legs, err = s.route(ctx, &m); err != nil {
			return nil, elsewhere(fmt.Errorf("finding the recipients' ways: %w", err))
		}
	}
	for _, u := range env.Unresolved {
		m.Envelope.Recipients = append(m.Envelope.Recipients, mail.Recipient{Address: unreachable(u.Name)})
		legs = append(legs, s.opts.Refuse(mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "1.3",
			Text: fmt.Sprintf("the recipient %q has no SMTP address: %s", u.Name, u.Reason)}))
	}
	if len(legs) == 0 {
		return nil, fmt.Errorf("%w: it has no recipients", errHopeless)
	}
	msg.Props = withoutOwn(msg.Props)
	msg.Props.Set(idHeader.Of(string(m.ID)))
	return &queue.Entry{Mail: m, Legs: legs, Fence: s.fence}, nil
}

// automatic tells whether a message answers another by itself: a read receipt, or an out-of-office reply.
// [MS-OXOMSG] 2.2.1.16, [MS-OXWOOF] 2.2.1
func automatic(p mapi.Props) bool {
	class := strings.ToUpper(mapi.PidTagMessageClass.Get(p))
	return strings.HasPrefix(class, "REPORT.") || strings.HasPrefix(class, "IPM.NOTE.RULES.OOFTEMPLATE")
}

// withoutOwn leaves out the properties of the gateway's own set: they are about
// the message in this mailbox and not part of the mail.
func withoutOwn(props mapi.Props) mapi.Props {
	return slices.DeleteFunc(props, func(p mapi.Prop) bool { return p.Name != nil && p.Name.Set == propertySet })
}

// notifyOf gives what the user wants to hear of: failures always.
// [MS-OXOMSG] 2.2.2.20
func notifyOf(p mapi.Props) mail.Notify {
	if mapi.PidTagOriginatorDeliveryReportRequested.Get(p) {
		// NOTIFY=SUCCESS alone would silence failures. RFC 3461 4.1
		return mail.NotifySuccess | mail.NotifyFailure | mail.NotifyDelay
	}
	return 0
}

// unreachable stands in an envelope for a recipient who has no address. It is
// never handed to any host.
func unreachable(name string) string {
	b := make([]byte, 0, len(name))
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' {
			b = append(b, c)
		} else {
			b = append(b, '_')
		}
	}
	return string(b[:min(len(b), 60)]) + "@no-address.invalid"
}

func cut(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// put translates the message straight into the queue. o is what it was read from.
func (s *shift) put(ctx context.Context, e *queue.Entry, o *mapiclient.Opened, msg *mapi.Message) (queue.Receipt, error) {
	r, w := io.Pipe()
	losses := unread(o)
	done := make(chan struct{})
	var translation error
	go func() {
		defer close(done)
		translation = s.guarded(func() error {
			// 7-bit and without raw UTF-8, so that every host takes it.
			res, err := mapping.ToMIME(ctx, w, msg, mapping.ToMIMEOptions{Resolver: s.sender, Now: e.Mail.Received, Domain: s.domain(), AddText: true})
			if res != nil {
				losses = append(losses, res.Losses...)
			}
			return err
		})
		w.CloseWithError(translation)
	}()
	e.Body = r
	receipt, err := s.opts.Queue.Put(ctx, *e)
	r.CloseWithError(io.ErrClosedPipe)
	<-done
	if err != nil && (translation == nil || errors.Is(translation, io.ErrClosedPipe)) {
		err = elsewhere(err) // the queue's own
	}
	if err == nil && len(losses) > 0 && s.opts.Losses != nil {
		s.opts.Losses(&e.Mail, losses)
	}
	return receipt, err
}

// unread lists what the server did not give of a message.
func unread(o *mapiclient.Opened) (losses []mapping.Loss) {
	for _, id := range o.Unread {
		losses = append(losses, mapping.Loss{Where: "the mailbox", What: fmt.Sprintf("property 0x%04X", uint16(id)), Reason: "the server has a large value and does not give it"})
	}
	return losses
}
