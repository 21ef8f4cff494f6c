package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"os"
	"os/user"
	"strings"

	"github.com/mapigate/mapigate/smtpside"
)

// sendmailServer is where sendmail hands mail over: the gateway's listener, host:port or unix:/path, if the environment says nothing.
const (
	sendmailServer = "127.0.0.1:25"
	sendmailEnv    = "MAPIGATE_SENDMAIL"
)

// Exit codes of sendmail that its callers know: sysexits(3).
const (
	exDataErr  = 65
	exTempFail = 75
	exRefused  = 69
)

// sendmailHelp is ours to print: the flags are not those of other subcommands, so that nobody else reads them.
const sendmailHelp = `Usage: mapigate sendmail [FLAG ...] [RECIPIENT ...]

Sends the message on stdin as /usr/sbin/sendmail does; a link of that name to mapigate works, too.

  -t           take recipients from To, Cc and Bcc; Bcc is removed
  -f, -r FROM  the envelope sender; "<>" is the null sender
  -F NAME      the name for From where the message has none
  -i, -oi      a line with a dot alone does not end the message
  -bs          speak SMTP on stdin and stdout
  -N WHEN      what to report: never, or success, failure, delay
  -R RET       what a report returns: full or hdrs
  -V ENVID     the name of the message in reports
  -oem, -odb, -v, -B, -O and others that mean nothing here are taken and forgotten.

The gateway's listener is in $MAPIGATE_SENDMAIL: host:port (127.0.0.1:25 if unset) or unix:/path.

Exit codes: 0 sent, 2 wrong usage, 65 no message that can be sent, 69 refused, 75 not now, try again.
`

type sendmailCommand struct {
	Args []string `arg:"" optional:"" help:"Flags and recipients as sendmail has them: -t -f FROM -F NAME -i -oi -bs …; the gateway's listener is in $MAPIGATE_SENDMAIL (127.0.0.1:25, or unix:/path)."`
}

// Run sends the message on stdin, or carries a whole SMTP session.
func (c *sendmailCommand) Run(ctx context.Context, std streams) error {
	if len(c.Args) > 0 && c.Args[0] == "--help" {
		_, err := io.WriteString(std.out, sendmailHelp)
		return err
	}
	flags, err := parseSendmail(c.Args)
	if err != nil {
		return err
	}
	server := cmp.Or(os.Getenv(sendmailEnv), sendmailServer)
	if flags.session {
		return carry(ctx, server, std)
	}
	message, err := readMessage(std.in, flags)
	if err != nil {
		return err
	}
	if len(message.recipients) == 0 {
		return usagef("sendmail: no recipients")
	}
	return message.send(ctx, server, flags, std.err)
}

// dialServer connects to the gateway.
func dialServer(ctx context.Context, server string) (net.Conn, error) {
	network := "tcp"
	if path, ok := strings.CutPrefix(server, "unix:"); ok {
		network, server = "unix", path
	}
	return (&net.Dialer{}).DialContext(ctx, network, server)
}

// carry copies an SMTP session between stdin, stdout and the gateway.
func carry(ctx context.Context, server string, std streams) error {
	conn, err := dialServer(ctx, server)
	if err != nil {
		return &exitError{exTempFail, fmt.Errorf("sendmail: %w", err)}
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	go func() { // ends with the connection, or with the process where stdin never ends
		io.Copy(conn, std.in)
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		}
	}()
	_, err = io.Copy(std.out, conn)
	return err
}

// An outgoingMail is a message that sendmail is to send.
type outgoingMail struct {
	text       []byte
	from       string
	recipients []string
}

// maxSendmail bounds a message; the gateway has limits of its own.
const maxSendmail = 256 << 20

var errMessageLong = errors.New("message too large")

// readMessage reads a message and finds out whom it is from and for.
func readMessage(in io.Reader, f *sendmailFlags) (*outgoingMail, error) {
	text, err := readText(in, f.dots)
	if err != nil {
		return nil, &exitError{exDataErr, fmt.Errorf("sendmail: %w", err)}
	}
	author := cmp.Or(f.from, whoami())
	m := &outgoingMail{from: author, recipients: f.recipients}
	if f.null {
		m.from = ""
	}
	head, body := cutHead(text)
	if f.headers {
		listed, err := headerRecipients(head)
		if err != nil {
			return nil, &exitError{exDataErr, fmt.Errorf("sendmail: recipients in the header: %w", err)}
		}
		m.recipients = append(m.recipients, listed...)
		head = withoutBcc(head)
	}
	if !hasField(head, "from") {
		head = append([]byte("From: "+(&mail.Address{Name: f.name, Address: author}).String()+"\n"), head...)
	}
	m.text = append(head, body...)
	return m, nil
}

