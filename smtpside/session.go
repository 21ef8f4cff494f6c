package smtpside

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A session is what go-smtp calls: it checks what go-smtp does not, and passes the rest to the backend's Session.
type session struct {
	g       *guard
	ctx     context.Context
	cancel  context.CancelFunc
	backend Session

	open       bool // a transaction is
	binary     bool // its message is BINARYMIME
	recipients int
	busy       sync.Mutex // held by Data, which runs beside go-smtp's loop with BDAT
}

var _ smtp.AuthSession = (*session)(nil)

// newSession implements smtp.Backend.
func (s *Server) newSession(c *smtp.Conn) (smtp.Session, error) {
	g, ok := c.Conn().(*guard)
	if !ok {
		return nil, bare(LocalError(""))
	}
	ctx, cancel := context.WithCancel(g.ctx)
	backend, err := s.opts.Backend.NewSession(ctx, g.peer)
	if err != nil {
		cancel()
		return nil, g.refusal("session", err)
	}
	return &session{g: g, ctx: ctx, cancel: cancel, backend: backend}, nil
}

// bare makes the one kind of error that go-smtp understands: it looks for it by type assertion, never through wrapping, and
// shows the peer the text of any other.
func bare(s Status) *smtp.SMTPError {
	code := smtp.NoEnhancedCode
	if subject, point, ok := strings.Cut(s.Detail, "."); ok {
		x, _ := strconv.Atoi(subject)
		y, _ := strconv.Atoi(point)
		code = smtp.EnhancedCode{s.Code / 100, x, y}
	}
	return &smtp.SMTPError{Code: s.Code, EnhancedCode: code, Message: s.Text}
}

// refusal turns an error of the backend into the reply that the client gets, and logs what it does not get.
func (g *guard) refusal(doing string, err error) error {
	var status Status
	if !errors.As(err, &status) || status.Code < 400 {
		status = LocalError("")
		g.srv.log.Error("SMTP backend failed", "peer", g.peer.Addr, "session", g.peer.ID, "doing", doing, "error", err)
	} else {
		g.srv.log.Debug("SMTP backend refused", "peer", g.peer.Addr, "session", g.peer.ID, "doing", doing, "error", err)
	}
	return bare(status)
}

// Mail implements smtp.Session.
func (s *session) Mail(_ string, opts *smtp.MailOptions) error {
	if err := s.mayMail(); err != nil {
		return err
	}
	if opts.RequireTLS && s.g.peer.TLS == nil { // RFC 8689 4.1
		return bare(Status{Code: 530, Detail: "7.30", Text: "REQUIRETLS needs TLS on this connection, too"})
	}
	from, err := s.path("FROM:", opts.UTF8)
	if err != nil {
		if st := (Status{}); errors.As(err, &st) {
			return bare(st)
		}
		return bare(BadSender(err.Error()))
	}
	if err := s.backend.Mail(s.ctx, from, mailParams(opts)); err != nil {
		return s.g.refusal("MAIL", err)
	}
	s.open, s.recipients, s.binary = true, 0, opts.Body == smtp.BodyBinaryMIME
	return nil
}

// mayMail says why this client may not send now, if so.
func (s *session) mayMail() error {
	o, p := &s.g.srv.opts, s.g.peer
	switch {
	case s.open: // RFC 5321 3.3
		return bare(BadSequence("nested MAIL command"))
	case s.g.mails >= o.Limits.Mails:
		return bare(ServiceClosing("enough mails for one session"))
	case o.RequireTLS && p.TLS == nil:
		return bare(StartTLSRequired(""))
	case p.Trusted || p.User != "" || o.Strangers:
		return nil
	case o.signsIn():
		return bare(AuthRequired(""))
	}
	return bare(NotAllowed("this network may not send here"))
}

