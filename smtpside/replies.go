package smtpside

// reply builds a Status; an empty text takes the usual one.
func reply(code int, detail, text, usual string) Status {
	if text == "" {
		text = usual
	}
	return Status{Code: code, Detail: detail, Text: text}
}

// The usual replies. Each takes the text that the peer may see; "" means the usual words.

// OK is 250 2.0.0.
func OK(text string) Status { return reply(250, "0.0", text, "OK") }

// ServiceClosing is 421 4.3.2: this server is going down, or does not want this session now.
func ServiceClosing(text string) Status {
	return reply(421, "3.2", text, "service closing, try again later")
}

// TooManySessions is 421 4.7.0: the limit on sessions is reached.
func TooManySessions(text string) Status {
	return reply(421, "7.0", text, "too many sessions, try again later")
}

// LocalError is 451 4.3.0: something of ours failed; the mail may be tried again.
func LocalError(text string) Status {
	return reply(451, "3.0", text, "temporary local problem, try again later")
}

// NotReachable is 451 4.4.1: no host of the destination answered.
func NotReachable(text string) Status { return reply(451, "4.1", text, "no host answered") }

// ConnectionLost is 451 4.4.2: the connection broke or timed out.
func ConnectionLost(text string) Status { return reply(451, "4.2", text, "connection lost") }

// NoRoute is 451 4.4.4: the destination could not be looked up.
func NoRoute(text string) Status {
	return reply(451, "4.4", text, "destination could not be looked up")
}

// StorageFull is 452 4.3.1: the disk or the queue is full.
func StorageFull(text string) Status { return reply(452, "3.1", text, "insufficient system storage") }

// TooManyRecipients is 452 4.5.3: the rest belongs into another mail (RFC 5321 4.5.3.1.10).
func TooManyRecipients(text string) Status { return reply(452, "5.3", text, "too many recipients") }

// AuthUnavailable is 454 4.7.0: the credentials could not be checked now (RFC 4954 6).
func AuthUnavailable(text string) Status {
	return reply(454, "7.0", text, "temporary authentication failure")
}

// UnknownCommand is 500 5.5.2.
func UnknownCommand(text string) Status { return reply(500, "5.2", text, "command not recognised") }

// BadSyntax is 501 5.5.2: a command that we know, written in a way that we do not.
func BadSyntax(text string) Status { return reply(501, "5.2", text, "syntax error") }

// BadParameter is 501 5.5.4.
func BadParameter(text string) Status { return reply(501, "5.4", text, "invalid parameter") }

// UnknownParameter is 555 5.5.4: a parameter of MAIL or RCPT that is not known or not offered (RFC 5321 4.1.1.11).
func UnknownParameter(text string) Status { return reply(555, "5.4", text, "unknown parameter") }

// BadSender is 501 5.1.7: the sender's address is no address.
func BadSender(text string) Status { return reply(501, "1.7", text, "bad sender address syntax") }

// BadRecipient is 501 5.1.3: the recipient's address is no address.
func BadRecipient(text string) Status { return reply(501, "1.3", text, "bad recipient address syntax") }

// BadSequence is 503 5.5.1.
func BadSequence(text string) Status { return reply(503, "5.1", text, "bad sequence of commands") }

// AuthRequired is 530 5.7.0.
func AuthRequired(text string) Status { return reply(530, "7.0", text, "authentication required") }

// StartTLSRequired is 530 5.7.0 as RFC 3207 4 words it.
func StartTLSRequired(text string) Status {
	return reply(530, "7.0", text, "must issue a STARTTLS command first")
}

// AuthFailed is 535 5.7.8: the credentials are wrong, and only then.
func AuthFailed(text string) Status {
	return reply(535, "7.8", text, "authentication credentials invalid")
}

// NoSuchUser is 550 5.1.1.
func NoSuchUser(text string) Status { return reply(550, "1.1", text, "no such user here") }

// NotAllowed is 550 5.7.1: policy forbids it.
func NotAllowed(text string) Status { return reply(550, "7.1", text, "not allowed") }

// RelayDenied is 554 5.7.1: this client may not send there.
func RelayDenied(text string) Status { return reply(554, "7.1", text, "relay access denied") }

// TooLarge is 552 5.3.4.
func TooLarge(text string) Status { return reply(552, "3.4", text, "message exceeds the size limit") }

// NeedsUTF8 is 553 5.6.7: the address or mail needs SMTPUTF8, which this hop lacks (RFC 6531 3.5).
func NeedsUTF8(text string) Status { return reply(553, "6.7", text, "SMTPUTF8 is needed") }

// BadContent is 554 5.6.0: the message cannot be taken as it is written.
func BadContent(text string) Status { return reply(554, "6.0", text, "message content rejected") }

// TransactionFailed is 554 5.0.0.
func TransactionFailed(text string) Status { return reply(554, "0.0", text, "transaction failed") }

// AcceptsNoMail is 556 5.1.10: the domain has a null MX (RFC 7505 4.2).
func AcceptsNoMail(text string) Status { return reply(556, "1.10", text, "domain accepts no mail") }
