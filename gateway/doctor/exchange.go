package doctor

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// exchanges looks at each Exchange, and at the mailboxes that are needed there.
func (d *doctor) exchanges(ctx context.Context) {
	for i := range d.config.Exchange {
		x := &examination{doctor: d, exchange: &d.config.Exchange[i]}
		x.what = "exchange " + x.exchange.Name
		x.run(ctx)
	}
}

// An examination looks at one Exchange.
type examination struct {
	*doctor
	exchange *config.Exchange
	what     string
	book     *mapiclient.AddressBook
	rejected bool // the server did not take the sign-in
}

func (x *examination) run(ctx context.Context) {
	main := x.exchange.Mailbox
	if main == "" {
		main = x.exchange.Autodiscover
	}
	if main == "" {
		x.untold(x.what, "the configuration names no mailbox to look at")
		return
	}
	if !x.reach(ctx, main) {
		return
	}
	if x.mailbox(ctx, "mailbox "+main, main, need{submits: x.exchange.Deliver != config.DeliverInbox}) {
		x.addressBook(ctx, main)
	}
	if x.rejected {
		return // more attempts with a wrong password could lock the account
	}
	x.identities(ctx, main)
	x.watched(ctx)
	if x.book != nil {
		x.book.Close(ctx)
	}
}

// reach finds the server and looks at its certificate.
func (x *examination) reach(ctx context.Context, mailbox string) (ok bool) {
	x.within(ctx, func(ctx context.Context) {
		client, err := organisation.NewClient(x.exchange, mailbox, x.opts.Trace)
		if err != nil {
			x.wrong(x.what, err.Error(), "correct the configuration")
			return
		}
		defer client.Close()
		e, err := client.Endpoint(ctx)
		if err != nil {
			x.wrong(x.what+", discovery", err.Error(), remedyOf(err, x.exchange))
			return
		}
		x.fine(x.what+", discovery", "%s", withoutQuery(e.URL))
		x.alternatives(ctx, client)
		ok = x.tls(ctx, e.URL)
	})
	return ok
}

// alternatives tells which other mailboxes Autodiscover names.
func (x *examination) alternatives(ctx context.Context, client *mapiclient.Client) {
	if x.exchange.Autodiscover == "" {
		return
	}
	list, err := client.Alternatives(ctx)
	if err != nil || len(list) == 0 {
		return // that it answers has been seen, and most accounts have none
	}
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = fmt.Sprintf("%s (%s)", cmp.Or(m.SMTPAddress, m.LegacyDN), m.Type)
	}
	x.fine(x.what+", other mailboxes that Autodiscover names", "%s", strings.Join(names, ", "))
}

func withoutQuery(s string) string {
	s, _, _ = strings.Cut(s, "?")
	return s
}

func (x *examination) tls(ctx context.Context, endpoint string) bool {
	what := x.what + ", TLS"
	u, err := url.Parse(endpoint)
	if err != nil {
		x.wrong(what, err.Error(), "correct the URL")
		return false
	}
	roots, err := organisation.Roots(x.exchange.CAFile)
	if err != nil {
		x.wrong(what, err.Error(), "correct ca_file")
		return false
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		x.wrong(what, err.Error(), remedyOf(err, x.exchange))
		return false
	}
	defer conn.Close()
	state := conn.(*tls.Conn).ConnectionState()
	x.expiry(fmt.Sprintf("%s, %s with %s", x.what, tls.VersionName(state.Version), u.Host), state.PeerCertificates[0])
	x.clock(conn, u)
	return true
}

// clockApart is how far two clocks may be apart before Kerberos, tokens and certificates fail. RFC 4120 8.2
const clockApart = 5 * time.Minute

// clock compares ours with the server's, by the Date of any answer.
func (x *examination) clock(conn net.Conn, u *url.URL) {
	what := x.what + ", clock"
	if err := conn.SetDeadline(time.Now().Add(x.opts.Timeout)); err != nil {
		return
	}
	asked := http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/"}, Host: u.Host, Header: http.Header{"User-Agent": {"Mapigate"}}}
	if err := asked.Write(conn); err != nil {
		return // what is wrong with the server shows in the next step
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), &asked)
	if err != nil {
		return
	}
	defer answer.Body.Close()
	theirs, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return
	}
	if apart := x.opts.Now().Sub(theirs); apart.Abs() > clockApart {
		x.wrong(what, fmt.Sprintf("it is %s from the server's", apart.Round(time.Second)), "set both by NTP: Kerberos and tokens allow five minutes")
		return
	}
	x.fine(what, "as the server's")
}

// need is what a mailbox is needed for.
type need struct {
	submits bool // mail goes through it
	watched bool // its mail is taken out of it
}

// mailbox opens a mailbox, whose rights the server tells at the logon.
func (x *examination) mailbox(ctx context.Context, what, address string, n need) (ok bool) {
	what = x.what + ", " + what
	x.within(ctx, func(ctx context.Context) {
		err := x.with(ctx, address, func(m *mapiclient.Mailbox) error {
			rights := m.Rights()
			_, err := m.Folders(ctx, m.SpecialFolder(rop.FolderIPMSubtree))
			switch {
			case err != nil:
				return err
			case n.watched && rights&rop.LogonOwnerRight == 0:
				x.wrong(what, "the account is not its owner", fmt.Sprintf("give %s full access to it", x.exchange.User))
			case n.submits && rights&rop.LogonSendAsRight == 0:
				x.wrong(what, "the account may not send as it", fmt.Sprintf("let %s send as %s", x.exchange.User, address))
			default:
				x.fine(what, "signed in as %s by %s, logged on%s", x.exchange.User, x.exchange.Auth, rightsText(rights))
				ok = true
			}
			return nil
		})
		if err != nil {
			var rejected *auth.RejectedError
			x.rejected = errors.As(err, &rejected)
			x.wrong(what, err.Error(), remedyOf(err, x.exchange))
		}
	})
	return ok
}

