package smtpside

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/smtpside/dkim"
)

// A delivery is a Job on its way: what is decided, recipient by recipient, and what is not.
type delivery struct {
	sender   *Sender
	job      *Job
	outcomes []Outcome
	settled  []bool
	open     int
	accepted bool            // some host has accepted MAIL
	text     *survey         // what the message needs, once somebody asked
	signed   map[bool]string // DKIM-Signature fields of the message, converted to 7 bits and not, once somebody asked
}

func newDelivery(s *Sender, job *Job) *delivery {
	d := &delivery{
		sender:   s,
		job:      job,
		outcomes: make([]Outcome, len(job.Recipients)),
		settled:  make([]bool, len(job.Recipients)),
		open:     len(job.Recipients),
		signed:   make(map[bool]string),
	}
	for i, r := range job.Recipients {
		if err := checkMailbox(r.Address); err != nil {
			d.settle(i, Outcome{Status: BadRecipient(err.Error())})
		}
	}
	return d
}

func (d *delivery) done() bool { return d.open == 0 }

func (d *delivery) result() Result {
	for i := range d.outcomes {
		d.outcomes[i].Unreached = d.unusable(i) && !d.accepted
	}
	return Result{Recipients: d.outcomes}
}

// settle decides about a recipient for good.
func (d *delivery) settle(i int, o Outcome) {
	if !d.settled[i] {
		d.settled[i] = true
		d.open--
	}
	d.outcomes[i] = o
}

// fail notes why a host was of no use to those who are still open. Another host may be; if none is, the last reason
// counts, and a temporary one more than a permanent one.
func (d *delivery) fail(s Status, host string) {
	for i := range d.outcomes {
		if !d.settled[i] && !(d.outcomes[i].Status.Temporary() && s.Permanent()) {
			d.outcomes[i] = Outcome{Status: s, Host: host}
		}
	}
}

// noWay notes why the domain's hosts could not be looked up. Its error is that of ctx.
func (d *delivery) noWay(ctx context.Context, why error) error {
	if ctx.Err() == nil {
		d.fail(StatusOf(why), "")
	}
	return ctx.Err()
}

// forget drops the reasons that fail noted.
func (d *delivery) forget() {
	for i := range d.outcomes {
		if !d.settled[i] {
			d.outcomes[i] = Outcome{}
		}
	}
}

// unreached tells whether all that is known of those who are open is that no host was of use for now. That a host did not meet a policy
// (X.7.X) is no such thing: there must be no way around that.
func (d *delivery) unreached() bool {
	for i := range d.outcomes {
		if d.unusable(i) {
			return true
		}
	}
	return false
}

func (d *delivery) unusable(i int) bool {
	s := d.outcomes[i].Status
	return !d.settled[i] && s.Temporary() && !strings.HasPrefix(s.Detail, "7.")
}

// pending returns the recipients that are still open.
func (d *delivery) pending() []int {
	list := make([]int, 0, d.open)
	for i, settled := range d.settled {
		if !settled {
			list = append(list, i)
		}
	}
	return list
}

// needs returns what the message needs of a host, reading it on the first call.
func (d *delivery) needs() (*survey, error) {
	if d.text != nil {
		return d.text, nil
	}
	body, err := d.job.Open()
	if err != nil {
		return nil, fmt.Errorf("opening the body: %w", err)
	}
	defer body.Close()
	s, err := surveyMessage(body)
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	d.text = s
	return s, nil
}

// signature returns the DKIM-Signature fields of the message, as the host gets it: converted or not. What cannot be signed goes
// out unsigned.
func (d *delivery) signature(convert *survey) (string, error) {
	keys := d.sender.opts.DKIM
	if len(keys) == 0 || d.job.Unsigned {
		return "", nil
	}
	fields, known := d.signed[convert != nil]
	if known {
		return fields, nil
	}
	body, err := d.job.Open()
	if err != nil {
		return "", fmt.Errorf("opening the body: %w", err)
	}
	defer body.Close()
	source := &sourceReader{r: body}
	fields, err = dkim.Sign(keys, func(w io.Writer) error { return writeLines(w, source, convert) })
	switch {
	case source.err != nil:
		return "", fmt.Errorf("reading the body: %w", source.err)
	case err != nil:
		d.sender.log.Warn("mail goes out without DKIM signature", "job", d.job.ID, "error", err)
	}
	d.signed[convert != nil] = fields
	return fields, nil
}

// writeLines writes a message as it is sent, but without dot stuffing and the final dot.
func writeLines(w io.Writer, body io.Reader, convert *survey) error {
	out := bufio.NewWriterSize(w, clientWriteBuffer)
	lines := &textWriter{out: out, plain: true}
	var err error
	if convert != nil {
		err = convert.write(lines, body)
	} else {
		_, err = io.Copy(lines, body)
	}
	return errors.Join(err, lines.endLine(), out.Flush())
}
