package demo

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/smtp"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
)

// A Tally counts mails: sent, and arrived whole at each of their recipients.
type Tally struct{ Sent, Arrived int }

// String gives the tally in words.
func (t Tally) String() string { return fmt.Sprintf("%d sent, %d arrived", t.Sent, t.Arrived) }

// tourTime is how long the mails of a tour may take.
const tourTime = 40 * time.Second

// Tour sends the sample mails, tells out the way of each, and counts: what
// came in by SMTP, and what left an Outbox.
func (d *Demo) Tour(ctx context.Context, out io.Writer) (in, outbox Tally, err error) {
	ctx, cancel := context.WithTimeout(ctx, tourTime)
	defer cancel()
	first, second := smtpSamples(), outboxSamples()
	for i := range first {
		s := &first[i]
		if err := smtp.SendMail(d.SMTP(), nil, s.from, s.to, s.mime(time.Now())); err != nil {
			return in, outbox, fmt.Errorf("sending %q to %s: %w", s.subject, d.SMTP(), err)
		}
		in.Sent++
	}
	if err := d.fillOutbox(ctx, second); err != nil {
		return in, outbox, fmt.Errorf("writing into the Outbox of %s: %w", robot, err)
	}
	outbox.Sent = len(second)
	in.Arrived = d.await(ctx, out, first)
	outbox.Arrived = d.await(ctx, out, second)
	return in, outbox, ctx.Err()
}

// fillOutbox saves messages as a user's client does that leaves the sending to others.
func (d *Demo) fillOutbox(ctx context.Context, list []sample) error {
	client, err := mapiclient.New(mapiclient.Options{
		Address: robot, AutodiscoverURL: d.exchange.AutodiscoverURL(),
		Auth: auth.NewNTLM(auth.Credentials{User: robot, Password: auth.NewSecret(d.password)}),
		HTTP: mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: d.exchange.CertPool(), MinVersion: tls.VersionTLS12}},
	})
	if err != nil {
		return err
	}
	defer client.Close()
	box, err := client.OpenMailbox(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		m, err := list[i].mapi()
		if err == nil {
			_, err = box.Save(ctx, box.SpecialFolder(rop.FolderOutbox), m)
		}
		if err != nil {
			return errors.Join(err, box.Close(ctx))
		}
	}
	return box.Close(ctx)
}

// await waits for mails, tells their ways, and counts those that arrived whole.
func (d *Demo) await(ctx context.Context, out io.Writer, list []sample) int {
	arrived := 0
	for i := range list {
		s := &list[i]
		var problems []error
		for _, to := range s.to {
			if err := d.check(ctx, s, to); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", to, err))
			}
		}
		if err := d.tellStory(ctx, out, s.messageID()); err != nil {
			problems = append(problems, err)
		}
		for _, err := range problems {
			fmt.Fprintf(out, "  ✗ %v\n", err)
		}
		if len(problems) == 0 {
			arrived++
		}
	}
	return arrived
}

// check waits for one recipient's copy and compares it.
func (d *Demo) check(ctx context.Context, s *sample, to string) error {
	if strings.HasSuffix(to, "@"+Domain) {
		box, err := d.awaitMailbox(ctx, to)
		if err != nil {
			return err
		}
		m, err := box.WaitFor(ctx, mapitest.Inbox, func(m *mapitest.Stored) bool {
			return mapi.PidTagInternetMessageId.Get(m.Props) == s.messageID()
		})
		if err != nil {
			return fmt.Errorf("not in the Inbox: %w", err)
		}
		return s.compare(ctx, &m.Message)
	}
	name, err := d.awaitLetter(ctx, s.messageID(), to)
	if err != nil {
		return err
	}
	f, err := OpenLetter(d.Internet(), name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := mapping.ToMAPI(ctx, io.NewSectionReader(f, 0, info.Size()), mapping.ToMAPIOptions{})
	if err != nil {
		return err
	}
	return s.compare(ctx, r.Message)
}

// awaitMailbox waits for a mailbox that the first mail to it makes.
func (d *Demo) awaitMailbox(ctx context.Context, address string) (*mapitest.Mailbox, error) {
	for {
		if box := d.exchange.Mailbox(address); box != nil {
			return box, nil
		}
		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("no mailbox was made: %w", err)
		}
	}
}

// pause waits a moment, or fails with ctx.
func pause(ctx context.Context) error {
	select {
	case <-time.After(50 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// awaitLetter waits until a mail has reached a recipient on the internet.
func (d *Demo) awaitLetter(ctx context.Context, messageID, to string) (string, error) {
	for {
		for _, m := range d.sink.Mails() {
			if m.MessageID() != messageID || !slices.Contains(m.To, to) {
				continue
			}
			letters, err := Letters(d.Internet())
			if err != nil {
				return "", err
			}
			for _, l := range letters {
				if l.Time.Equal(m.At) && slices.Equal(l.To, m.To) {
					return l.Name, nil
				}
			}
		}
		if err := pause(ctx); err != nil {
			return "", fmt.Errorf("not arrived on the internet: %w", err)
		}
	}
}

// compare tells what got lost on the way.
func (s *sample) compare(ctx context.Context, m *mapi.Message) error {
	if got := mapi.PidTagSubject.Get(m.Props); got != s.subject {
		return fmt.Errorf("the subject arrived as %q", got)
	}
	if len(m.Attachments) != len(s.files) {
		return fmt.Errorf("%d of %d attachments arrived", len(m.Attachments), len(s.files))
	}
	for i, f := range s.files {
		a := &m.Attachments[i]
		if got := mapi.PidTagAttachLongFilename.Get(a.Props); got != f.name {
			return fmt.Errorf("attachment %q arrived as %q", f.name, got)
		}
		got, err := readStream(ctx, a.Data)
		if err != nil {
			return fmt.Errorf("attachment %q: %w", f.name, err)
		}
		if !bytes.Equal(got, f.content) {
			return fmt.Errorf("attachment %q arrived with other content", f.name)
		}
	}
	return nil
}

func readStream(ctx context.Context, s mapi.Stream) ([]byte, error) {
	if s == nil {
		return nil, os.ErrNotExist
	}
	r, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
