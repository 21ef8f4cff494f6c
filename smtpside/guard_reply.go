package smtpside

import (
	"bytes"
	"strconv"
	"time"
)

// wording replaces what go-smtp says where it agrees; its own words quote the client and carry no enhanced code of the
// right subject (RFC 3463 3).
var wording = map[string]Status{
	"MAIL": {Code: 250, Detail: "1.0", Text: "sender ok"},
	"RCPT": {Code: 250, Detail: "1.5", Text: "recipient ok"},
	"RSET": {Code: 250, Detail: "0.0", Text: "reset"},
	"NOOP": {Code: 250, Detail: "0.0", Text: "ok"},
	"VRFY": {Code: 252, Detail: "5.0", Text: "try to send some mail"},
	"AUTH": {Code: 235, Detail: "7.0", Text: "authenticated"},
	"QUIT": {Code: 221, Detail: "0.0", Text: "bye"},
}

// corrections replace replies of go-smtp, found by their text, whose code is not the one that the specification has for the case.
var corrections = map[string]Status{
	// Out of order. RFC 5321 4.1.4, RFC 3030 2 and 3
	"Please introduce yourself first.":         BadSequence("say EHLO first"),
	"Missing MAIL FROM command.":               BadSequence("MAIL comes first"),
	"Missing RCPT TO command.":                 BadSequence("RCPT comes first"),
	"MAIL not allowed during message transfer": BadSequence("a message is on its way: go on with BDAT, or say RSET"),
	"RCPT not allowed during message transfer": BadSequence("a message is on its way: go on with BDAT, or say RSET"),
	"DATA not allowed during message transfer": BadSequence("a message is on its way: go on with BDAT, or say RSET"),
	"DATA not allowed for BINARYMIME messages": BadSequence("a binary message comes by BDAT"),
	// Parameters that we do not know, or do not offer here. RFC 5321 4.1.1.11
	"Unknown MAIL FROM argument":     UnknownParameter(""),
	"Unknown RCPT TO argument":       UnknownParameter(""),
	"SMTPUTF8 is not implemented":    UnknownParameter("SMTPUTF8 is not offered"),
	"REQUIRETLS is not implemented":  UnknownParameter("REQUIRETLS is not offered"),
	"RET is not implemented":         UnknownParameter("DSN is not offered"),
	"ENVID is not implemented":       UnknownParameter("DSN is not offered"),
	"NOTIFY is not implemented":      UnknownParameter("DSN is not offered"),
	"ORCPT is not implemented":       UnknownParameter("DSN is not offered"),
	"RRVS is not implemented":        UnknownParameter(""),
	"DELIVERBY is not implemented":   UnknownParameter(""),
	"MT-PRIORITY is not implemented": UnknownParameter(""),
	// AUTH. RFC 4954 4 and 5: faults of the client, and not temporary
	"Missing parameter":                BadParameter("AUTH needs a mechanism"),
	"Invalid base64 data":              BadSyntax("invalid base64 data"),
	"Negotiation cancelled":            {Code: 501, Detail: "7.0", Text: "authentication cancelled"},
	"Malformed AUTH parameter value":   BadParameter("malformed AUTH parameter"),
	"Malformed AUTH parameter mailbox": BadParameter("malformed AUTH parameter"),
	// A fault of ours ends the session, and the client comes back.
	"Internal server error": {Code: 421, Detail: "3.0", Text: "temporary local problem, try again later"},
}

// Write implements net.Conn for go-smtp: it collects whole replies.
func (g *guard) Write(p []byte) (int, error) {
	g.said = append(g.said, p...)
	for {
		end := replyEnd(g.said)
		if end < 0 {
			return len(p), nil
		}
		g.reply(g.said[:end])
		g.said = append(g.said[:0], g.said[end:]...)
	}
}

// replyEnd finds the end of the first complete reply; -1 if there is none yet.
func replyEnd(b []byte) int {
	for start := 0; ; {
		n := bytes.IndexByte(b[start:], '\n')
		if n < 0 {
			return -1
		}
		line := b[start : start+n+1]
		start += n + 1
		if len(line) < 4 || line[3] != '-' {
			return start
		}
	}
}