// with opens a mailbox for a moment.
func (x *examination) with(ctx context.Context, address string, f func(*mapiclient.Mailbox) error) error {
	client, err := organisation.NewClient(x.exchange, address, x.opts.Trace)
	if err != nil {
		return err
	}
	defer client.Close()
	m, err := client.OpenMailbox(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(m), m.Close(ctx))
}

func rightsText(r rop.ResponseFlags) string {
	var s string
	if r&rop.LogonOwnerRight != 0 {
		s += ", owner"
	}
	if r&rop.LogonSendAsRight != 0 {
		s += ", may send as it"
	}
	if r&rop.LogonOutOfOffice != 0 {
		s += ", out of office is on"
	}
	return s
}

func (x *examination) addressBook(ctx context.Context, address string) {
	what := x.what + ", address book"
	x.within(ctx, func(ctx context.Context) {
		client, err := organisation.NewClient(x.exchange, address, x.opts.Trace)
		if err != nil {
			x.wrong(what, err.Error(), "correct the configuration")
			return
		}
		book, err := client.AddressBook(context.WithoutCancel(ctx))
		if err != nil {
			x.wrong(what, err.Error(), "senders and recipients within the organisation cannot be looked up: see to the server's /mapi/nspi")
			return
		}
		x.book = book
		e, err := book.ByAddress(ctx, address)
		switch {
		case err != nil:
			x.wrong(what, err.Error(), "see to the server's /mapi/nspi")
		case e == nil:
			x.wrong(what, "it does not know "+address, "correct the address of the mailbox in the configuration")
		default:
			x.fine(what, "%s is %s", address, strings.Join(e.Proxies(), ", "))
		}
	})
}

// identities looks at the mailboxes of the sender map, and whether the names
// that it sends in may be used.
func (x *examination) identities(ctx context.Context, main string) {
	seen := map[string]bool{strings.ToLower(main): true}
	for _, i := range x.exchange.Identities {
		if key := strings.ToLower(i.Mailbox); !seen[key] {
			seen[key] = true
			x.mailbox(ctx, "mailbox "+i.Mailbox, i.Mailbox, need{submits: true})
		}
		from := i.From.String()
		if !i.RewriteFrom && isAddress(from) && !strings.EqualFold(from, i.Mailbox) {
			x.sendAs(ctx, i.Mailbox, from)
		}
	}
}

// isAddress tells an address from the other patterns.
func isAddress(pattern string) bool {
	return strings.Contains(pattern, "@") && !strings.HasPrefix(pattern, "@") && !strings.ContainsAny(pattern, "*?<")
}

// sendAs tells whether mail through a mailbox may carry another's name. The
// server tells it at the logon to that mailbox; where the account may not log
// on there only a mail shows it, which is sent when mail may be sent at all.
func (x *examination) sendAs(ctx context.Context, mailbox, from string) {
	what := fmt.Sprintf("%s, %s sending as %s", x.what, mailbox, from)
	x.within(ctx, func(ctx context.Context) {
		if x.book != nil {
			if e, err := x.book.ByAddress(ctx, from); err == nil && e == nil {
				x.wrong(what, "nobody has that address", "Exchange refuses it (550 5.7.60): correct it, or set rewrite_from")
				return
			}
		}
		right, err := x.sendRight(ctx, mailbox, from)
		switch {
		case right == mapiclient.SendAs:
			x.fine(what, "allowed")
		case right == mapiclient.SendOnBehalf:
			x.fine(what, "allowed; recipients see that %s sends on behalf of it", mailbox)
		case right == mapiclient.SendDenied:
			x.wrong(what, "not allowed", fmt.Sprintf("let %s send as %s, or set rewrite_from", x.exchange.User, from))
		case x.opts.SendTo == "":
			x.untold(what, "only a mail shows whether it is allowed, since the account cannot open that mailbox (%v); --send-to sends one", err)
		case err != nil:
			x.wrong(what, err.Error(), remedyOf(err, x.exchange))
		default:
			x.untold(what, "the server took a mail from %s to itself in that name, and it has not come back", mailbox)
		}
	})
}

// sendRight asks at the logon, which tells nothing of a right to send on behalf, and by a mail if mail may be sent.
func (x *examination) sendRight(ctx context.Context, mailbox, from string) (mapiclient.SendRight, error) {
	client, err := organisation.NewClient(x.exchange, from, x.opts.Trace)
	if err != nil {
		return mapiclient.SendUntold, err
	}
	defer client.Close()
	right, err := client.SendRight(ctx)
	if right == mapiclient.SendAs || x.opts.SendTo == "" {
		return right, err
	}
	err = x.with(ctx, mailbox, func(m *mapiclient.Mailbox) (err error) {
		ctx, cancel := context.WithTimeout(ctx, x.opts.Timeout*2/3)
		defer cancel()
		right, err = m.ProbeSend(ctx, mailbox, from)
		return err
	})
	return right, err
}

// watched looks at the mailboxes whose mail is taken out.
func (x *examination) watched(ctx context.Context) {
	for i := range x.config.Outbox {
		o := &x.config.Outbox[i]
		if o.Exchange != x.exchange.Name && (o.Exchange != "" || len(x.config.Exchange) != 1) {
			continue
		}
		for _, address := range o.Mailboxes {
			x.mailbox(ctx, "watched mailbox "+address, address, need{watched: true})
		}
	}
}
