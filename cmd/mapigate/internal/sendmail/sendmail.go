// Package sendmail is the drop-in for /usr/sbin/sendmail: its flags, its exit codes, and the message that it makes of
// what a program writes to it.
package sendmail

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/smtpside"
)

// Where mail is handed over is the gateway's listener, host:port or unix:/path, as the environment says, or the usual one.
const (
	serverEnv   = "MAPIGATE_SENDMAIL"
	usualServer = "127.0.0.1:25"
)

// Exit codes of sendmail that its callers know: sysexits(3).
const (
	dataError = 65
	tempFail  = 75
	refused   = 69
)

// help is ours to print: the flags are not those of other subcommands, so that nobody else reads them.
const help = `Usage: mapigate sendmail [FLAG ...] [RECIPIENT ...]

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

// Command is mapigate sendmail.
type Command struct {
	Args []string `arg:"" optional:"" help:"Flags and recipients as sendmail has them: -t -f FROM -F NAME -i -oi -bs …; the gateway's listener is in $MAPIGATE_SENDMAIL (127.0.0.1:25, or unix:/path)."`
}

// Run sends the message on stdin, or carries a whole SMTP session.
func (c *Command) Run(ctx context.Context, std cli.Streams) error {
	if len(c.Args) > 0 && c.Args[0] == "--help" {
		_, err := io.WriteString(std.Out, help)
		return err
	}
	flags, err := parseFlags(c.Args)
	if err != nil {
		return err
	}
	server := cmp.Or(os.Getenv(serverEnv), usualServer)
	if flags.session {
		return carry(ctx, server, std)
	}
	message, err := readMessage(std.In, flags)
	if err != nil {
		return err
	}
	if len(message.recipients) == 0 {
		return cli.Usagef("sendmail: no recipients")
	}
	return message.send(ctx, server, flags, std.Err)
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
func carry(ctx context.Context, server string, std cli.Streams) error {
	conn, err := dialServer(ctx, server)
	if err != nil {
		return &cli.ExitError{Code: tempFail, Err: fmt.Errorf("sendmail: %w", err)}
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	go func() { // ends with the connection, or with the process where stdin never ends
		io.Copy(conn, std.In)
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		}
	}()
	_, err = io.Copy(std.Out, conn)
	return err
}

// send hands the message over.
func (m *outgoingMail) send(ctx context.Context, server string, f *flags, stderr io.Writer) error {
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
		return &cli.ExitError{Code: tempFail, Err: fmt.Errorf("sendmail: %w", context.Cause(ctx))}
	}
	if err != nil {
		return &cli.ExitError{Code: dataError, Err: fmt.Errorf("sendmail: %w", err)}
	}
	code := 0
	for i, o := range result.Recipients {
		if o.Status.Success() {
			continue
		}
		fmt.Fprintf(stderr, "sendmail: %s: %s\n", m.recipients[i], o.Status.Error())
		if code = max(code, refused); !o.Status.Permanent() {
			code = tempFail
		}
	}
	if code != 0 {
		return &cli.ExitError{Code: code, Err: cli.ErrSaid}
	}
	return nil
}

// job describes the message. The server is dialled as it is; the route only needs some host.
func (m *outgoingMail) job(f *flags) smtpside.Job {
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
