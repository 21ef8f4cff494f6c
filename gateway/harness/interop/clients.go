package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/harness/peers"
)

// clientFeatures are what is tried with each client program.
var clientFeatures = []string{"STARTTLS, AUTH PLAIN", "STARTTLS, AUTH LOGIN", "implicit TLS", "8-bit, dot lines", "10 MB"}

// A client is somebody else's program that sends mail.
type client struct {
	name string
	// args gives the command for a feature, or why it does not apply. The message stands in a file; f says what is asked for.
	args func(w *world, f feature) (args []string, skip string)
}

// A feature is what a client shall do.
type feature struct {
	name      string
	mechanism string // PLAIN or LOGIN
	implicit  bool
	port      string
	file      string // the message, CRLF
}

const (
	sender    = "robot@here.test"
	recipient = "box@there.test"
)

var clients = []client{
	{"swaks", swaks}, {"msmtp", msmtp}, {"mailx (msmtp)", mailx}, {"curl", curl}, {"smtplib", smtplib}, {"nodemailer", nodemailer},
}

// clientHouse holds those that this system may not have.
func clientHouse(ctx context.Context, w *world, debs string) (*peers.House, error) {
	return peers.Open(ctx, filepath.Join(w.dir, "clients"), debs, "swaks", "libnet-ssleay-perl", "msmtp", "libsecret-1-0", "bsd-mailx",
		"liblockfile1", "node-nodemailer")
}

func swaks(w *world, f feature) ([]string, string) {
	args := []string{"swaks", "--server", "localhost", "--port", f.port, "--from", sender, "--to", recipient, "--tls-ca-path", w.root,
		"--auth", f.mechanism, "--auth-user", user, "--auth-password", password, "--data", "@" + f.file, "--hide-all"}
	if f.implicit {
		return append(args, "--tlsc"), ""
	}
	return append(args, "--tls"), ""
}

func msmtp(w *world, f feature) ([]string, string) {
	start := "on"
	if f.implicit {
		start = "off"
	}
	return []string{"sh", "-c", fmt.Sprintf("exec msmtp --host=localhost --port=%s --tls=on --tls-starttls=%s --tls-trust-file=%s --auth=%s --user=%s "+
		"--passwordeval='echo %s' --from=%s %s <%s", f.port, start, w.root, strings.ToLower(f.mechanism), user, password, sender, recipient, f.file)}, ""
}

// mailx hands its mail to a program that is called like sendmail; it writes the header itself.
func mailx(w *world, f feature) ([]string, string) {
	if f.implicit || f.mechanism == "LOGIN" {
		return nil, "– as msmtp"
	}
	config := fmt.Sprintf("defaults\nhost localhost\nport %s\ntls on\ntls_trust_file %s\nauth plain\nuser %s\npasswordeval echo %s\nfrom %s\naccount default\n",
		f.port, w.root, user, password, sender)
	script := fmt.Sprintf(`umask 077; printf '%%s' "$1" >%[1]s.rc; printf '#!/bin/sh\nexec msmtp -C %[1]s.rc "$@"\n' >%[1]s.sh; chmod 755 %[1]s.sh
printf 'set sendmail=%[1]s.sh\n' >%[1]s.mailrc; tr -d '\r' <%[1]s | sed '1,/^$/d' | MAILRC=%[1]s.mailrc exec bsd-mailx -s "$(sed -n 's/^Subject: \(.*\)\r$/\1/p' %[1]s)" %[2]s`,
		f.file, recipient)
	return []string{"sh", "-c", script, "sh", config}, ""
}

func curl(w *world, f feature) ([]string, string) {
	scheme := "smtp"
	if f.implicit {
		scheme = "smtps"
	}
	return []string{"curl", "-sS", "--ssl-reqd", "--cacert", w.root, "--login-options", "AUTH=" + f.mechanism, "-u", user + ":" + password,
		"--mail-from", sender, "--mail-rcpt", recipient, "-T", f.file, scheme + "://localhost:" + f.port + "/client.test"}, ""
}

