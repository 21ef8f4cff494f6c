// Package mail holds the nouns that travel through the gateway: a [Mail] is
// MIME plus an [Envelope]; a courier answers with one [Outcome] for each
// [Recipient]. Nothing here knows MAPI or sockets.
package mail

import (
	"context"
	"io"
	"time"
)

// An ID names a mail in this gateway's queue. It is the value of the msg
// attribute of every log line about the mail, and of its [IDHeader].
type ID string

// IDHeader is the header field that carries the ID of a mail, also where it is a named property of a message.
const IDHeader = "X-Mapigate-Id"

// PropertySet is the property set of the gateway's own named properties, {8b5f3c0e-6f0e-4c55-9a3e-0d3c1f6a7b21} in the order of the
// wire. They are about a message in its mailbox, and never part of a mail.
func PropertySet() [16]byte {
	return [16]byte{0x0E, 0x3C, 0x5F, 0x8B, 0x0E, 0x6F, 0x55, 0x4C, 0x9A, 0x3E, 0x0D, 0x3C, 0x1F, 0x6A, 0x7B, 0x21}
}

// DraftProperty is the named property, of that set, that holds the ID on what a courier writes into an Outbox, until it is submitted.
// The ID's header field does not tell: it stays on sent copies, which people send again.
const DraftProperty = "MapigateDraft"

// A Mail is a message on its way: an envelope and the MIME it carries.
type Mail struct {
	ID       ID
	Envelope Envelope
	Body     Body
	// Source tells where the mail came from.
	Source Source
	// Received is when the gateway took responsibility for it.
	Received time.Time
	// MessageID is the Message-ID header's value with its angle brackets, or "".
	MessageID string
	// Subject is the decoded Subject, cut to 200 characters, for people who look at the queue.
	Subject string
}

// A Body is the MIME of a mail: RFC 5322 with CRLF line ends.
type Body interface {
	// Size is the length in bytes.
	Size() int64
	// Open starts reading from the beginning. It also gives io.ReaderAt where the storage can.
	Open(ctx context.Context) (io.ReadCloser, error)
}

// A Source is where a mail entered the gateway.
type Source struct {
	// Kind is "smtp", "drop" (a file in a folder), "outbox", "journal" or "gateway" (our own reports).
	Kind string
	// Name is the listener or the mailbox.
	Name string
	// Client is the peer's address for smtp.
	Client string
	// User is who signed in, or "".
	User string
	// Stranger says that the client had neither signed in nor a network that may send: nothing about the mail is vouched for.
	Stranger bool
	// Claim is the claim GUID of a message taken from an Outbox, or "".
	// The queue takes a claim once only.
	Claim string
}

// An Envelope is what MAIL FROM and RCPT TO say; it alone decides who gets the mail.
type Envelope struct {
	// From is the reverse-path without angle brackets; "" is the null sender.
	From string
	// Recipients is never empty.
	Recipients []Recipient
	// SMTPUTF8 says that the mail needs RFC 6531.
	SMTPUTF8 bool
	// EightBit says that the body is 8BITMIME. RFC 6152
	EightBit bool
	// Ret is what a failure report returns: "FULL", "HDRS" or "". RFC 3461 4.3
	Ret string
	// EnvID is the sender's name for this mail, decoded. RFC 3461 4.4
	EnvID string
	// RequireTLS is RFC 8689.
	RequireTLS bool
}

// A Recipient is one RCPT TO.
type Recipient struct {
	// Address is the forward-path without angle brackets.
	Address string
	// Notify is what the sender wants to hear of. RFC 3461 4.1
	Notify Notify
	// OrigRecipient is ORCPT with its address type, decoded: "rfc822;bob@example.org", or "".
	OrigRecipient string
}

// Notify is a set of NOTIFY conditions; 0 means that the sender said nothing.
type Notify uint8

// NOTIFY conditions. RFC 3461 4.1
const (
	NotifyNever Notify = 1 << iota
	NotifySuccess
	NotifyFailure
	NotifyDelay
)

// WantsFailure tells whether a failure is to be reported: by default, yes.
func (n Notify) WantsFailure() bool { return n == 0 || n&NotifyFailure != 0 }

// WantsDelay tells whether a delay is to be reported: by default, yes.
func (n Notify) WantsDelay() bool { return n == 0 || n&NotifyDelay != 0 }

// WantsSuccess tells whether a delivery is to be reported: only when asked.
func (n Notify) WantsSuccess() bool { return n&NotifySuccess != 0 }
