package smtpside

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// window is how many commands are sent before their replies are read: so few that neither side can block on the other's full
// buffers (RFC 2920 3.1).
const window = 64

var errEarlyReply = errors.New("reply before its command")

// A transaction is one mail over one connection.
type transaction struct {
	*client
	d     *delivery
	rcpts []int          // recipients told, by index in the Job
	said  map[int]Status // what the host replied to each
	mail  Status         // to MAIL
	data  Status         // to DATA
	text  Status         // to the final dot
	doubt bool           // the final dot went out, and no answer came back
	utf8  bool           // SMTPUTF8 is asked for

	signature string // DKIM-Signature fields, to go on top

	convert *survey // turns 8-bit parts into 7 bits on the way; nil to leave them
}

// deliver sends the mail to all who are still open. What the host says goes into d; so does a lost connection, as a
// provisional reason. An error is ours: the body.
func (c *client) deliver(d *delivery) error {
	t := &transaction{client: c, d: d, said: make(map[int]Status)}
	body, err := t.prepare()
	if err != nil || body == nil {
		return err
	}
	defer body.Close()
	c.mails++
	lost, err := t.run(body)
	if err != nil {
		c.broken = true
		return err
	}
	t.conclude(lost)
	return nil
}

// run goes through the commands. lost is why the connection broke, err a fault of the body.
func (t *transaction) run(body io.Reader) (lost, err error) {
	if lost = t.envelope(); lost != nil {
		return lost, nil
	}
	if t.data.Code != 354 {
		if t.data.Success() { // it is not talking of what we are talking of
			t.broken = true
		}
		return nil, nil // the next mail starts with RSET
	}
	if t.in.Buffered() > 0 { // an answer to what was not said yet would be taken for the one to the final dot
		return errEarlyReply, nil
	}
	if !t.anyAccepted() { // DATA was sent before that was known; the host gets an empty message for nobody (RFC 2920 3.1)
		_, lost = t.command(".", t.timeouts.DataEnd)
		return lost, nil
	}
	return t.message(body)
}

// envelope says MAIL, RCPT and DATA: all at once to a host with PIPELINING, else one by one, as long as it makes sense.
func (t *transaction) envelope() error {
	steps := t.steps()
	if t.offers("PIPELINING") {
		for len(steps) > 0 {
			n := min(len(steps), window)
			if err := t.pipeline(steps[:n]); err != nil {
				return err
			}
			steps = steps[n:]
		}
		return nil
	}
	for _, s := range steps {
		if s.useless != nil && s.useless() {
			continue
		}
		reply, err := t.command(s.line, s.timeout)
		if err != nil {
			return err
		}
		s.take(reply)
	}
	return nil
}

// A step is one command and what is to be done with its reply.
type step struct {
	line    string
	timeout time.Duration
	take    func(Status)
	useless func() bool // after the replies that are known
}

func (t *transaction) steps() []step {
	steps := make([]step, 0, len(t.rcpts)+3)
	if t.mails > 1 { // a kept connection: make sure that nothing is left over
		steps = append(steps, step{line: "RSET", timeout: t.timeouts.Command, take: func(s Status) {
			if !s.Success() {
				t.broken = true
			}
		}})
	}
	steps = append(steps, step{
		line:    t.mailLine(),
		timeout: t.timeouts.Command,
		take:    func(s Status) { t.mail = s },
	})
	for _, i := range t.rcpts {
		steps = append(steps, step{
			line:    t.rcptLine(i),
			timeout: t.timeouts.Command,
			take:    func(s Status) { t.said[i] = s },
			useless: func() bool { return !t.mail.Success() },
		})
	}
	return append(steps, step{
		line:    "DATA",
		timeout: t.timeouts.DataStart,
		take:    func(s Status) { t.data = s },
		useless: func() bool { return !t.anyAccepted() },
	})
}

// pipeline sends some steps, then reads their replies.
func (t *transaction) pipeline(steps []step) error {
	for _, s := range steps {
		if err := t.send(s.line); err != nil {
			return err
		}
	}
	if err := t.flush(); err != nil {
		return err
	}
	for _, s := range steps {
		reply, err := t.readReply(s.timeout)
		if err != nil {
			return err
		}
		s.take(reply)
	}
	return nil
}

