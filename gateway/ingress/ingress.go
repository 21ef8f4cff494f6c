// Package ingress is the SMTP source: it decides what a listener takes and puts that into the queue.
//
//  1. A client that has signed in, or comes from a network that may send without, writes to whomever the routes
//     take. Everybody else only to the recipients that the listener names: this is never an open relay.
//  2. Each recipient is asked of the routes at RCPT, so that what nobody takes is refused at once.
//  3. The header is read before the rest: mail that goes round in circles is refused, what must not travel is
//     taken out, what is missing is added, and our trace is set on top (header.go).
//  4. The mail goes into the queue as it arrives. "250" is said when it is durable there.
package ingress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/ingress/quota"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/smtpside"
)

// Users checks credentials; the sign-ins of smtpside/signin do.
type Users interface {
	// Check returns whom the credentials prove, a smtpside.Status for the client, or an error of ours.
	Check(ctx context.Context, peer *smtpside.Peer, cred smtpside.Credentials) (user string, err error)
}

// An Observer is told what happens, for metrics. It is called from many sessions at once and must be quick.
type Observer interface {
	// Accepted is called for each mail that is in the queue.
	Accepted(listener string, size int64, recipients int)
	// Refused is called for each refusal of ours; why is one of a few fixed words.
	Refused(listener, why string)
	// Repeated is called for each mail that was answered for and not taken, because it had been taken before.
	Repeated(listener string)
}

// Options say what a listener takes. Listener, Hostname, Queue and Routes are needed.
type Options struct {
	Listener string
	Hostname string
	Queue    queue.Putter
	Routes   route.Table
	// Users may sign in; nil lets nobody.
	Users Users
	// Recipients are those that anybody may write to.
	Recipients []route.Pattern
	// Clients are the rules for what clients may send.
	Clients []Client

	// Rewrite changes addresses before anything else looks at them; nil leaves all as they are. Whom anybody may write to
	// (Recipients) and what clients may send (Clients) go by the addresses that the client says.
	Rewrite *rewrite.Incoming

	// Forwarded takes the mail to senders that were made for forwarded mail.
	Forwarded Forwarded

	// Directory knows who exists; nil asks nobody.
	Directory Directory
	// Room knows how large and how full mailboxes are; nil asks nobody.
	Room Room

	// Filters see all mail, in this order, before it is taken.
	Filters []Filter

	// Synchronous takes the mail instead of the queue; nil is the queue.
	Synchronous Synchronous
	// Doubts remembers hand-overs whose answer was lost; nil is a memory of the listener's own.
	Doubts *Doubts
	// Story, if set, keeps the story of what was handed over, for those who ask what became of a mail.
	Story queue.Restorer
	// Spool is the folder for mail that filters look at, or that is handed over, and does not fit into memory meanwhile.
	Spool string

	// Legacy mends the header fields that old devices write wrong (repair.go). The server must have its profile on, too.
	Legacy bool

	MaxReceived int // Received fields before a mail is taken to be in a loop; default 50
	MaxPasses   int // times that a mail may come through gateways like this one; default 5
	MaxHeader   int // bytes of header; default 512 KiB

	// Ceilings say when there is no room.
	Ceilings Ceilings
	// Duplicates is for how long a mail that is sent again is not taken again; 0 takes all.
	Duplicates time.Duration

	Clock    func() time.Time
	Logger   *slog.Logger // default: discard
	Observer Observer     // default: none
}

// A Backend is the smtpside.Backend of one listener.
type Backend struct {
	opts  Options
	log   *slog.Logger
	meter *quota.Meter
}

var _ smtpside.Backend = (*Backend)(nil)