// reply takes a reply of go-smtp's to the current command.
func (g *guard) reply(raw []byte) {
	if g.muted {
		g.muted = false
		return
	}
	status, _ := ParseStatus(string(raw))
	if g.phase == phaseAuth {
		g.phase = phaseCommand
	}
	switch status.Code {
	case 334:
		g.phase = phaseAuth
	case 354:
		g.phase = phaseData
	}
	if status.Code/100 == 3 { // intermediate: the command goes on
		g.out = append(g.out, raw...)
		return
	}
	if right, known := corrections[status.Text]; known {
		status = right
	}
	if g.cutShort { // go-smtp calls it a failure for good, and says so twice
		if g.told {
			return
		}
		status, g.told = ConnectionLost(""), true
	}
	if words := wording[g.verb]; words.Code == status.Code {
		status = words
	}
	if status.Code == 250 && g.peer.Extended && (g.verb == "EHLO" || g.verb == "LHLO") {
		status = Status{Code: 250, Text: g.srv.capabilities(g.peer)}
	}
	g.answer(status)
}

// answer ends a command with its reply, and counts.
func (g *guard) answer(s Status) {
	g.out = appendReply(g.out, s)
	if g.verb != "" { // not the greeting
		g.srv.opts.Observer.Command(g.verb, s, time.Since(g.began))
	}
	limits := &g.srv.opts.Limits
	switch {
	case s.Code == 421:
		g.closing = true
	case s.Code == 221:
		g.closing = true
	case s.Code == 535, s.Code == 454 && g.verb == "AUTH": // who is banned must not ask for ever
		g.authFailures++
	case s.Success() && (g.verb == "DATA" || g.verb == "BDAT"):
		g.idle, g.deferred = 0, 0
	case s.Success() && g.verb == "MAIL":
		g.until = time.Time{}
	case s.Code/100 == 4:
		g.deferred++
	}
	if s.Permanent() { // a temporary failure is mostly ours: more of those are borne
		g.failures++
		g.srv.log.Debug("command refused", "peer", g.peer.Addr, "session", g.peer.ID, "verb", g.verb, "reply", s.Error())
	}
	if g.closing {
		return
	}
	switch {
	case g.authFailures >= limits.AuthFailures:
		g.giveUp("auth_failures")
	case g.failures >= limits.Errors, g.deferred-limits.Recipients >= limits.Idle:
		g.giveUp("errors")
	}
}

// giveUp ends a session that goes wrong all the time.
func (g *guard) giveUp(why string) {
	g.srv.opts.Observer.SessionRefused(g.peer.Addr, why)
	g.srv.log.Info("session cut", "peer", g.peer.Addr, "session", g.peer.ID, "why", why)
	g.hangUp(Status{Code: 421, Detail: "7.0", Text: "too many errors"})
	g.linger = true
}

// capabilities is the text of the reply to EHLO: our name and what this client may use now.
func (s *Server) capabilities(p *Peer) string {
	o := &s.opts
	lines := []byte(o.Hostname)
	offer := func(when bool, words string) {
		if when {
			lines = append(append(lines, '\n'), words...)
		}
	}
	offer(true, "PIPELINING")
	offer(o.Limits.MessageBytes < noLimit64, "SIZE "+strconv.FormatInt(o.Limits.MessageBytes, 10))
	offer(o.Limits.MessageBytes == noLimit64, "SIZE 0") // RFC 1870 4: no limit
	offer(o.Mode == TLSStart && p.TLS == nil, "STARTTLS")
	offer(o.signsIn() && (p.TLS != nil || o.AuthPlaintext), "AUTH "+o.mechanisms())
	offer(true, "ENHANCEDSTATUSCODES")
	offer(true, "8BITMIME")
	offer(!o.NoUTF8, "SMTPUTF8")
	offer(true, "CHUNKING")
	offer(true, "BINARYMIME")
	offer(o.DSN, "DSN")
	offer(o.ForwardTLS && p.TLS != nil, "REQUIRETLS")
	offer(contains(o.XClient, p.Addr), xclientAttributes)
	offer(o.Limits.Recipients < noLimit, "LIMITS RCPTMAX="+strconv.Itoa(o.Limits.Recipients)) // RFC 9422
	return string(lines)
}

// replyLine is how much text fits on one line of a reply (RFC 5321 4.5.3.1.5).
const replyLine = 480

// appendReply writes a Status in wire form. The code and the enhanced code stand on every line (RFC 2034 4); what is not
// printable ASCII, or too long, is none of the client's business.
func appendReply(b []byte, s Status) []byte {
	lines := bytes.Split([]byte(s.Text), []byte("\n"))
	for i, text := range lines {
		sep := byte('-')
		if i == len(lines)-1 {
			sep = ' '
		}
		b = append(strconv.AppendInt(b, int64(s.Code), 10), sep)
		if s.Detail != "" {
			text = append(append([]byte(s.Enhanced()), ' '), text...)
		}
		for _, c := range text[:min(len(text), replyLine)] {
			if c < ' ' || c > '~' {
				c = '?'
			}
			b = append(b, c)
		}
		b = append(b, "\r\n"...)
	}
	return b
}
