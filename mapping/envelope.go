package mapping

import (
	"context"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A MailEnvelope is who a MAPI message is sent by and to, in SMTP addresses.
type MailEnvelope struct {
	// From is the address the message is sent as (PidTagSentRepresenting*, else PidTagSender*), or "".
	From string
	// Sender is the mailbox that sends (PidTagSender*), or "".
	Sender string
	// Recipients are the addresses found, each once, in the message's order.
	Recipients []EnvelopeRecipient
	// Unresolved are recipients without an SMTP address.
	Unresolved []UnresolvedRecipient
}

// An EnvelopeRecipient is one RCPT TO.
type EnvelopeRecipient struct {
	Address string
	Type    mapi.RecipientType
	// Index is the place in the message's recipient table.
	Index int
}

// An UnresolvedRecipient is a recipient that no mail can reach.
type UnresolvedRecipient struct {
	// Name is the display name or whatever else names it best.
	Name   string
	Reason string
	Index  int
}

// Envelope gives the SMTP envelope of a MAPI message. The resolver may be nil.
// A resolver's error is returned; an address it does not know is listed.
func Envelope(ctx context.Context, msg *mapi.Message, r Resolver) (*MailEnvelope, error) {
	return &MailEnvelope{}, nil
}