// New checks the options.
func New(opts Options) (*Backend, error) {
	if opts.Listener == "" || opts.Hostname == "" || opts.Queue == nil || len(opts.Routes) == 0 {
		return nil, errors.New("ingress: Listener, Hostname, Queue and Routes are needed")
	}
	fill := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	fill(&opts.MaxReceived, 50)
	fill(&opts.MaxPasses, 5)
	fill(&opts.MaxHeader, 512<<10)
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Doubts == nil {
		opts.Doubts = NewDoubts()
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Observer == nil {
		opts.Observer = nobody{}
	}
	return &Backend{opts: opts, log: opts.Logger.With("listener", opts.Listener), meter: quota.NewMeter(opts.Clock)}, nil
}

type nobody struct{}

func (nobody) Repeated(string)             {}
func (nobody) Accepted(string, int64, int) {}
func (nobody) Refused(string, string)      {}

// NewSession implements smtpside.Backend.
func (b *Backend) NewSession(_ context.Context, peer *smtpside.Peer) (smtpside.Session, error) {
	return &session{Backend: b, peer: peer}, nil
}

// A session is one client's conversation.
type session struct {
	*Backend
	peer     *smtpside.Peer
	cred     smtpside.Credentials // what the client has signed in with, where somebody else needs it
	id       mail.ID              // of the mail, where it is given already
	counted  string               // as whose session it counts
	limit    Client               // the rule for the mail that is coming in
	filters  []*filtering
	envelope mail.Envelope
	size     int64 // that the client has said
	legs     []queue.Leg
	said     [][]string // what the client called each recipient
}

var _ smtpside.Session = (*session)(nil)

// refuse counts a refusal and gives it back as the error that the client gets.
func (s *session) refuse(why string, status smtpside.Status) error {
	s.opts.Observer.Refused(s.opts.Listener, why)
	s.log.Info("refused", "why", why, "reply", status.Error(), "client", s.client(), "user", s.user(), "helo", s.peer.Helo,
		"from", s.envelope.From, "session", s.peer.ID)
	return status
}

func (s *session) client() string {
	if s.peer.Addr == nil {
		return ""
	}
	return s.peer.Addr.String()
}

func (s *session) source() mail.Source {
	kind := "smtp"
	if s.id != "" {
		kind = "drop"
	}
	return mail.Source{Kind: kind, Name: s.opts.Listener, Client: s.client(), User: s.user(), Stranger: !s.known()}
}

// user is whom the client has proved to be: by signing in, or else by a certificate.
func (s *session) user() string {
	if s.peer.User == "" {
		return s.peer.Certificate
	}
	return s.peer.User
}

// known tells whether the client may send to whomever the routes take.
func (s *session) known() bool { return s.peer.User != "" || s.peer.Trusted }

// Auth implements smtpside.Session.
func (s *session) Auth(ctx context.Context, cred smtpside.Credentials) (string, error) {
	if s.opts.Users == nil {
		return "", s.refuse("auth", smtpside.AuthFailed("nobody can sign in here"))
	}
	if cred.Identity != "" && cred.Identity != cred.Username {
		return "", s.refuse("auth", smtpside.AuthFailed("acting for another user is not possible"))
	}
	user, err := s.opts.Users.Check(ctx, s.peer, cred)
	if err == nil {
		if s.opts.Synchronous != nil {
			s.cred = cred
		}
		return user, nil
	}
	var status smtpside.Status
	if errors.As(err, &status) {
		return "", s.refuse("auth", status)
	}
	return "", fmt.Errorf("checking credentials: %w", err)
}

// Mail implements smtpside.Session.
func (s *session) Mail(ctx context.Context, from string, p smtpside.MailParams) error {
	s.Reset()
	if !s.known() && len(s.opts.Recipients) == 0 {
		if s.opts.Users != nil {
			return s.refuse("relay", smtpside.AuthRequired(""))
		}
		return s.refuse("relay", smtpside.RelayDenied(""))
	}
	if err := s.room(ctx); err != nil {
		return err
	}
	if err := s.admit(from, p.Size); err != nil {
		return err
	}
	if err := s.filterSender(ctx, from); err != nil {
		return err
	}
	s.size = p.Size
	s.envelope = mail.Envelope{
		From: s.opts.Rewrite.Sender(from), SMTPUTF8: p.UTF8, EightBit: p.Body == smtpside.Body8BitMIME || p.Body == smtpside.BodyBinaryMIME,
		Ret: string(p.Return), EnvID: p.EnvelopeID, RequireTLS: p.RequireTLS,
	}
	return nil
}

// Rcpt implements smtpside.Session.
func (s *session) Rcpt(ctx context.Context, to string, p smtpside.RcptParams) error {
	if !strings.Contains(to, "@") { // RFC 5321 4.5.1: "postmaster" alone is ours
		to += "@" + s.opts.Hostname
	}
	if !s.known() && (routed(to) || !matches(s.opts.Recipients, to)) {
		return s.refuse("relay", smtpside.RelayDenied(""))
	}
	r := mail.Recipient{Address: to, Notify: mail.Notify(p.Notify)}
	if p.Orig.Type != "" {
		r.OrigRecipient = p.Orig.Type + ";" + p.Orig.Address
	}
	r, leg, err := s.way(ctx, r)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(s.envelope.Recipients, func(known mail.Recipient) bool { return known.Address == r.Address }); i >= 0 {
		s.said[i] = append(s.said[i], to)
		return nil
	}
	if s.opts.Synchronous != nil {
		if leg, err = s.synchronous(leg); err != nil {
			return err
		}
	}
	if err := s.admitRecipient(); err != nil {
		return err
	}
	if err := s.exists(ctx, leg, r.Address); err != nil {
		return err
	}
	if err := s.fits(ctx, leg, r.Address); err != nil {
		return err
	}
	if err := s.filterRecipient(to); err != nil {
		return err
	}
	s.envelope.Recipients = append(s.envelope.Recipients, r)
	s.legs = append(s.legs, leg)
	s.said = append(s.said, []string{to})
	return nil
}

// way gives a recipient as the mail goes on to him, and how.
func (s *session) way(ctx context.Context, r mail.Recipient) (mail.Recipient, queue.Leg, error) {
	if s.opts.Forwarded.Mine(r.Address) {
		return s.wayBack(r)
	}
	r, err := s.rename(ctx, r)
	if err != nil {
		return r, queue.Leg{}, s.refuse("directory_down", smtpside.StatusOf(err))
	}
	leg, err := s.opts.Routes.Find(s.source(), s.envelope.From, r.Address)
	if err != nil {
		return r, leg, s.refuse("route", smtpside.NotAllowed(err.Error()))
	}
	return r, leg, nil
}

// rename gives a recipient the address that mail goes on to.
func (s *session) rename(ctx context.Context, r mail.Recipient) (mail.Recipient, error) {
	return s.opts.Rewrite.Rename(r, func(address string) (bool, error) {
		return Has(ctx, s.opts.Directory, s.opts.Routes, s.source(), s.envelope.From, address)
	})
}

// routed tells whether a local part names another host: "user%host", "host!user", "@host:user", "user@host" in quotes. The
// next server may still take that for an order to relay, and what came through us comes from a friend there.
func routed(mailbox string) bool {
	local := mailbox[:strings.LastIndexByte(mailbox, '@')]
	return strings.ContainsAny(local, "%!@:")
}

// Data implements smtpside.Session.
func (s *session) Data(ctx context.Context, r io.Reader) (string, error) {
	now := s.opts.Clock()
	id := s.id
	if id == "" {
		id = mail.NewID(now)
	}
	h, rest, err := s.readHeader(s.measured(r))
	if err != nil {
		return "", err
	}
	if s.opts.Legacy {
		h.repair(s.envelope.From, s.opts.Hostname, s.envelope.SMTPUTF8, now)
	}
	guard, rest := s.guard(h.messageID, rest)
	h.rewrite(s.opts.Rewrite, s.envelope.SMTPUTF8)
	entry := queue.Entry{
		Mail: mail.Mail{
			ID: id, Envelope: s.envelope, Source: s.source(), Received: now, MessageID: h.messageID, Subject: h.subject,
		},
		Legs: s.legs, Guard: guard,
	}
	s.addCopies(&entry)
	if h.messageID == "" {
		entry.Mail.MessageID = fmt.Sprintf("<%s@%s>", id, s.opts.Hostname)
	}
	fields := append([]byte(s.complete(&entry.Mail, h)), h.fields.Bytes()...)
	if len(s.filters) > 0 {
		m, err := s.filterMessage(id, splitFields(fields), rest)
		defer m.close()
		if err != nil {
			return "", s.notHandedOver(err)
		}
		if taken, err := s.apply(ctx, &entry, m); err != nil || !taken {
			return "", err
		}
		fields, rest = bytes.Join(m.fields, nil), m.body.section()
	}
	entry.Body = io.MultiReader(strings.NewReader(s.trace(&entry.Mail, h)), bytes.NewReader(fields), strings.NewReader(h.separator()), rest)
	receipt, err := s.keep(ctx, entry)
	if err != nil {
		return "", err
	}
	if receipt.Repeated {
		return s.repeated(receipt, entry.Mail.MessageID), nil
	}
	size := receipt.Size
	id = receipt.ID
	s.opts.Observer.Accepted(s.opts.Listener, size, len(entry.Legs))
	s.log.Info("accepted", "msg", id, "from", entry.Mail.Envelope.From, "recipients", len(entry.Legs), "to", entry.Mail.Envelope.Recipients[0].Address,
		"size", size, "client", s.client(), "user", s.user(), "helo", s.peer.Helo, "message_id", entry.Mail.MessageID,
		"session", s.peer.ID, "added", h.added, "repaired", append(h.repaired, repairs(r)...))
	if s.opts.Synchronous != nil {
		return "handed over as " + string(id), nil
	}
	return "queued as " + string(id), nil
}

// keep takes responsibility for a mail: it is in the queue then, or at the next hop.
func (s *session) keep(ctx context.Context, e queue.Entry) (receipt queue.Receipt, err error) {
	if s.opts.Synchronous != nil {
		if receipt, err = s.handOver(ctx, e); err != nil {
			return receipt, s.notHandedOver(err)
		}
		return receipt, nil
	}
	if receipt, err = s.opts.Queue.Put(ctx, e); err != nil {
		return receipt, s.notQueued(err)
	}
	return receipt, nil
}

// synchronous gives the leg of a recipient whose mail is handed over at once. All recipients of a mail go the same way then:
// the others belong into another mail (RFC 5321 4.5.3.1.10).
func (s *session) synchronous(leg queue.Leg) (queue.Leg, error) {
	leg, ok := s.opts.Synchronous.Leg(leg)
	switch {
	case !ok:
		return leg, s.refuse("route", smtpside.NotAllowed("mail for this recipient is not handed over here"))
	case len(s.legs) > 0 && (leg != s.legs[0] || !s.opts.Synchronous.Together(leg)):
		return leg, smtpside.TooManyRecipients("send this recipient's mail apart")
	}
	return leg, nil
}

// repairs tells what the server has mended in the text of a message.
func repairs(r io.Reader) []string {
	if text, ok := r.(smtpside.Repaired); ok {
		return text.Repairs()
	}
	return nil
}

// notQueued turns an error of the queue into a reply. It is always temporary: the client still has the mail.
func (s *session) notQueued(err error) error {
	if errors.Is(err, queue.ErrFull) {
		s.log.Error("no room for mail", "error", err)
		return s.refuse("full", smtpside.StorageFull(""))
	}
	return fmt.Errorf("putting mail into the queue: %w", err)
}

// Reset implements smtpside.Session.
func (s *session) Reset() {
	s.endFilters()
	s.envelope, s.legs, s.said, s.limit = mail.Envelope{}, nil, nil, Client{}
}

// Close implements smtpside.Session.
func (s *session) Close() {
	s.endFilters()
	s.leave()
}
