package mapping

import (
	"context"
	"fmt"
	"strings"

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
	// Index is the place in the message's recipient table, -1 for the addressee of a delivery report.
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
// Recipients that a resent message has already reached are left out. [MS-OXOMSG] 3.2.4.4
func Envelope(ctx context.Context, msg *mapi.Message, r Resolver) (*MailEnvelope, error) {
	env := &MailEnvelope{}
	a := addresses{ctx: ctx, resolver: r}
	env.Sender, _ = a.smtp(senderTags.get(msg.Props))
	if env.From, _ = a.smtp(representingTags.get(msg.Props)); env.From == "" {
		env.From = env.Sender
	}
	if isDeliveryReport(msg.Props) { // its recipient table names whom it is about
		if addr, _ := a.smtp(receivedByTags.get(msg.Props)); addr != "" {
			env.Recipients = append(env.Recipients, EnvelopeRecipient{Address: addr, Type: mapi.RecipientTo, Index: -1})
		}
		return env, nil
	}
	seen := make(map[string]bool, len(msg.Recipients))
	for i, rcpt := range msg.Recipients {
		if rcpt.Type&mapi.RecipientSubmitted != 0 || rcpt.Type.Base() == mapi.RecipientOriginator {
			continue
		}
		p := recipientTags.get(rcpt.Props)
		addr, reason := a.smtp(p)
		if addr == "" {
			env.Unresolved = append(env.Unresolved, UnresolvedRecipient{Name: p.display(), Reason: reason, Index: i})
			continue
		}
		if key := strings.ToLower(addr); !seen[key] {
			seen[key] = true
			env.Recipients = append(env.Recipients, EnvelopeRecipient{Address: addr, Type: rcpt.Type.Base(), Index: i})
		}
	}
	if a.err != nil {
		return nil, fmt.Errorf("resolve addresses: %w", a.err)
	}
	return env, nil
}

// isDeliveryReport tells whether a message's class is that of a delivery report.
func isDeliveryReport(ps mapi.Props) bool {
	class := strings.ToUpper(mapi.PidTagMessageClass.Get(ps))
	return strings.HasPrefix(class, "REPORT.") && (strings.HasSuffix(class, ".DR") || strings.HasSuffix(class, ".NDR"))
}

// addresses finds SMTP addresses; the resolver's first error sticks.
type addresses struct {
	ctx      context.Context
	resolver Resolver
	err      error
}

// smtp gives a party's SMTP address, or "" and why there is none.
func (a *addresses) smtp(p party) (addr, reason string) {
	switch {
	case p.smtp != "":
		if _, ok := plausibleAddress(p.smtp); !ok {
			return "", fmt.Sprintf("%q is not an SMTP address", p.smtp)
		}
		return strings.Trim(p.smtp, "<> "), ""
	case p.addr == "":
		return "", "no address"
	case a.resolver == nil:
		return "", "address type " + p.kind + " and no directory"
	case a.err != nil:
		return "", a.err.Error()
	}
	found, err := a.resolver.SMTPAddress(a.ctx, p.kind, p.addr)
	if err != nil {
		a.err = err
		return "", err.Error()
	}
	if found == "" {
		return "", p.kind + " address not in the directory"
	}
	return found, ""
}

// plausibleAddress gives the cleaned address when it can stand in RCPT TO.
func plausibleAddress(s string) (string, bool) {
	s = strings.Trim(s, "<> ")
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || strings.ContainsAny(s, "\r\n\x00<>") {
		return s, false
	}
	return s, s[0] == '"' || !strings.ContainsAny(s, " \t,;")
}
