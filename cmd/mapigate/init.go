package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/doctor"
)

type initCommand struct {
	Config   string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"The file to write; the password goes into a file beside it."`
	Address  string `placeholder:"ADDRESS" help:"The mail address of the gateway's mailbox; asked for if it is not given, as all of these."`
	User     string `placeholder:"NAME" help:"Login name: name@domain or DOMAIN\\name."`
	Auth     string `placeholder:"SCHEME" help:"ntlm, basic or kerberos."`
	Listen   string `placeholder:"ADDRESS" help:"Where applications send to."`
	Networks string `placeholder:"LIST" help:"Who may send without signing in: networks, with commas."`
	CA       string `name:"ca" placeholder:"FILE" help:"Certificates to trust beside the system's, PEM."`
	URL      string `name:"url" placeholder:"URL" help:"The MAPI endpoint, with --dn, where there is no Autodiscover."`
	DN       string `name:"dn" placeholder:"DN" help:"The mailbox's legacy DN."`
	Force    bool   `help:"Write over files that are there."`
}

// Help says what comes of it.
func (initCommand) Help() string {
	return `Asks a few questions, writes a small configuration that works, and examines it as doctor does: Autodiscover finds the
server. The password is read without showing it, and from standard input where that is no terminal.`
}

// Run asks, writes and examines.
func (c initCommand) Run(ctx context.Context, std cli.Streams) error {
	secret := strings.TrimSuffix(c.Config, filepath.Ext(c.Config)) + ".password"
	if !c.Force {
		for _, name := range []string{c.Config, secret} {
			if _, err := os.Lstat(name); err == nil {
				return fmt.Errorf("init: %s is there already: name another file with -c, or say --force", name)
			}
		}
	}
	a := &asker{in: bufio.NewReader(std.In), out: std.Out, terminal: terminalOf(std.In)}
	c.ask(a)
	password, err := a.password(fmt.Sprintf("Password of %s", c.User))
	if err = errors.Join(a.err, err); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if err := writePrivate(secret, password+"\n"); err != nil {
		return err
	}
	text := c.text(filepath.Base(secret))
	if err := writePrivate(c.Config, text); err != nil {
		return err
	}
	loaded, err := config.Load(c.Config)
	if err != nil {
		return fmt.Errorf("init: the answers make no configuration: %w", err)
	}
	fmt.Fprintf(std.Out, "Written: %s and %s. Does it work?\n", c.Config, secret)
	healthy := doctor.Run(ctx, loaded, doctor.Options{Report: func(f doctor.Finding) { fmt.Fprintln(std.Out, f) }})
	fmt.Fprintf(std.Out, "\nNext: mapigate serve -c %s\n", c.Config)
	if !healthy {
		fmt.Fprintf(std.Out, "but first what ✗ says above; mapigate doctor -c %s looks again.\n", c.Config)
		return cli.ErrSaid
	}
	return nil
}

// ask fills in what the flags did not say.
func (c *initCommand) ask(a *asker) {
	a.line(&c.Address, "Mail address of the mailbox that mail goes through", "")
	a.line(&c.User, `User that the gateway signs in as (name@domain or DOMAIN\name)`, c.Address)
	a.line(&c.Auth, "How to sign in: ntlm, basic (grommunio) or kerberos", config.AuthNTLM)
	a.line(&c.Listen, "Where applications send to", ":25")
	a.line(&c.Networks, "Networks that may send without signing in", "127.0.0.0/8, ::1/128")
}

// text is the configuration that the answers make.
func (c *initCommand) text(secret string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by mapigate init on %s. mapigate config describe explains every key.\n", time.Now().Format(time.DateOnly))
	b.WriteString("data: data\nlisteners:\n")
	fmt.Fprintf(&b, "  - name: apps\n    address: %q\n    mode: plain\n    networks: [", c.Listen)
	for i, n := range strings.Split(c.Networks, ",") {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", strings.TrimSpace(n))
	}
	b.WriteString("]\nexchange:\n  - name: main\n")
	if c.URL != "" {
		fmt.Fprintf(&b, "    url: %q\n    user_dn: %q\n", c.URL, c.DN)
	} else {
		fmt.Fprintf(&b, "    autodiscover: %q\n", c.Address)
	}
	if c.CA != "" {
		fmt.Fprintf(&b, "    ca_file: %q\n", c.CA)
	}
	fmt.Fprintf(&b, "    user: %q\n    password_file: %q\n    auth: %q\n    mailbox: %q\n", c.User, secret, c.Auth, c.Address)
	return b.String()
}

// writePrivate writes a file that only its owner can read, whole or not at all.
func writePrivate(name, text string) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".mapigate-init-*") // 0600
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// An asker asks on the terminal. The first error stays.
type asker struct {
	in       *bufio.Reader
	out      io.Writer
	terminal *os.File // nil where there is none
	err      error
}

func terminalOf(in io.Reader) *os.File {
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// line asks for what is not known yet; an empty answer is the proposal.
func (a *asker) line(answer *string, question, proposal string) {
	for *answer == "" && a.err == nil {
		if proposal != "" {
			fmt.Fprintf(a.out, "%s [%s]: ", question, proposal)
		} else {
			fmt.Fprintf(a.out, "%s: ", question)
		}
		text, err := a.in.ReadString('\n')
		if *answer = strings.TrimSpace(text); *answer == "" {
			*answer = proposal
		}
		if err != nil && *answer == "" {
			a.err = fmt.Errorf("no answer to %q: %w", question, err)
		}
	}
}

// password asks without showing the answer.
func (a *asker) password(question string) (string, error) {
	fmt.Fprintf(a.out, "%s: ", question)
	var text string
	var err error
	if a.terminal != nil {
		var secret []byte
		secret, err = term.ReadPassword(int(a.terminal.Fd()))
		text = string(secret)
		fmt.Fprintln(a.out)
	} else if text, err = a.in.ReadString('\n'); errors.Is(err, io.EOF) && text != "" {
		err = nil
	}
	if text = strings.TrimRight(text, "\r\n"); err == nil && text == "" {
		err = errors.New("an empty password")
	}
	return text, err
}