// path reads the address of the current command again, more strictly than go-smtp, which also loses its quotes.
func (s *session) path(prefix string, utf8 bool) (string, error) {
	arg := s.g.arg
	if len(arg) < len(prefix) { // go-smtp has checked
		return "", errNoPath
	}
	mailbox, err := parsePath(arg[len(prefix):])
	switch {
	case err != nil:
		return "", err
	case !utf8 && !isASCII(mailbox): // RFC 6531 3.5
		return "", NeedsUTF8("the address needs SMTPUTF8")
	}
	return mailbox, nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(_ string, opts *smtp.RcptOptions) error {
	if s.recipients >= s.g.srv.opts.Limits.Recipients {
		return bare(TooManyRecipients(""))
	}
	to, err := s.path("TO:", true)
	if err == nil && to == "" {
		err = errNoPath
	}
	if err != nil {
		return bare(BadRecipient(err.Error()))
	}
	params := rcptParams(opts)
	if s.g.orig.Type != "" {
		params.Orig = s.g.orig
	}
	if err := s.backend.Rcpt(s.ctx, to, params); err != nil {
		return s.g.refusal("RCPT", err)
	}
	s.recipients++
	return nil
}

// Data implements smtp.Session. r is go-smtp's reader of a BDAT; of a DATA the guard has the message.
func (s *session) Data(r io.Reader) error {
	s.busy.Lock()
	defer s.busy.Unlock()
	var body wholeReader = &chunkReader{r: r}
	if _, chunks := r.(*io.PipeReader); !chunks {
		body = newTextReader(s.g)
	} else if s.binary {
		body = &chunkReader{r: newBinaryReader(r)}
	}
	text, err := s.backend.Data(s.ctx, body)
	if broken := body.finish(); broken != nil {
		s.g.srv.log.Info("message not taken", "peer", s.g.peer.Addr, "session", s.g.peer.ID, "error", broken, "cause", body.cause())
		return bare(StatusOf(broken))
	}
	if err != nil {
		return s.g.refusal("DATA", err)
	}
	s.g.mails++
	return bare(OK(text)) // go-smtp passes a 250 through like any other code
}

// Reset implements smtp.Session. A Data that runs beside go-smtp's loop is waited for: its reader has been closed.
func (s *session) Reset() {
	s.busy.Lock()
	defer s.busy.Unlock()
	s.open, s.recipients = false, 0
	s.backend.Reset()
}

// Logout implements smtp.Session. It waits for Data like Reset.
func (s *session) Logout() error {
	s.cancel()
	s.busy.Lock()
	defer s.busy.Unlock()
	s.backend.Close()
	return nil
}

// AuthMechanisms implements smtp.AuthSession; the guard words the reply to EHLO.
func (s *session) AuthMechanisms() []string { return nil }

// Auth implements smtp.AuthSession.
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	o, p := &s.g.srv.opts, s.g.peer
	switch {
	case !o.signsIn():
		return nil, bare(Status{Code: 502, Detail: "5.1", Text: "AUTH is not offered"})
	case p.TLS == nil && !o.AuthPlaintext:
		return nil, bare(Status{Code: 538, Detail: "7.11", Text: "encryption is needed for AUTH"})
	case s.open: // RFC 4954 4
		return nil, bare(BadSequence("AUTH inside a mail transaction"))
	}
	server, ok := o.saslServer(mechanism, s.login)
	if !ok {
		return nil, bare(Status{Code: 504, Detail: "5.4", Text: "unknown authentication mechanism"})
	}
	return server, nil
}

// login checks credentials; the answer to wrong ones is slow.
func (s *session) login(cred Credentials) error {
	p := s.g.peer
	user, err := s.backend.Auth(s.ctx, cred)
	if err == nil {
		p.User = user
		return nil
	}
	var status Status
	if !errors.As(err, &status) {
		s.g.srv.log.Error("checking a login failed", "peer", p.Addr, "session", p.ID, "user", cred.Username, "error", err)
		return bare(AuthUnavailable(""))
	}
	refused := s.g.refusal("AUTH", err)
	if status.Code == 535 {
		s.g.srv.log.Warn("login failed", "peer", p.Addr, "session", p.ID, "user", cred.Username, "mechanism", cred.Mechanism)
		s.g.srv.throttle.failed(s.ctx, p.Addr)
	}
	return refused
}

// mailParams takes the parameters of MAIL over from go-smtp. What comes in binary has become text with 8 bits when the backend gets it.
func mailParams(o *smtp.MailOptions) MailParams {
	body := BodyType(o.Body)
	if body == BodyBinaryMIME {
		body = Body8BitMIME
	}
	return MailParams{
		Size:       o.Size,
		Body:       body,
		UTF8:       o.UTF8,
		Return:     Return(o.Return),
		EnvelopeID: o.EnvelopeID,
		Auth:       o.Auth,
		RequireTLS: o.RequireTLS,
	}
}

// rcptParams takes the parameters of RCPT over from go-smtp.
func rcptParams(o *smtp.RcptOptions) RcptParams {
	var p RcptParams
	for _, n := range o.Notify {
		switch n {
		case smtp.DSNNotifyNever:
			p.Notify |= NotifyNever
		case smtp.DSNNotifySuccess:
			p.Notify |= NotifySuccess
		case smtp.DSNNotifyFailure:
			p.Notify |= NotifyFailure
		case smtp.DSNNotifyDelayed:
			p.Notify |= NotifyDelay
		}
	}
	if o.OriginalRecipient != "" {
		p.Orig = OriginalRecipient{Type: strings.ToLower(string(o.OriginalRecipientType)), Address: o.OriginalRecipient}
	}
	return p
}

// isBare reports whether go-smtp will understand err.
func isBare(err error) bool {
	_, ok := err.(*smtp.SMTPError) //nolint:errorlint // that is how go-smtp looks
	return ok
}
