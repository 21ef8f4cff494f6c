package tnef

import (
	"errors"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/loss"
)

// ErrSignature says that a stream is not TNEF at all. [MS-OXTNEF] 2.1.1
var ErrSignature = errors.New("not TNEF: the signature 0x223E9F78 is missing")

// A Source gives random access to a TNEF stream. Attachments read from it, so
// it must outlive the message made from it.
type Source interface {
	io.ReaderAt
	Size() int64
}

// Options say how TNEF is read. The zero value is usable.
type Options struct {
	// Depth is how deep embedded messages may nest. Default 32.
	Depth int
	// Attachments is how many attachments a message may have. Default 2000.
	Attachments int
	// Recipients is how many recipients a message may have. Default 50000.
	Recipients int
	// Memory is how many bytes of property values are held in memory in all. Default 64 MiB.
	Memory int64
}

// A Result is what [Read] made of a TNEF stream.
type Result struct {
	// Message is the message. Its strings are Unicode, decoded by the stream's code page.
	Message *mapi.Message
	// Key is the LegacyKey of the stream. [MS-OXTNEF] 2.1.3.1.2
	Key uint16
	// CodePage is the Windows code page of 8-bit strings (attOemCodepage), or 0.
	CodePage uint32
	// Losses is what was damaged or beyond a limit.
	Losses []loss.Loss
}

// WriteOptions say how TNEF is written. The zero value is usable.
type WriteOptions struct {
	// Key is the LegacyKey. [MS-OXTNEF] 2.1.3.1.2
	Key uint16
	// CodePage is the code page of 8-bit attributes. Default 1252.
	CodePage uint32
	// Recipients writes the recipient table, which a message in transport leaves to the envelope.
	Recipients bool
}
