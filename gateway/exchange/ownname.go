package exchange

import "github.com/mapigate/mapigate/mapiclient/mapi"

// inOwnName takes out who the message is sent for: the server then sets the
// mailbox's own name. [MS-OXOMSG] 3.2.4.1
// Answers, if there shall be any, still go to whom it was from, unless it says otherwise.
func inOwnName(msg *mapi.Message, answers bool) {
	if answers {
		answerTo(&msg.Props, mapi.PidTagSentRepresentingName.Get(msg.Props), mapi.PidTagSentRepresentingSmtpAddress.Get(msg.Props))
	}
	for _, t := range []mapi.PropTag{
		mapi.PidTagSentRepresentingName.Tag(), mapi.PidTagSentRepresentingAddressType.Tag(),
		mapi.PidTagSentRepresentingEmailAddress.Tag(), mapi.PidTagSentRepresentingSmtpAddress.Tag(),
		mapi.PidTagSentRepresentingEntryId.Tag(), mapi.PidTagSentRepresentingSearchKey.Tag(),
		mapi.PidTagSenderName.Tag(), mapi.PidTagSenderAddressType.Tag(), mapi.PidTagSenderEmailAddress.Tag(),
		mapi.PidTagSenderSmtpAddress.Tag(), mapi.PidTagSenderEntryId.Tag(), mapi.PidTagSenderSearchKey.Tag(),
	} {
		msg.Props.Delete(t)
	}
}

// answerTo sets Reply-To where the message has none. [MS-OXOMSG] 2.2.1.43
func answerTo(props *mapi.Props, name, address string) {
	if address == "" || props.Has(mapi.PidTagReplyRecipientEntries.Tag()) {
		return
	}
	if name == "" {
		name = address
	}
	id, err := mapi.EntryIDBytes(mapi.NewOneOff(name, address))
	if err != nil {
		return
	}
	list, err := mapi.FlatEntryList{id}.Bytes()
	if err != nil {
		return
	}
	props.Set(mapi.PidTagReplyRecipientEntries.Of(list))
	props.Set(mapi.PidTagReplyRecipientNames.Of(name))
}
