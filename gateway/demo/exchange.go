package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapping"
	"github.com/mapigate/mapigate/smtpside"
)

// Domain is where users live whose names have no domain.
const Domain = "example.test"

// ExchangeOptions say what an embedded Exchange is like. The zero value works.
type ExchangeOptions struct {
	// Addr is where it listens. Default 127.0.0.1:0.
	Addr string
	// Users have a mailbox each. A Name without an Address gives one at [Domain].
	Users []mapitest.User
	// Unknown is told of an address in one of the users' domains that nobody
	// has, and may add the user. Default: mail to it comes back.
	Unknown func(address string)
	// Profile says which server is imitated. Default Exchange SE.
	Profile *mapitest.Profile
	// Limits bound messages, mailboxes, sessions and requests; a zero field is the usual one.
	Limits mapitest.Limits
	// Protection says whether sign-ins have to be bound to the TLS connection.
	Protection mapitest.ExtendedProtection
	// Keytab has the keys by which Kerberos tickets are taken. Default: none are.
	Keytab string
	// Smarthost is the host:port that takes mail for other domains. Default:
	// such mail comes back.
	Smarthost string
	// StateDir is where mailboxes and unsent mail are kept; "" keeps them in memory.
	StateDir string
	// Log is where it tells what it does; nil is nowhere.
	Log *slog.Logger
}

// An Exchange is a test Exchange with a way out over SMTP.
type Exchange struct {
	*mapitest.Server
	sender    *smtpside.Sender
	smarthost string
	host      string
	log       *slog.Logger
	ready     chan struct{} // closed when the server is there
}

// NewExchange starts one; Close stops it.
func NewExchange(o ExchangeOptions) (*Exchange, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	x := &Exchange{smarthost: o.Smarthost, host: "exchange." + Domain, log: o.Log, ready: make(chan struct{})}
	opts := mapitest.Options{Addr: o.Addr, Domains: []string{Domain}, Unknown: o.Unknown, Logger: o.Log,
		Limits: o.Limits, Profile: o.Profile, ExtendedProtection: o.Protection, Keytab: o.Keytab, StateDir: o.StateDir}
	for _, u := range o.Users {
		u = withAddress(u)
		opts.Users = append(opts.Users, u)
		if _, domain, _ := strings.Cut(u.Address, "@"); domain != "" {
			opts.Domains = append(opts.Domains, domain)
		}
	}
	if o.Smarthost != "" {
		sender, err := smtpside.NewSender(smtpside.SenderOptions{Hostname: x.host, Logger: o.Log})
		if err != nil {
			return nil, err
		}
		x.sender, opts.Transport = sender, x.send
	}
	server, err := mapitest.New(opts)
	if err != nil {
		if x.sender != nil {
			err = errors.Join(err, x.sender.Close())
		}
		return nil, err
	}
	x.Server = server
	close(x.ready)
	return x, nil
}

// withAddress gives a user whose name is an address that address, and any
// other one an address at Domain.
func withAddress(u mapitest.User) mapitest.User {
	switch {
	case u.Address != "":
	case strings.Contains(u.Name, "@"):
		u.Address = u.Name
	default:
		u.Address = u.Name + "@" + Domain
	}
	return u
}

// Close stops the server.
func (x *Exchange) Close() error {
	err := x.Server.Close()
	if x.sender != nil {
		err = errors.Join(err, x.sender.Close())
	}
	return err
}

// SMTPAddress gives the address of a user by DN; x resolves the addresses of
// the messages it sends.
func (x *Exchange) SMTPAddress(_ context.Context, addressType, address string) (string, error) {
	if box := x.Mailbox(address); box != nil && strings.EqualFold(addressType, "EX") {
		return box.Address(), nil
	}
	return "", nil
}

// send is the server's Transport: it hands the message, as MIME, to the smarthost.
func (x *Exchange) send(ctx context.Context, m *mapi.Message, e mapitest.Envelope) error {
	<-x.ready // mail of an earlier server is sent at once
	spool, err := os.CreateTemp("", "mapigate-exchange-")
	if err != nil {
		return err
	}
	defer func() {
		if err := errors.Join(spool.Close(), os.Remove(spool.Name())); err != nil {
			x.log.Warn("a sent message could not be taken off the disk", "error", err)
		}
	}()
	now := time.Now()
	trace, err := fmt.Fprintf(spool, "Received: by %s (test Exchange) with MAPI;\r\n %s\r\n", x.host, now.Format(time.RFC1123Z))
	if err != nil {
		return err
	}
	mime, err := mapping.ToMIME(ctx, spool, m, mapping.ToMIMEOptions{Resolver: x, Now: now, Domain: x.host, EightBit: true})
	if err != nil {
		return err
	}
	for _, l := range mime.Losses {
		x.log.Warn("lost in translation", "message_id", mime.MessageID, "loss", l.String())
	}
	return x.relay(ctx, spool, int64(trace)+mime.Size, mime, envelopeFrom(m, e), e.Recipients)
}

// envelopeFrom is who is told of trouble. A report has nobody: a report about it
// would be reported on. RFC 5321 4.5.5
func envelopeFrom(m *mapi.Message, e mapitest.Envelope) string {
	if strings.HasPrefix(strings.ToUpper(mapi.PidTagMessageClass.Get(m.Props)), "REPORT.") {
		return ""
	}
	return e.From
}

func (x *Exchange) relay(ctx context.Context, spool io.ReaderAt, size int64, m *mapping.MIMEResult, from string, to []string) error {
	job := smtpside.Job{
		ID:     m.MessageID,
		Route:  smtpside.Route{Hosts: []string{x.smarthost}, TLS: smarthostTLS(x.smarthost)},
		From:   from,
		Params: smtpside.MailParams{Size: size, UTF8: m.UTF8},
		Open:   func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(spool, 0, size)), nil },
	}
	if m.EightBit {
		job.Params.Body = smtpside.Body8BitMIME
	}
	for _, r := range to {
		job.Recipients = append(job.Recipients, smtpside.JobRecipient{Address: r})
	}
	result, err := x.sender.Send(ctx, job)
	if err != nil {
		return err
	}
	failed := make(mapitest.RecipientsError)
	for i, o := range result.Recipients {
		x.log.Info("sent", "message_id", m.MessageID, "to", to[i], "host", o.Host, "reply", o.Status.Error())
		if !o.Status.Success() {
			failed[to[i]] = o.Status
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return failed
}

// smarthostTLS asks for no certificate of a host on this machine.
func smarthostTLS(addr string) smtpside.TLSPolicy {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (host == "localhost" || ip != nil && ip.IsLoopback()) {
		return smtpside.TLSNever
	}
	return smtpside.TLSOpportunistic
}
