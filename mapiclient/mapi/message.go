package mapi

import (
	"bytes"
	"context"
	"io"
)

// A RecipientType tells how a recipient is addressed. [MS-OXCMSG] 2.2.3.1.2
type RecipientType uint8

// Recipient types.
const (
	RecipientOriginator RecipientType = 0
	RecipientTo         RecipientType = 1
	RecipientCc         RecipientType = 2
	RecipientBcc        RecipientType = 3

	// RecipientResend marks a recipient a resent message goes to again.
	RecipientResend RecipientType = 0x10
	// RecipientSubmitted marks a recipient a resent message has already reached.
	RecipientSubmitted RecipientType = 0x80
)

// Base is the type without the marks of a resent message.
func (t RecipientType) Base() RecipientType { return t & 0x0F }

// Property gives the type as PidTagRecipientType has it, with the marks in the
// highest bits. [MS-OXOMSG] 2.2.3.1
func (t RecipientType) Property() int32 { return int32(uint32(t.Base()) | uint32(t&0xF0)<<24) }

// RecipientTypeOf is the opposite of [RecipientType.Property].
func RecipientTypeOf(property int32) RecipientType {
	u := uint32(property)
	return RecipientType(u&0x0F) | RecipientType(u>>24&0xF0)
}

// A Message is a message outside any store: what mapping makes and reads, and
// what a client writes and fetches.
type Message struct {
	Props       Props
	Recipients  []Recipient
	Attachments []Attachment
}

// A Recipient is one entry of a message's recipient table.
type Recipient struct {
	Type RecipientType
	// Props holds PidTagDisplayName, PidTagAddressType, PidTagEmailAddress, PidTagSmtpAddress, PidTagEntryId and the like.
	Props Props
}

// An Attachment is one entry of a message's attachment table.
// At most one of Data and Message is set.
type Attachment struct {
	// Props holds PidTagAttachMethod, PidTagAttachLongFilename and the like, but not the content.
	Props Props
	// Data is the content of PidTagAttachDataBinary (or the OLE storage of PidTagAttachDataObject).
	Data Stream
	// Message is the content of an attachment by afEmbeddedMessage.
	Message *Message
}

// A Stream is a large value that is read when it is needed and never held
// whole.
type Stream interface {
	// Size is the length in bytes, or -1 when only reading tells.
	Size() int64
	// Open starts reading from the beginning. Every call is a new reading.
	Open(ctx context.Context) (io.ReadCloser, error)
}

// BytesStream is a Stream over bytes in memory.
type BytesStream []byte

// Size implements [Stream].
func (b BytesStream) Size() int64 { return int64(len(b)) }

// Open implements [Stream].
func (b BytesStream) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(b)), nil
}
