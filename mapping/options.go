package mapping

import (
	"context"
	"io"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/loss"
)

// A Source is a whole MIME message with random access; [bytes.Reader],
// [strings.Reader] and [io.SectionReader] are sources. Attachments read from
// it, so it must outlive the message made from it. ReadAt is called from one
// goroutine at a time for each attachment.
type Source interface {
	io.ReaderAt
	Size() int64
}

// A Resolver knows addresses of the other world. It may be nil everywhere one
// is asked for; then only addresses that need no directory are understood.
type Resolver interface {
	// SMTPAddress gives the SMTP address of a recipient of another address
	// type, mostly "EX" with a distinguished name. An empty address without
	// error means: not known.
	SMTPAddress(ctx context.Context, addressType, address string) (string, error)
}

// Limits bound what hostile input can cost. Zero fields mean the defaults.
type Limits struct {
	// Depth is how deep parts and embedded messages may nest. Default 32.
	Depth int
	// Parts is how many MIME parts or attachments a message may have. Default 2000.
	Parts int
	// HeaderBytes is how long one header block may be. Default 1 MiB.
	HeaderBytes int
	// BodyBytes is how long a text body may be, decoded; a longer one becomes an attachment. Default 32 MiB.
	BodyBytes int64
	// InflatedBytes is how much a compressed or nested format (RTF, TNEF) may grow to in memory. Default 64 MiB.
	InflatedBytes int64
	// Recipients is how many recipients a message may have. Default 50000.
	Recipients int
}

// ToMAPIOptions say how [ToMAPI] works. The zero value is usable.
type ToMAPIOptions struct {
	// Recipients is the envelope: every address in it becomes a recipient and
	// nothing else does. The header decides its type and display name; an
	// address that the header lacks becomes Bcc. Nil (not empty): recipients
	// are those of the header.
	Recipients []string
	// From is the envelope's sender, used when the header names none.
	From string
	// Resolver is unused so far but for addresses encapsulated in SMTP form (IMCEA).
	Resolver Resolver
	// Now is the time of delivery; zero leaves PidTagMessageDeliveryTime and defaults of dates unset.
	Now time.Time
	// Headers lists the header fields, in any case, that become named properties of PS_INTERNET_HEADERS.
	// "*" takes all fields that no property carries, "X-Foo-*" those with the prefix. Nil: X-Mapigate-*.
	Headers []string
	// Deposit says that the message is put into a mailbox as delivered and not
	// submitted. Only then, or without an envelope, does a delivery report
	// become a REPORT message, whose recipient table names whom it is about.
	Deposit bool
	// AddText derives PidTagBody from HTML where the message has no plain text.
	// Exchange does so by itself. [MS-OXBBODY]
	AddText bool
	// Draft leaves the message as it would be written by its sender: no received times, mfUnsent set.
	Draft bool
	// Limits bound the work.
	Limits Limits
}

// ToMIMEOptions say how [ToMIME] works. The zero value is usable.
type ToMIMEOptions struct {
	// Resolver finds SMTP addresses of recipients that have another type.
	Resolver Resolver
	// Now stands in for a missing date; zero leaves Date out where no property gives one.
	Now time.Time
	// Domain is the right side of a Message-ID made for a message that has none. Default "mapigate.invalid".
	Domain string
	// EightBit allows 8-bit bodies (8BITMIME); otherwise everything is 7-bit.
	EightBit bool
	// UTF8 allows raw UTF-8 in header fields and addresses (SMTPUTF8).
	UTF8 bool
	// AddText writes a plain alternative of HTML where the message has none. [MS-OXCMAIL] 2.1.3.3.4
	AddText bool
	// TNEF says when content is packed as winmail.dat.
	TNEF TNEFMode
	// Limits bound the work.
	Limits Limits
}

// A TNEFMode says when [ToMIME] packs content as TNEF.
type TNEFMode int

// TNEF modes.
const (
	// TNEFNever writes plain MIME only.
	TNEFNever TNEFMode = iota
	// TNEFMinimal adds winmail.dat to messages whose class or content plain MIME cannot carry.
	TNEFMinimal
	// TNEFAlways packs every message.
	TNEFAlways
)

// A Loss is something that did not cross.
type Loss = loss.Loss

// A MAPIResult is what [ToMAPI] made.
type MAPIResult struct {
	Message *mapi.Message
	// Losses is what did not cross.
	Losses []Loss
}

// A MIMEResult tells about what [ToMIME] wrote.
type MIMEResult struct {
	// Size is the number of bytes written.
	Size int64
	// MessageID is the Message-ID field's value, with its brackets.
	MessageID string
	// EightBit tells that bodies have 8-bit bytes (BODY=8BITMIME is needed).
	EightBit bool
	// UTF8 tells that header fields have raw UTF-8 (SMTPUTF8 is needed).
	UTF8 bool
	// Losses is what did not cross.
	Losses []Loss
}
