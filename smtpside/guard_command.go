package smtpside

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	errLineTooLong = errors.New("line too long")
	endOfData      = []byte(".\r\n")
)

// A handling says what is to be done with a command before go-smtp sees it; false means that it is answered already.
type handling func(g *guard) (pass bool)

// commands is the table of what clients may say (RFC 5321 4.1.1 and the extensions). A verb that is not here is unknown.
var commands = map[string]handling{
	"HELO":     (*guard).greet,
	"EHLO":     (*guard).greet,
	"LHLO":     (*guard).greet,
	"MAIL":     (*guard).sender,
	"RCPT":     (*guard).recipient,
	"DATA":     pass,
	"BDAT":     (*guard).startChunk,
	"RSET":     (*guard).pastime,
	"NOOP":     (*guard).pastime,
	"VRFY":     (*guard).pastime,
	"QUIT":     pass,
	"AUTH":     pass,
	"STARTTLS": (*guard).startTLS,
	"XCLIENT":  (*guard).xclient,
	"EXPN":     pass, // go-smtp says that it has none of these
	"HELP":     pass,
	"SEND":     pass,
	"SOML":     pass,
	"SAML":     pass,
	"TURN":     pass,
	// A browser that was lured into talking to us; what follows are headers that an attacker wrote.
	"GET":     (*guard).http,
	"HEAD":    (*guard).http,
	"POST":    (*guard).http,
	"PUT":     (*guard).http,
	"OPTIONS": (*guard).http,
	"CONNECT": (*guard).http,
}

// pass leaves a command to go-smtp.
func pass(*guard) bool { return true }

// command returns the next command line that go-smtp shall see, or io.EOF when the session is over.
func (g *guard) command() ([]byte, error) {
	if line := g.postponed; line != nil {
		g.postponed = nil
		return line, nil
	}
	for {
		if !g.closing && g.srv.draining.Load() {
			g.hangUp(ServiceClosing(""))
		}
		if g.closing {
			return nil, io.EOF
		}
		raw, err := g.readLine(max(g.srv.opts.Limits.CommandLine, authLine))
		if err == nil && len(raw) > g.srv.opts.Limits.CommandLine && !isAuth(raw) {
			err = errLineTooLong
		}
		g.began = time.Now()
		g.verb, g.arg = "?", ""
		switch {
		case errors.Is(err, errLineTooLong):
			g.breach("line_length", Status{Code: 500, Detail: "5.6", Text: "line too long"})
			continue
		case err != nil:
			g.broken(err)
			continue
		}
		if line, ok := g.admit(raw); ok {
			return line, nil
		}
	}
}

// admit checks a command line and either returns it as go-smtp shall see it, or answers it.
func (g *guard) admit(raw []byte) ([]byte, bool) {
	line, ok := bytes.CutSuffix(raw, []byte("\r\n"))
	if g.lfData = !ok; !ok && g.srv.opts.Legacy {
		line, ok = bytes.CutSuffix(raw, []byte("\n"))
	}
	if !ok {
		g.answer(BadSyntax("lines end with CR LF, both"))
		return nil, false
	}
	if !printable(line) {
		g.answer(BadSyntax("control characters or broken UTF-8 in a command"))
		return nil, false
	}
	verb, arg, _ := strings.Cut(strings.TrimRight(string(line), " "), " ")
	verb, arg = strings.ToUpper(verb), strings.TrimLeft(arg, " ")
	handle, known := commands[verb]
	if !known {
		g.answer(UnknownCommand(""))
		return nil, false
	}
	g.verb, g.arg = verb, arg
	g.shown = arg
	if !handle(g) {
		return nil, false
	}
	// The line is built anew, in the form that go-smtp is sure to understand.
	line = []byte(verb + "\r\n")
	if g.shown != "" {
		line = []byte(verb + " " + g.shown + "\r\n")
	}
	if verb == "MAIL" && !g.greeted && g.srv.opts.Legacy {
		return g.introduce(line), true
	}
	return line, true
}