func (t *transaction) anyAccepted() bool {
	for _, s := range t.said {
		if s.Success() && t.mail.Success() {
			return true
		}
	}
	return false
}

// message sends the body and its final dot, and reads the answer. It sets doubt before the answer can be lost.
func (t *transaction) message(body io.Reader) (lost, err error) {
	t.out.WriteString(t.signature)
	w := &textWriter{out: t.out}
	source := &sourceReader{r: body}
	switch err := t.copyBody(w, source); {
	case source.err != nil:
		return nil, fmt.Errorf("reading the body: %w", source.err)
	case err != nil:
		return t.interrupted(err), nil
	}
	if err := w.finish(); err != nil {
		return t.interrupted(err), nil
	}
	if err := t.flush(); err != nil {
		if t.out.Buffered() > 0 { // the dot is still here
			return t.interrupted(err), nil
		}
		t.doubt = true
		return err, nil
	}
	t.doubt = true
	reply, lost := t.readReply(t.timeouts.DataEnd)
	switch {
	case lost != nil:
		return lost, nil
	case reply.Code/100 == 3:
		t.broken = true
		return fmt.Errorf("reply %d to the final dot", reply.Code), nil
	}
	t.text, t.doubt = reply, false
	return nil, nil
}

// copyBody writes the message as it is, or as the host needs it.
func (t *transaction) copyBody(w io.Writer, body io.Reader) error {
	if t.convert != nil {
		return t.convert.write(w, body)
	}
	if t.scratch == nil {
		t.scratch = make([]byte, 2*clientWriteBuffer) // so that most of a large mail passes the buffer by
	}
	_, err := io.CopyBuffer(w, struct{ io.Reader }{body}, t.scratch) // a file would bring a buffer of its own
	return err
}

// interrupted handles a connection that broke while the message went out. The host may have said why before it hung up; it
// cannot have taken the message.
func (t *transaction) interrupted(lost error) error {
	const patience = 2 * time.Second
	defer func() { t.broken = true }()
	if reply, err := t.readReply(patience); err == nil && !reply.Success() && reply.Code >= 400 {
		t.text = reply
		return nil
	}
	return lost
}

// conclude turns replies into outcomes.
func (t *transaction) conclude(lost error) {
	t.pushedBack = t.mail.Temporary() || t.data.Code == 421 || t.text.Code == 421
	if t.mail.Code == 421 { // the host is going down; the connection is lost or will be
		t.giveBack(t.mail)
		return
	}
	if lost != nil && !t.doubt {
		t.giveBack(ConnectionLost("connection lost: " + reason(lost)))
		return
	}
	for _, i := range t.rcpts {
		o := Outcome{Status: t.verdict(t.said[i]), Host: t.host, TLS: t.tls}
		if t.doubt && t.said[i].Success() {
			o.Unknown = true
			o.Status = ConnectionLost("connection lost after the message was sent: " + reason(lost))
		}
		o.DSN = o.Status.Success() && t.offers("DSN")
		t.d.settle(i, o)
	}
}

// giveBack leaves those open whom this host might have taken; another may. A permanent refusal stands.
func (t *transaction) giveBack(why Status) {
	t.broken = true
	t.d.accepted = t.d.accepted || t.mail.Success()
	for _, i := range t.rcpts {
		if s := t.said[i]; s.Permanent() && t.mail.Success() {
			t.d.settle(i, Outcome{Status: s, Host: t.host, TLS: t.tls})
		}
	}
	t.d.fail(why, t.host)
}

// verdict is what a recipient gets whose RCPT was answered with s, in a transaction that came to its end.
func (t *transaction) verdict(s Status) Status {
	switch {
	case !t.mail.Success():
		return definite(t.mail)
	case !s.Success():
		return definite(s)
	case t.text.Success(): // only the answer to the final dot is a yes
		return t.text
	case t.text.Code != 0:
		return definite(t.text)
	}
	return definite(t.data)
}

// definite is a refusal as it came, or a temporary failure where the reply makes no sense at its place.
func definite(s Status) Status {
	if s.Temporary() || s.Permanent() {
		return s
	}
	return Status{Code: 451, Detail: "5.0", Text: "unexpected reply: " + s.Error()}
}

// A sourceReader tells apart who failed in a copy.
type sourceReader struct {
	r   io.Reader
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
