package milter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-milter"

	"github.com/mapigate/mapigate/smtpside"
)

// Options say where a filter is. Address is needed.
type Options struct {
	// Address is host:port, or unix: and the path of a socket.
	Address  string
	Hostname string        // our name, macro j
	Timeout  time.Duration // for each answer; default 30 s
}

// A Filter is a milter.
type Filter struct {
	opts             Options
	network, address string
}

// New checks the options; it does not connect.
func New(o Options) (*Filter, error) {
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	f := &Filter{opts: o, network: "tcp", address: o.Address}
	if path, ok := strings.CutPrefix(o.Address, "unix:"); ok {
		f.network, f.address = "unix", path
	} else if _, _, err := net.SplitHostPort(o.Address); err != nil {
		return nil, fmt.Errorf("milter: %q is no address: write host:port or unix:/path", o.Address)
	}
	return f, nil
}

// What is negotiated: all changes; that steps which the filter does not need are left out.
const (
	actions = milter.OptAddHeader | milter.OptChangeHeader | milter.OptQuarantine | milter.OptChangeBody | milter.OptAddRcpt |
		milter.OptRemoveRcpt | milter.OptChangeFrom | milter.OptAddRcptWithArgs
	steps = milter.OptNoConnect | milter.OptNoHelo | milter.OptNoMailFrom | milter.OptNoRcptTo | milter.OptNoBody | milter.OptNoHeaders |
		milter.OptNoEOH | milter.OptNoUnknown | milter.OptNoData | milter.OptSkip | milter.OptNoHeaderReply | milter.OptNoConnReply |
		milter.OptNoHeloReply | milter.OptNoMailReply | milter.OptNoRcptReply | milter.OptNoDataReply | milter.OptNoUnknownReply |
		milter.OptNoEOHReply | milter.OptNoBodyReply | milter.OptHeaderLeadingSpace
)

// A Session is one mail's way through a filter. Its errors are a smtpside.Status, which is the filter's verdict, or say that the
// filter cannot be asked.
type Session struct {
	wire    *milter.ClientSession
	conn    net.Conn // beneath it
	timeout time.Duration
	peer    *smtpside.Peer
	over    bool // the filter has said all it has to say
	discard bool
	stop    func() bool
}

// dialer is how the milter package connects.
type dialer struct {
	ctx     context.Context
	timeout time.Duration
	conn    net.Conn
}

func (d *dialer) Dial(network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: d.timeout}).DialContext(d.ctx, network, address)
	d.conn = c
	return c, err
}

// What version 2 of the protocol knows, which many filters speak.
const (
	oldSteps   = steps & 0x7F
	oldActions = actions & 0x3F
)

// Begin connects for a mail. The session must be closed; it breaks when ctx ends.
func (f *Filter) Begin(ctx context.Context, peer *smtpside.Peer) (*Session, error) {
	s, err := f.connect(ctx, steps, actions)
	if errors.Is(err, milter.ErrUnsupportedMilterVersion) {
		s, err = f.connect(ctx, oldSteps, oldActions)
	}
	if err != nil {
		return nil, err
	}
	s.peer = peer
	if err := s.client(f.opts.Hostname); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// connect connects and negotiates.
func (f *Filter) connect(ctx context.Context, offered milter.OptProtocol, changes milter.OptAction) (*Session, error) {
	d := &dialer{ctx: ctx, timeout: f.opts.Timeout}
	client := milter.NewClientWithOptions(f.network, f.address, milter.ClientOptions{
		Dialer: d, ReadTimeout: f.opts.Timeout, WriteTimeout: f.opts.Timeout, ActionMask: changes, ProtocolMask: offered,
	})
	wire, err := client.Session()
	if err != nil {
		if d.conn != nil {
			d.conn.Close()
		}
		return nil, err
	}
	return &Session{wire: wire, conn: d.conn, timeout: f.opts.Timeout, stop: context.AfterFunc(ctx, func() { d.conn.Close() })}, nil
}

// client tells about the client.
func (s *Session) client(hostname string) error {
	if err := s.wire.Macros(milter.CodeConn, "j", hostname, "{daemon_name}", "mapigate", "{client_addr}", s.ip()); err != nil {
		return err
	}
	name, family, port := s.ip(), milter.FamilyUnknown, uint16(0)
	if tcp, ok := s.peer.Addr.(*net.TCPAddr); ok {
		family, port = milter.FamilyInet, uint16(tcp.Port)
		if tcp.IP.To4() == nil {
			family = milter.FamilyInet6
		}
		name = "[" + name + "]" // we do not look names up
	}
	if name == "" {
		name = "localhost"
	}
	if err := s.take(s.wire.Conn(name, family, port, s.ip())); err != nil || s.over {
		return err
	}
	return s.take(s.wire.Helo(s.peer.Helo))
}

func (s *Session) ip() string {
	if tcp, ok := s.peer.Addr.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("").String()
	}
	return ""
}

// Mail asks about the sender; args are the parameters as on the wire.
func (s *Session) Mail(from string, args ...string) error {
	if s.over {
		return nil
	}
	macros := []string{"{mail_addr}", from}
	if s.peer.User != "" {
		macros = append(macros, "{auth_authen}", s.peer.User, "{auth_type}", "PLAIN")
	}
	if err := s.wire.Macros(milter.CodeMail, macros...); err != nil {
		return err
	}
	return s.take(s.wire.Mail(from, args))
}

// Rcpt asks about a recipient. Being refused ends nothing: others may be taken.
func (s *Session) Rcpt(to string, args ...string) error {
	if s.over {
		return nil
	}
	if err := s.wire.Macros(milter.CodeRcpt, "{rcpt_addr}", to); err != nil {
		return err
	}
	return s.take(s.wire.Rcpt(to, args))
}

// take turns what the filter says into what becomes of the mail.
func (s *Session) take(a *milter.Action, err error) error {
	if err != nil {
		return err
	}
	switch a.Code {
	case milter.ActContinue, milter.ActSkip:
		return nil
	case milter.ActAccept:
		s.over = true
		return nil
	case milter.ActDiscard:
		s.over, s.discard = true, true
		return nil
	case milter.ActReject:
		return smtpside.NotAllowed("refused by a content filter")
	case milter.ActTempFail:
		return smtpside.LocalError("a content filter asks to try again later")
	case milter.ActReplyCode:
		return replied(a)
	}
	return fmt.Errorf("milter: unexpected answer %q", a.Code)
}

// replied reads the reply that a filter words itself.
func replied(a *milter.Action) error {
	status, err := smtpside.ParseStatus(fmt.Sprintf("%d %s", a.SMTPCode, strings.NewReplacer("\r", " ", "\n", " ").Replace(a.SMTPText)))
	switch {
	case err != nil || !status.Temporary() && !status.Permanent():
		return smtpside.LocalError("a content filter asks to try again later")
	case status.Code == 421: // would end the session, which is not the filter's
		status.Code = 451
	}
	return status
}

// errClosed is what becomes of a session that is used after its end.
var errClosed = errors.New("milter: closed")

// Close ends the session.
func (s *Session) Close() error {
	if s.wire == nil {
		return nil
	}
	s.stop()
	err := s.wire.Close()
	s.wire, s.over = nil, true
	return err
}
