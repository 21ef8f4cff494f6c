package smtpside

import (
	"context"
	"crypto/tls"
	"io"
	"net"
)

// A Backend decides what becomes of the mail that a Server takes in. It is called from many sessions at once.
//
// Every error it or its sessions return goes out as the Status that it is or wraps (errors.As); any other error
// is logged in full and goes out as 451 4.3.0 with a public text.
type Backend interface {
	// NewSession is called once per EHLO state of a connection: after the first EHLO or HELO, and again after
	// STARTTLS, since TLS forgets everything said before (RFC 3207 4.2). ctx ends with the connection. peer stays
	// valid until Close; its User is set when AUTH has succeeded.
	NewSession(ctx context.Context, peer *Peer) (Session, error)
}

// A Session is one client's conversation. Its methods are called one at a time and never after Close.
// The contexts end when the connection does or when the server is shut down hard.
type Session interface {
	// Auth checks credentials and tells whom they prove: a token names its user itself. Only AuthFailed (535) blames the
	// client; every failure of ours is 454.
	Auth(ctx context.Context, cred Credentials) (user string, err error)
	// Mail starts a transaction. from is a mailbox in the form of RFC 5321 4.1.2, or "" for the null sender.
	Mail(ctx context.Context, from string, params MailParams) error
	// Rcpt adds a recipient: a mailbox in the form of RFC 5321 4.1.2, or "postmaster" alone.
	Rcpt(ctx context.Context, to string, params RcptParams) error
	// Data takes the message: raw octets with CRLF line ends, dots unstuffed. A nil error means that the mail is
	// owned by the backend now; text (may be empty) follows "250 2.0.0 ". An error of r means that the message did not
	// arrive whole and must be forgotten; what Data returns then does not reach the client.
	Data(ctx context.Context, r io.Reader) (text string, err error)
	// Reset forgets the transaction; it is also called after each Data.
	Reset()
	// Close ends the session.
	Close()
}

// Repaired is implemented by the reader that a Session's Data gets. Once it has been read to its end, Repairs names in a few
// words each what the legacy profile has mended in the message; nothing without that profile.
type Repaired interface{ Repairs() []string }

// A Peer is the client at the other end of a session, as far as it is known.
type Peer struct {
	Addr     net.Addr             // where it comes from
	Local    net.Addr             // the address of ours that it reached
	Helo     string               // what it calls itself
	TLS      *tls.ConnectionState // nil without TLS
	User     string               // whom AUTH has proved; "" before
	Trusted  bool                 // may send without AUTH: by its network, its socket or its certificate
	LMTP     bool                 // speaks LMTP
	Extended bool                 // greeted with EHLO or LHLO, not HELO
	ID       string               // short and unique in this process, for the logs

	// By is what the mail came by, where that is not SMTP.
	By string

	// Certificate names the holder of the client certificate that was verified; "" without one.
	Certificate string
}

// Protocol names how the mail came, for the "with" clause of a Received header (RFC 3848).
func (p *Peer) Protocol() string {
	name := "ESMTP"
	switch {
	case p.By != "":
		return p.By
	case p.LMTP:
		name = "LMTP"
	case !p.Extended:
		return "SMTP"
	}
	if p.TLS != nil {
		name += "S"
	}
	if p.User != "" {
		name += "A"
	}
	return name
}

// Credentials are what AUTH carries, either way.
type Credentials struct {
	Mechanism string // as in AUTH; on the way out "" takes what the server offers
	Identity  string // whom to act as, if not Username (RFC 4616)
	Username  string // of a token: whom the client says it is for, or "" (RFC 7628 3.1)
	Password  string
	Token     string // the bearer token of XOAUTH2 and OAUTHBEARER; Password is empty then
	Tokens    Tokens // on the way out, gives that token
}

// BodyType is the BODY parameter of MAIL.
type BodyType string

// The body types of RFC 6152 and RFC 3030; "" is 7BIT by default.
const (
	Body7Bit       BodyType = "7BIT"
	Body8BitMIME   BodyType = "8BITMIME"
	BodyBinaryMIME BodyType = "BINARYMIME"
)

// Return is the RET parameter of MAIL: what a failure report shall bring back (RFC 3461 4.3).
type Return string

// The values of RET.
const (
	ReturnFull    Return = "FULL"
	ReturnHeaders Return = "HDRS"
)

// MailParams are the parameters of MAIL, decoded.
type MailParams struct {
	Size       int64    // SIZE, octets; 0 unknown (RFC 1870)
	Body       BodyType // BODY
	UTF8       bool     // SMTPUTF8: addresses or headers need it (RFC 6531)
	Return     Return   // RET
	EnvelopeID string   // ENVID, xtext decoded
	Auth       *string  // AUTH, xtext decoded: who first submitted it; "" for <> (RFC 4954 5)
	RequireTLS bool     // REQUIRETLS (RFC 8689)
}

// Notify is a set of NOTIFY values; zero means that the sender said nothing, which is NotifyFailure or
// NotifyDelay as the receiver likes (RFC 3461 4.1).
type Notify uint8

// The values of NOTIFY. Never excludes the others.
const (
	NotifyNever Notify = 1 << iota
	NotifySuccess
	NotifyFailure
	NotifyDelay
)

// RcptParams are the parameters of RCPT, decoded.
type RcptParams struct {
	Notify Notify            // NOTIFY
	Orig   OriginalRecipient // ORCPT
}

// OriginalRecipient is ORCPT: whom the sender first wrote to (RFC 3461 4.2). The zero value is none.
type OriginalRecipient struct {
	Type    string // "rfc822" or "utf-8", lower case
	Address string // decoded
}