const smtplibScript = `
import smtplib, ssl, sys
port, mechanism, implicit, ca, user, password, sender, to, name = sys.argv[1:]
tls = ssl.create_default_context(cafile=ca)
if implicit == 'true':
    s = smtplib.SMTP_SSL('localhost', int(port), context=tls)
else:
    s = smtplib.SMTP('localhost', int(port)); s.starttls(context=tls)
s.ehlo(); s.user, s.password = user, password
s.auth(mechanism, s.auth_plain if mechanism == 'PLAIN' else s.auth_login)
s.sendmail(sender, [to], open(name, 'rb').read(), ['BODY=8BITMIME']); s.quit()
`

func smtplib(w *world, f feature) ([]string, string) {
	return []string{"python3", "-c", smtplibScript, f.port, f.mechanism, fmt.Sprint(f.implicit), w.root, user, password, sender, recipient, f.file}, ""
}

const nodemailerScript = `
const [port, mechanism, implicit, ca, user, pass, from, to, name] = process.argv.slice(1), fs = require('fs');
require('nodemailer').createTransport({host: 'localhost', port: +port, secure: implicit == 'true', requireTLS: true,
  tls: {ca: fs.readFileSync(ca)}, auth: {user, pass}, authMethod: mechanism})
  .sendMail({envelope: {from, to}, raw: fs.readFileSync(name)}).catch(e => {console.error(e); process.exit(1)});
`

func nodemailer(w *world, f feature) ([]string, string) {
	return []string{"env", "NODE_PATH=/usr/share/nodejs", "node", "-e", nodemailerScript, f.port, f.mechanism, fmt.Sprint(f.implicit), w.root, user, password,
		sender, recipient, f.file}, ""
}

// command makes a feature's mail and the command that sends it.
func (c *client) command(w *world, house *peers.House, name string) (run func(context.Context) (*exec.Cmd, *trial, string, error), skip string) {
	f := feature{name: name, mechanism: "PLAIN", port: portOf(w.login)}
	t := &trial{name: name, body: plainBody}
	switch name {
	case "STARTTLS, AUTH LOGIN":
		f.mechanism = "LOGIN"
	case "implicit TLS":
		f.implicit, f.port = true, portOf(w.implicit)
	case "8-bit, dot lines":
		t.body = "Gr\xc3\xbc\xc3\x9fe\r\n.\r\n..\r\n.x\r\n"
	case "10 MB":
		t.body = strings.Repeat(strings.Repeat("0123456789", 7)+"\r\n", 10<<20/72)
	}
	token := fmt.Sprintf("client-%s-%x", c.name[:4], time.Now().UnixNano())
	f.file = filepath.Join(w.dir, token)
	args, skip := c.args(w, f)
	if skip != "" {
		return nil, skip
	}
	program := args[0]
	if program == "sh" {
		program = map[string]string{"msmtp": "msmtp", "mailx (msmtp)": "bsd-mailx"}[c.name]
	}
	if _, err := exec.LookPath(program); err != nil && house == nil {
		return nil, "– not here"
	}
	return func(ctx context.Context) (*exec.Cmd, *trial, string, error) {
		message := t.message(token)
		if c.name == "swaks" { // which puts an end of line behind the message, always
			message = strings.TrimSuffix(message, "\r\n")
		}
		err := os.WriteFile(f.file, []byte(message), 0o600)
		if house == nil {
			return exec.CommandContext(ctx, args[0], args[1:]...), t, token, err
		}
		return house.Command(ctx, nil, args[0], args[1:]...), t, token, err
	}, ""
}

// tryClient runs a client and looks at what arrives.
func (w *world) tryClient(ctx context.Context, c client, _ string, run func(context.Context) (*exec.Cmd, *trial, string, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	cmd, t, token, err := run(ctx)
	if err != nil {
		return err
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %.600s", c.name, err, bytes.TrimSpace(out))
	}
	m, err := w.arrived(ctx, token)
	if err != nil {
		return err
	}
	return t.sameBody(m.Raw)
}