// authLine returns the client's next line of an AUTH exchange.
func (g *guard) authLine() ([]byte, error) {
	line, err := g.readLine(authLine)
	switch {
	case errors.Is(err, errLineTooLong):
		g.breach("line_length", Status{Code: 500, Detail: "5.6", Text: "authentication exchange line is too long"})
	case err != nil:
		g.broken(err)
	case !bytes.HasSuffix(line, []byte("\r\n")):
		g.breach("smuggling", BadSyntax("lines end with CR LF, both"))
	default:
		return line, nil
	}
	g.phase = phaseCommand
	return nil, io.EOF
}

// greet notes who the client says it is.
func (g *guard) greet() bool {
	name, _, _ := strings.Cut(g.arg, " ")
	if name == "" {
		g.answer(BadSyntax(g.verb + " needs a name"))
		return false
	}
	g.peer.Helo, g.greeted = name, true
	g.peer.Extended = g.verb != "HELO"
	return g.pastime()
}

// pastime counts commands that move no mail forward; a session that has nothing else to say is cut.
func (g *guard) pastime() bool {
	g.idle++
	if g.idle <= g.srv.opts.Limits.Idle {
		return true
	}
	g.breach("idle", Status{Code: 421, Detail: "7.0", Text: "too many commands without mail"})
	return false
}

// http ends a session in which somebody speaks HTTP.
func (g *guard) http() bool {
	g.verb = "?"
	g.breach("http", Status{Code: 421, Detail: "7.0", Text: "this is SMTP"})
	return false
}

// startChunk finds out how many octets follow a BDAT line (RFC 3030 2). A line that does not say it clearly ends the
// session: where the next command starts is unknown then.
func (g *guard) startChunk() bool {
	size, last, _ := strings.Cut(g.arg, " ")
	n, err := strconv.ParseUint(size, 10, 32)
	if err != nil || last != "" && !strings.EqualFold(last, "LAST") {
		g.breach("smuggling", BadParameter("malformed chunk size"))
		return false
	}
	if n == 0 && last == "" { // go-smtp would start a reader that may outlive the transaction
		g.answer(OK("nothing received"))
		return false
	}
	if g.until.IsZero() {
		g.until = time.Now().Add(g.srv.opts.Limits.MessageTimeout)
	}
	if n > 0 {
		g.chunk, g.phase = n, phaseChunk
	}
	return true
}

// startTLS answers STARTTLS, shakes hands, and prepares the guard that takes over (RFC 3207 4).
func (g *guard) startTLS() bool {
	switch {
	case g.arg != "":
		g.answer(BadParameter("STARTTLS takes no parameter"))
		return false
	case g.peer.TLS != nil:
		g.answer(BadSequence("TLS is on already"))
		return false
	case g.srv.opts.Mode != TLSStart:
		g.answer(Status{Code: 502, Detail: "5.1", Text: "STARTTLS is not offered"})
		return false
	case g.in.Buffered() > 0: // CVE-2011-0411 and its kin
		g.breach("smuggling", BadSequence("nothing may follow STARTTLS before the handshake"))
		return false
	}
	g.answer(Status{Code: 220, Detail: "0.0", Text: "ready to start TLS"})
	g.flush()
	if g.closing {
		return false
	}
	g.closing = true
	next, err := g.overTLS()
	if err == nil {
		next.muted = true
		next.failures, next.authFailures, next.deferred, next.idle = g.failures, g.authFailures, g.deferred, g.idle
		g.next = next
	}
	return false
}

// breach refuses something that no honest client does, and ends the session.
func (g *guard) breach(why string, s Status) {
	g.srv.opts.Observer.SessionRefused(g.peer.Addr, why)
	g.srv.log.Warn("session cut", "peer", g.peer.Addr, "session", g.peer.ID, "why", why, "verb", g.verb)
	g.answer(s)
	g.closing, g.linger = true, true
}

// isAuth tells the command whose line may be longer than others: it can bring credentials along (RFC 4954 4).
func isAuth(line []byte) bool { return len(line) > 5 && bytes.EqualFold(line[:5], []byte("AUTH ")) }

// printable reports whether a command has only characters that commands may have; NUL above all is none.
func printable(line []byte) bool {
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return utf8.Valid(line)
}

func hasLine(b []byte) bool { return bytes.IndexByte(b, '\n') >= 0 }
