package exchange

import (
	"errors"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// arrived makes a message look as if the server's own delivery had put it into the mailbox of address: it says who got it
// and how that one is addressed, and blind copies are not seen. [MS-OXOMSG] 2.2.1.17 to 2.2.1.19, 2.2.1.23 to 2.2.1.38
func arrived(msg *mapi.Message, address string) {
	received(&msg.Props, address)
	var to, cc bool
	if report := strings.HasPrefix(strings.ToUpper(mapi.PidTagMessageClass.Get(msg.Props)), "REPORT."); report {
		to = true // its recipient table names whom it is about
	} else {
		to, cc = visible(msg, address)
	}
	msg.Props.Set(mapi.PidTagMessageToMe.Of(to))
	msg.Props.Set(mapi.PidTagMessageCcMe.Of(cc))
	msg.Props.Set(mapi.PidTagMessageRecipientMe.Of(to || cc))
	// Before the first save, or it would stay a draft for ever. [MS-OXCMSG] 2.2.1.6
	msg.Props.Set(mapi.PidTagMessageFlags.Of(mapi.PidTagMessageFlags.Get(msg.Props) &^ mapi.MfUnsent))
}

// withoutRefused takes out what arrived has set and the server has refused, and tells whether that was all it refused:
// mail is not kept back for want of an ornament.
func withoutRefused(props *mapi.Props, err error) bool {
	var refused *mapiclient.ProblemsError
	if !errors.As(err, &refused) {
		return false
	}
	for _, p := range refused.Problems {
		if !slices.Contains(ornaments, p.Prop.Tag) {
			return false
		}
	}
	for _, p := range refused.Problems {
		props.Delete(p.Prop.Tag)
	}
	return true
}

var ornaments = []mapi.PropTag{
	mapi.PidTagReceivedByName.Tag(), mapi.PidTagReceivedByAddressType.Tag(), mapi.PidTagReceivedByEmailAddress.Tag(),
	mapi.PidTagReceivedBySmtpAddress.Tag(), mapi.PidTagReceivedBySearchKey.Tag(), mapi.PidTagReceivedByEntryId.Tag(),
	mapi.PidTagReceivedRepresentingName.Tag(), mapi.PidTagReceivedRepresentingAddressType.Tag(),
	mapi.PidTagReceivedRepresentingEmailAddress.Tag(), mapi.PidTagReceivedRepresentingSmtpAddress.Tag(),
	mapi.PidTagReceivedRepresentingSearchKey.Tag(), mapi.PidTagReceivedRepresentingEntryId.Tag(),
	mapi.PidTagMessageToMe.Tag(), mapi.PidTagMessageCcMe.Tag(), mapi.PidTagMessageRecipientMe.Tag(),
}

// visible takes blind copies out of the recipient table and tells whether To and Cc name the address.
func visible(msg *mapi.Message, address string) (to, cc bool) {
	seen := msg.Recipients[:0:0]
	for _, r := range msg.Recipients {
		kind := r.Type.Base()
		if kind == mapi.RecipientBcc {
			continue
		}
		if strings.EqualFold(mapi.PidTagSmtpAddress.Get(r.Props), address) {
			to = to || kind == mapi.RecipientTo
			cc = cc || kind == mapi.RecipientCc
		}
		seen = append(seen, r)
	}
	msg.Recipients = seen
	return to, cc
}

// received sets who received the message, for oneself.
func received(props *mapi.Props, address string) {
	for _, who := range [...]struct{ name, kind, email, smtp mapi.Tag[string] }{
		{mapi.PidTagReceivedByName, mapi.PidTagReceivedByAddressType, mapi.PidTagReceivedByEmailAddress, mapi.PidTagReceivedBySmtpAddress},
		{mapi.PidTagReceivedRepresentingName, mapi.PidTagReceivedRepresentingAddressType,
			mapi.PidTagReceivedRepresentingEmailAddress, mapi.PidTagReceivedRepresentingSmtpAddress},
	} {
		props.Set(who.name.Of(address))
		props.Set(who.kind.Of("SMTP"))
		props.Set(who.email.Of(address))
		props.Set(who.smtp.Of(address))
	}
	key := mapi.SearchKey("SMTP", address)
	props.Set(mapi.PidTagReceivedBySearchKey.Of(key))
	props.Set(mapi.PidTagReceivedRepresentingSearchKey.Of(key))
	if id, err := mapi.EntryIDBytes(mapi.NewOneOff(address, address)); err == nil {
		props.Set(mapi.PidTagReceivedByEntryId.Of(id))
		props.Set(mapi.PidTagReceivedRepresentingEntryId.Of(id))
	}
}
