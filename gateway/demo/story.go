package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// tellStory tells the way of the mail with a Message-ID, once it is over.
func (d *Demo) tellStory(ctx context.Context, out io.Writer, messageID string) error {
	for {
		page, err := d.gateway.Queue().List(ctx, queue.Filter{MessageID: messageID, All: true})
		if err != nil {
			return err
		}
		if len(page.Records) > 0 && d.over(&page.Records[0]) {
			return d.print(ctx, out, &page.Records[0])
		}
		if err := pause(ctx); err != nil {
			if len(page.Records) > 0 {
				return d.print(ctx, out, &page.Records[0])
			}
			return fmt.Errorf("the gateway never saw %s: %w", messageID, err)
		}
	}
}

// transport is the courier that submits mail for others.
var transport = route.ExchangeCourier("transport")

// finished tells whether nothing more happens to a mail.
func finished(r *queue.Record) bool {
	for i := range r.Recipients {
		s := r.Recipients[i].State
		if !s.Final() || r.Mail.Source.Kind == "outbox" && s == queue.Delivered {
			return false // what was taken from an Outbox is yet to be filed
		}
	}
	return true
}

// onward is how long the embedded Exchange may take to send a mail on.
const onward = 10 * time.Second

// over tells whether the way of a mail has come to its end, which may lie
// beyond the embedded Exchange.
func (d *Demo) over(r *queue.Record) bool {
	if !finished(r) {
		return false
	}
	for i := range r.Recipients {
		if s := &r.Recipients[i]; s.Courier == transport && s.State == queue.Delivered && time.Since(s.Since) < onward {
			return len(d.lettersOf(r.Mail.MessageID)) > 0
		}
	}
	return true
}

// lettersOf gives the mails with a Message-ID that reached the internet.
func (d *Demo) lettersOf(messageID string) []smtptest.Mail {
	var list []smtptest.Mail
	for _, m := range d.sink.Mails() {
		if m.MessageID() == messageID {
			list = append(list, m)
		}
	}
	return list
}

// Follow tells the way of each mail that finishes from now on, until ctx ends.
func (d *Demo) Follow(ctx context.Context, out io.Writer) error {
	told := make(map[mail.ID]bool)
	for first := true; ; first = false {
		page, err := d.gateway.Queue().List(ctx, queue.Filter{All: true, Limit: 200})
		if ctx.Err() != nil {
			return nil // ended in the middle of looking
		}
		if err != nil {
			return err
		}
		now := make(map[mail.ID]bool)
		for i := len(page.Records) - 1; i >= 0; i-- {
			r := &page.Records[i]
			if !d.over(r) {
				continue
			}
			if now[r.Mail.ID] = true; first || told[r.Mail.ID] {
				continue
			}
			if err := d.print(ctx, out, r); err != nil && ctx.Err() == nil {
				return err
			}
		}
		told = now
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
			return nil
		}
	}
}

// print tells the story of one mail.
func (d *Demo) print(ctx context.Context, out io.Writer, r *queue.Record) error {
	events, err := d.gateway.Queue().Events(ctx, r.Mail.ID)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", mark(r), subject(&r.Mail))
	for _, e := range events {
		fmt.Fprintf(&b, "    %s  %s\n", e.At.Local().Format(clock), step(r, &e))
	}
	for _, m := range d.lettersOf(r.Mail.MessageID) {
		fmt.Fprintf(&b, "    %s  internet: mail of %s arrived for %s\n", m.At.Local().Format(clock), m.From, strings.Join(m.To, ", "))
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// clock is how times of day are told.
const clock = "15:04:05.000"

func mark(r *queue.Record) string {
	for i := range r.Recipients {
		if s := r.Recipients[i].State; s == queue.Failed || s == queue.Expired || s == queue.Bounced || !s.Final() ||
			r.Recipients[i].Last.Verdict != mail.Delivered {
			return "✗"
		}
	}
	return "✓"
}

func subject(m *mail.Mail) string {
	if m.Subject != "" {
		return fmt.Sprintf("%q", m.Subject)
	}
	return "(no subject) " + m.MessageID
}

// step words one event.
func step(r *queue.Record, e *queue.Event) string {
	m := &r.Mail
	switch e.Kind {
	case queue.EventAccepted:
		from := m.Envelope.From
		if from == "" {
			from = "<>"
		}
		switch m.Source.Kind {
		case "smtp":
			return fmt.Sprintf("SMTP from %s (%s): accepted as %s", from, m.Source.Client, m.ID)
		case "outbox":
			return fmt.Sprintf("MAPI from the Outbox of %s: accepted as %s", m.Source.Name, m.ID)
		}
		return fmt.Sprintf("report of the gateway: accepted as %s", m.ID)
	case queue.EventTried, queue.EventLate:
		to, way := "?", "?"
		if e.Recipient >= 0 && e.Recipient < len(r.Recipients) {
			to, way = r.Recipients[e.Recipient].Address, r.Recipients[e.Recipient].Courier
		}
		return fmt.Sprintf("%s to %s: %s", protocol(way), to, outcome(e))
	case queue.EventReported:
		return "the sender gets a report: " + e.Text
	case queue.EventSettled:
		return fmt.Sprintf("MAPI: filed in Sent Items of %s", m.Source.Name)
	}
	return strings.TrimSpace(string(e.Kind) + " " + e.Text)
}

// protocol tells what a courier speaks.
func protocol(courier string) string {
	if strings.HasPrefix(courier, "exchange/") || strings.HasPrefix(courier, "deposit/") {
		return "MAPI"
	}
	return "SMTP"
}

func outcome(e *queue.Event) string {
	o := &e.Outcome
	s := fmt.Sprintf("%s, %d", e.State, o.Code)
	if status := o.Status(); status != "" {
		s += " " + status
	}
	s += " " + strings.ReplaceAll(o.Text, "\n", " ")
	if o.Remote != "" && !strings.Contains(o.Text, o.Remote) {
		s += " (" + o.Remote + ")"
	}
	return s
}
