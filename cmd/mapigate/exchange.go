package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

type exchangeCommand struct {
	Listen    string   `default:"127.0.0.1:8443" placeholder:"ADDR" help:"Where to listen (${default})."`
	User      []string `sep:"none" placeholder:"NAME:PASSWORD" help:"A user with a mailbox; may be repeated."`
	Smarthost string   `placeholder:"ADDR" help:"Where mail to other domains goes over SMTP (default: it comes back)."`
	State     string   `placeholder:"DIR" help:"Keep mailboxes and unsent mail there, so that a later exchange has them again, whatever ends this one (default: in memory)."`
	CA        string   `name:"ca" placeholder:"FILE" help:"Write the certificate to trust there."`
	Verbose   bool     `short:"v" help:"Log each request to standard error."`
}

// Help explains users.
func (exchangeCommand) Help() string {
	return `A user's address is NAME@` + demo.Domain + ` unless the name contains an @. Mail to addresses in the users' domains that nobody has
comes back as a delivery report. Without --state everything is kept in memory and gone when the command ends. With it, what a client
was told is saved or submitted survives even kill -9, and the certificate stays the same; one exchange at a time uses a directory.`
}

// Run serves until it is told to stop.
func (c exchangeCommand) Run(ctx context.Context, std streams) error {
	users, err := c.users()
	if err != nil {
		return err
	}
	o := demo.ExchangeOptions{Addr: c.Listen, Users: users, Smarthost: c.Smarthost, StateDir: c.State}
	if c.Verbose {
		o.Log = slog.New(slog.NewTextHandler(std.err, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	x, err := demo.NewExchange(o)
	if err != nil {
		return fmt.Errorf("exchange: %w", err)
	}
	defer x.Close()
	if c.CA != "" {
		if err := os.WriteFile(c.CA, x.CertificatePEM(), 0o644); err != nil {
			return fmt.Errorf("exchange: --ca: %w", err)
		}
	}
	c.print(std.out, x)
	<-ctx.Done()
	return nil
}

// users reads the --user flags.
func (c exchangeCommand) users() ([]mapitest.User, error) {
	if len(c.User) == 0 {
		return nil, usagef("exchange: give at least one --user NAME:PASSWORD")
	}
	users := make([]mapitest.User, len(c.User))
	for i, u := range c.User {
		name, password, ok := strings.Cut(u, ":")
		if !ok || name == "" || password == "" {
			return nil, usagef("exchange: --user is NAME:PASSWORD, both not empty")
		}
		users[i] = mapitest.User{Name: name, Password: password}
	}
	return users, nil
}

// print tells what a client has to know.
func (c exchangeCommand) print(w io.Writer, x *demo.Exchange) {
	fmt.Fprintf(w, "listening     %s\n", x.Addr())
	fmt.Fprintf(w, "autodiscover  %s\n", x.AutodiscoverURL())
	if c.CA != "" {
		fmt.Fprintf(w, "certificate   %s\n", c.CA)
	}
	if c.Smarthost != "" {
		fmt.Fprintf(w, "smarthost     %s\n", c.Smarthost)
	}
	for _, m := range x.Mailboxes() {
		fmt.Fprintf(w, "mailbox       %s\n", m.Address())
		fmt.Fprintf(w, "  url         %s\n", m.URL())
		fmt.Fprintf(w, "  nspi        %s\n", m.AddressBookURL())
		fmt.Fprintf(w, "  dn          %s\n", m.LegacyDN())
	}
	fmt.Fprintln(w, "ready")
}
