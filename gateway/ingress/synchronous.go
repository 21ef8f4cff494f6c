package ingress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/pause"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// Synchronous hands mail over while the client waits for the answer, past the queue: 250 means that the next hop has it.
type Synchronous interface {
	// Leg gives the way of a recipient whom the routes lead on leg; false when it cannot be handed over like that.
	Leg(leg queue.Leg) (queue.Leg, bool)
	// Together tells whether several recipients of a leg share one fate, as one reply must say it.
	Together(leg queue.Leg) bool
	// Deliver tries a group that goes on a leg, like a courier.Deliver, for a client that has signed in with these credentials.
	Deliver(ctx context.Context, cred smtpside.Credentials, leg queue.Leg, g queue.Group) []mail.Outcome
}

// How long a client is kept waiting. It waits ten minutes (RFC 5321 4.5.3.2.6).
const (
	handOverTime  = 5 * time.Minute
	handOverGrace = 20 * time.Second // when the client has gone, or the gateway goes down
	handOverTries = 4
	shortWait     = 5 * time.Second // a try that may go at once, or nearly
)

// handOver delivers a mail now. Its error is the reply that the client gets.
func (s *session) handOver(ctx context.Context, e queue.Entry) (queue.Receipt, error) {
	body := &spool{dir: s.opts.Spool}
	defer body.Close()
	if _, err := io.Copy(body, e.Body); err != nil {
		return queue.Receipt{}, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	key, again := "", false
	if e.Guard != nil {
		key = e.Guard.Key()
	}
	if first, known := s.opts.Doubts.first(key, s.opts.Clock()); known {
		s.log.Info("sent again after its answer was lost", "msg", first, "again", e.Mail.ID, "session", s.peer.ID)
		e.Mail.ID, again = first, true
	}
	g := queue.Group{Mail: e.Mail, Route: e.Legs[0].Route, Destination: e.Legs[0].Destination, Until: s.opts.Clock().Add(handOverTime)}
	g.Mail.Body = body
	g, copies := split(g, e)
	for i := range g.Items {
		g.Items[i].Unknown = again
	}
	err := s.withCopies(ctx, copies, body, func() error {
		outcomes, tries := s.insist(ctx, e.Legs[0], g)
		worst := s.worst(&e.Mail, outcomes)
		s.opts.Doubts.note(key, e.Mail.ID, worst.Verdict == mail.Unknown, s.opts.Clock())
		if worst.Verdict != mail.Delivered {
			return s.refuse("handover", replyTo(worst))
		}
		s.tell(ctx, g, e.Legs[0], outcomes, tries)
		return nil
	})
	if err != nil {
		return queue.Receipt{}, err
	}
	return queue.Receipt{ID: e.Mail.ID, Size: body.size}, nil
}

// worst logs the outcomes and gives the one that the client is told.
func (s *session) worst(m *mail.Mail, outcomes []mail.Outcome) mail.Outcome {
	worst := mail.Outcome{Verdict: mail.Delivered}
	for _, o := range outcomes {
		s.log.Info("handed over", "msg", m.ID, "verdict", o.Verdict.String(), "status", o.Status(), "text", o.Text, "remote", o.Remote,
			"remote_id", o.RemoteID, "session", s.peer.ID)
		if worse(o.Verdict, worst.Verdict) {
			worst = o
		}
	}
	return worst
}

// lasting gives a context that outlives a client that hangs up: what has begun shall end, or nobody knows how.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	long, cancel := context.WithTimeout(context.WithoutCancel(ctx), handOverTime)
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(handOverGrace):
			cancel()
		case <-long.Done():
		}
	})
	return long, func() { stop(); cancel() }
}

// insist tries again while nobody knows what became of a try: the next one looks for what it left. It does so also when the
// next hop asks for a moment.
func (s *session) insist(ctx context.Context, leg queue.Leg, g queue.Group) (all []mail.Outcome, tries []queue.Event) {
	all = make([]mail.Outcome, len(g.Items))
	for try := 1; ; try++ {
		outcomes := s.opts.Synchronous.Deliver(ctx, s.cred, leg, g)
		if len(outcomes) != len(g.Items) {
			outcomes = make([]mail.Outcome, len(g.Items)) // Retry, which keeps the mail with the client
		}
		var open []queue.Item
		wait := time.Duration(0)
		for i, o := range outcomes {
			item := g.Items[i]
			if item.Unknown && o.Verdict == mail.Retry && !o.Absent { // in doubt still
				o.Verdict = mail.Unknown
			}
			all[item.Index] = o
			tries = append(tries, tried(s.opts.Clock(), item, o))
			if o.Verdict == mail.Unknown || o.Verdict == mail.Retry && o.RetryAfter > 0 && o.RetryAfter <= shortWait {
				item.Attempt, item.Unknown, item.Last = item.Attempt+1, o.Verdict == mail.Unknown, o
				open = append(open, item)
				wait = max(wait, min(o.RetryAfter, shortWait))
			}
		}
		if len(open) == 0 || try == handOverTries || !pause.For(ctx, wait) {
			return all, tries
		}
		g = again(g, open)
	}
}

// again is the group of those who are still open.
func again(g queue.Group, open []queue.Item) queue.Group {
	g.Items = open
	g.Mail.Envelope.Recipients = nil
	for _, item := range open {
		g.Mail.Envelope.Recipients = append(g.Mail.Envelope.Recipients, item.Recipient)
	}
	return g
}

// worse orders verdicts: what may succeed later must not be told to have failed, and what is in doubt neither.
func worse(a, b mail.Verdict) bool {
	rank := map[mail.Verdict]int{mail.Delivered: 0, mail.Failed: 1, mail.Retry: 2, mail.Unknown: 3}
	return rank[a] > rank[b]
}

// replyTo words an outcome for the client; what a server said about itself stays in the log.
func replyTo(o mail.Outcome) smtpside.Status {
	reply := smtpside.Status{Code: o.Code, Detail: o.Detail, Text: publicTexts[o.Detail]}
	switch {
	case o.Verdict == mail.Unknown:
		reply = smtpside.Status{Code: 451, Detail: "4.2", Text: "the answer of the mail server was lost; the mail may have arrived"}
	case o.Verdict == mail.Failed && reply.Code/100 != 5:
		reply = smtpside.TransactionFailed("")
	case o.Verdict == mail.Retry && reply.Code/100 != 4:
		reply = smtpside.LocalError("")
	}
	if reply.Text == "" {
		reply.Text = "the mail server did not take this mail"
	}
	return reply
}

// publicTexts say to a client what an enhanced status means here. RFC 3463
var publicTexts = map[string]string{
	"1.1":  "no such recipient",
	"2.1":  "mailbox disabled",
	"2.2":  "mailbox full",
	"3.4":  "message too large for the mail server",
	"3.0":  "the mail server has a problem, try again later",
	"4.1":  "the mail server does not answer, try again later",
	"4.2":  "the connection to the mail server broke, try again later",
	"7.1":  "the mail server does not allow this",
	"7.60": "not allowed to send as this sender",
}

// notHandedOver turns an error before any delivery into a reply.
func (s *session) notHandedOver(err error) error {
	if errors.Is(err, errSpool) {
		s.log.Error("no room for mail", "error", err)
		return s.refuse("full", smtpside.StorageFull(""))
	}
	var status smtpside.Status
	if errors.As(err, &status) {
		return status
	}
	return fmt.Errorf("handing mail over: %w", err)
}