// readText reads up to the end, or to a line with a dot alone.
func readText(in io.Reader, dots bool) ([]byte, error) {
	var text []byte
	r := bufio.NewReader(io.LimitReader(in, maxSendmail+1))
	for {
		line, err := r.ReadBytes('\n')
		if !dots && strings.TrimRight(string(line), "\r\n") == "." {
			return text, nil
		}
		text = append(text, line...)
		switch {
		case len(text) > maxSendmail:
			return nil, errMessageLong
		case errors.Is(err, io.EOF):
			return text, nil
		case err != nil:
			return nil, err
		}
	}
}

// whoami is the address of whoever runs us.
func whoami() string {
	name := "nobody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return name + "@" + host
}

// cutHead cuts behind the last field of the header. What does not begin with a field has none.
func cutHead(text []byte) (head, body []byte) {
	at := 0
	for line := range bytes.Lines(text) {
		name, _, field := bytes.Cut(line, []byte(":"))
		folded := at > 0 && (line[0] == ' ' || line[0] == '\t')
		if !folded && (!field || len(name) == 0 || bytes.ContainsAny(name, " \t")) {
			break
		}
		at += len(line)
	}
	head, body = bytes.Clone(text[:at]), text[at:]
	if first, _, _ := bytes.Cut(body, []byte("\n")); len(bytes.TrimSpace(first)) > 0 || len(body) == 0 {
		body = append([]byte("\n"), body...)
	}
	return head, body
}

// headerFields gives the unfolded values of fields, by lower-case name.
func headerFields(head []byte) mail.Header {
	m, err := mail.ReadMessage(bytes.NewReader(append(bytes.Clone(head), '\n')))
	if err != nil {
		return nil
	}
	return m.Header
}

func hasField(head []byte, name string) bool { return headerFields(head).Get(name) != "" }

// headerRecipients gives everybody in To, Cc and Bcc.
func headerRecipients(head []byte) (all []string, err error) {
	fields := headerFields(head)
	for _, name := range []string{"To", "Cc", "Bcc"} {
		for _, value := range fields[name] {
			if strings.TrimSpace(value) == "" {
				continue
			}
			list, err := mail.ParseAddressList(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			for _, a := range list {
				all = append(all, a.Address)
			}
		}
	}
	return all, nil
}

// withoutBcc takes out who must not be seen.
func withoutBcc(head []byte) (out []byte) {
	skip := false
	for line := range bytes.Lines(head) {
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			skip = strings.EqualFold(strings.TrimSpace(string(name)), "bcc")
		}
		if !skip {
			out = append(out, line...)
		}
	}
	return out
}

// send hands the message over.
func (m *outgoingMail) send(ctx context.Context, server string, f *sendmailFlags, stderr io.Writer) error {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	s, err := smtpside.NewSender(smtpside.SenderOptions{
		Hostname: host, IdleTimeout: -1,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialServer(ctx, server) },
	})
	if err != nil {
		return err
	}
	defer s.Close()
	result, err := s.Send(ctx, m.job(f))
	if ctx.Err() != nil { // interrupted, which is nobody's fault: the caller may try again
		return &exitError{exTempFail, fmt.Errorf("sendmail: %w", context.Cause(ctx))}
	}
	if err != nil {
		return &exitError{exDataErr, fmt.Errorf("sendmail: %w", err)}
	}
	code := 0
	for i, o := range result.Recipients {
		if o.Status.Success() {
			continue
		}
		fmt.Fprintf(stderr, "sendmail: %s: %s\n", m.recipients[i], o.Status.Error())
		if code = max(code, exRefused); !o.Status.Permanent() {
			code = exTempFail
		}
	}
	if code != 0 {
		return &exitError{code, errSaid}
	}
	return nil
}

// job describes the message. The server is dialled as it is; the route only needs some host.
func (m *outgoingMail) job(f *sendmailFlags) smtpside.Job {
	job := smtpside.Job{
		ID: "sendmail", Route: smtpside.Route{Hosts: []string{"127.0.0.1:25"}}, From: m.from,
		Params: smtpside.MailParams{Return: smtpside.Return(strings.ToUpper(f.ret)), EnvelopeID: f.envid},
		Open:   func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m.text)), nil },
	}
	var notify smtpside.Notify
	for word := range strings.SplitSeq(strings.ToLower(f.notify), ",") {
		notify |= map[string]smtpside.Notify{
			"never": smtpside.NotifyNever, "success": smtpside.NotifySuccess, "failure": smtpside.NotifyFailure, "delay": smtpside.NotifyDelay,
		}[word]
	}
	for i, r := range m.recipients {
		if !strings.Contains(r, "@") { // a local name, as cron has it
			from := cmp.Or(m.from, whoami())
			host := from[strings.LastIndexByte(from, '@')+1:]
			m.recipients[i] = r + "@" + host
		}
		job.Recipients = append(job.Recipients, smtpside.JobRecipient{Address: m.recipients[i], Params: smtpside.RcptParams{Notify: notify}})
	}
	return job
}
