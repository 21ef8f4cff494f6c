// Package exchange runs the embedded test Exchange alone.
package exchange

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// Command is mapigate exchange.
type Command struct {
	Listen    string   `default:"127.0.0.1:8443" placeholder:"ADDR" help:"Where to listen (${default})."`
	User      []string `sep:"none" placeholder:"NAME:PASSWORD" help:"A user with a mailbox; may be repeated."`
	Grant     []string `sep:"none" placeholder:"WHO:RIGHT:MAILBOX[/FOLDER]" help:"What a user may do with another's mailbox; may be repeated."`
	Smarthost string   `placeholder:"ADDR" help:"Where mail to other domains goes over SMTP (default: it comes back)."`
	State     string   `placeholder:"DIR" help:"Keep mailboxes and unsent mail there, so that a later exchange has them again, whatever ends this one (default: in memory)."`
	CA        string   `name:"ca" placeholder:"FILE" help:"Write the certificate to trust there."`
	Verbose   bool     `short:"v" help:"Log each request to standard error."`
	Quirks    bool     `help:"Print in what the profiles differ, and exit."`

	manners
}

// Help explains users.
func (Command) Help() string {
	return `A user's address is NAME@` + demo.Domain + ` unless the name contains an @. Mail to addresses in the users' domains that nobody has
comes back as a delivery report. Without --state everything is kept in memory and gone when the command ends. With it, what a client
was told is saved or submitted survives even kill -9, and the certificate stays the same; one exchange at a time uses a directory.

The RIGHT of --grant is full-access, send-as or send-on-behalf; or, with a /FOLDER such as /Inbox, reviewer, contributor, editor or owner.
--budget lets each user send so many requests at once, given back over the time, such as 100/1m:503; beyond that the answer is
backoff (a RopBackoff, the usual one), 503 or 429 with Retry-After, server-busy or too-busy.`
}

// Run serves until it is told to stop.
func (c Command) Run(ctx context.Context, std cli.Streams) error {
	if c.Quirks {
		return printQuirks(std.Out)
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	if c.Verbose {
		o.Log = slog.New(slog.NewTextHandler(std.Err, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	x, err := demo.NewExchange(o)
	if err != nil {
		return fmt.Errorf("exchange: %w", err)
	}
	defer x.Close()
	for _, g := range c.Grant {
		if err := grant(x, g); err != nil {
			return err
		}
	}
	if c.CA != "" {
		if err := os.WriteFile(c.CA, x.CertificatePEM(), 0o644); err != nil {
			return fmt.Errorf("exchange: --ca: %w", err)
		}
	}
	c.print(std.Out, x)
	<-ctx.Done()
	return nil
}

// options reads the flags.
func (c Command) options() (demo.ExchangeOptions, error) {
	o := demo.ExchangeOptions{Addr: c.Listen, Smarthost: c.Smarthost, StateDir: c.State}
	var err error
	if o.Users, err = c.users(); err != nil {
		return o, err
	}
	return o, c.manners.apply(&o)
}

// users reads the --user flags.
func (c Command) users() ([]mapitest.User, error) {
	if len(c.User) == 0 {
		return nil, cli.Usagef("exchange: give at least one --user NAME:PASSWORD")
	}
	users := make([]mapitest.User, len(c.User))
	for i, u := range c.User {
		name, password, ok := strings.Cut(u, ":")
		if !ok || name == "" || password == "" {
			return nil, cli.Usagef("exchange: --user is NAME:PASSWORD, both not empty")
		}
		users[i] = mapitest.User{Name: name, Password: password}
	}
	return users, nil
}

// print tells what a client has to know.
func (c Command) print(w io.Writer, x *demo.Exchange) {
	fmt.Fprintf(w, "listening     %s\n", x.Addr())
	fmt.Fprintf(w, "autodiscover  %s\n", x.AutodiscoverURL())
	fmt.Fprintf(w, "profile       %s\n", c.Profile)
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

// printQuirks prints the table of quirks.
func printQuirks(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "QUIRK\tPROFILES\tSECTION\tA SERVER WITH IT")
	for _, q := range mapitest.Quirks() {
		profiles := strings.Join(q.Profiles, ", ")
		if profiles == "" {
			profiles = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", q.Quirk, profiles, q.Section, q.Does)
	}
	return w.Flush()
}
