package vcard

import (
	"errors"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/loss"
)

// ErrNoCard says that a stream has no vCard.
var ErrNoCard = errors.New("no VCARD")

// Options say how vCards are read. The zero value is usable.
type Options struct {
	// Bytes is how long the stream may be. Default 16 MiB.
	Bytes int64
	// Cards is how many cards are read. Default 1000.
	Cards int
}

// A Result is what [ToMAPI] made of a stream.
type Result struct {
	// Messages are the contacts in their order. A photo is an attachment.
	Messages []*mapi.Message
	// Losses is what did not cross.
	Losses []loss.Loss
}

// FromOptions say how a vCard is written. The zero value is usable.
type FromOptions struct {
	// Version is 3 or 4. Default 3.
	Version int
	// SMTPAddress finds the SMTP address of an address of another type; "" when it does not know. May be nil.
	SMTPAddress func(addressType, address string) string
}
