package mapping

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// A headerRule is one header field, both ways. Either way may be missing.
type headerRule struct {
	// field is the field's name as it is written.
	field string
	// read puts the field's value into the message's properties. When a field
	// occurs more than once its first occurrence counts.
	read func(r *reader, raw string)
	// write gives the field's value, encoded, or "" for none.
	write func(w *writer, ps mapi.Props) string
}

// headerRules are the fields that properties carry, in the order they are
// written. Where several fields feed one property the one that stands first
// wins. [MS-OXCMAIL] 2.1.3.2, 2.2.3.2
var headerRules = []headerRule{
	{"Date", readDate, writeDate},
	{"From", readFrom, writeFrom},
	{"Sender", readSender, writeSender},
	{"Reply-To", readReplyTo, writeReplyTo},
	{"To", nil, writeRecipients(mapi.RecipientTo)},
	{"Cc", nil, writeRecipients(mapi.RecipientCc)},
	{"Bcc", nil, nil}, // never leaves in a header
	{"Subject", readSubject, writeSubject},
	{"Thread-Topic", text(mapi.PidTagConversationTopic).read, writeThreadTopic},
	{"Thread-Index", readThreadIndex, writeThreadIndex},
	{"Message-ID", readMessageID, writeMessageID},
	msgids("In-Reply-To", mapi.PidTagInReplyToId),
	msgids("References", mapi.PidTagInternetReferences),
	{"Importance", readImportance, writeImportance},
	{"X-Priority", readXPriority, writeXPriority},
	{"X-MSMail-Priority", readImportance, nil},
	{"Priority", readPriority, writePriority},
	{"Sensitivity", readSensitivity, writeSensitivity},
	{"Disposition-Notification-To", readReadReceipt, writeReadReceipt},
	{"Return-Receipt-To", readDeliveryReceipt, writeDeliveryReceipt},
	{"X-Confirm-Reading-To", readReadReceipt, nil},
	{"Keywords", readKeywords, writeKeywords},
	when("Expires", mapi.PidTagExpiryTime),
	{"Expiry-Date", when("", mapi.PidTagExpiryTime).read, nil},
	when("Reply-By", mapi.PidTagReplyTime),
	when("Deferred-Delivery", mapi.PidTagDeferredDeliveryTime),
	when("Latest-Delivery-Time", mapi.PidTagLatestDeliveryTime),
	{"X-Message-Flag", readMessageFlag, writeMessageFlag},
	{"X-Auto-Response-Suppress", readAutoResponseSuppress, writeAutoResponseSuppress},
	text2("List-Help", mapi.PidTagListHelp),
	text2("List-Subscribe", mapi.PidTagListSubscribe),
	text2("List-Unsubscribe", mapi.PidTagListUnsubscribe),
	{"X-List-Help", text(mapi.PidTagListHelp).read, nil},
	{"X-List-Subscribe", text(mapi.PidTagListSubscribe).read, nil},
	{"X-List-Unsubscribe", text(mapi.PidTagListUnsubscribe).read, nil},
	text2("Organization", mapi.PidTagInternetOrganization),
	{"X-MS-Exchange-Organization-SCL", nil, nil}, // the firewall's, named so that nobody adds it
	namedText("Accept-Language", mapi.PidNameAcceptLanguage),
	{"X-Accept-Language", namedText("", mapi.PidNameAcceptLanguage).read, nil}, // [MS-OXCMAIL] 2.2.3.2.11
	{"Content-Class", readContentClass, writeContentClass},
	namedText("Xref", mapi.PidNameCrossReference),
	namedText("msip_labels", mapi.PidNameMSIPLabels), // [MS-OXCMSG] 2.2.1.59
	{"Content-Language", readContentLanguage, writeContentLanguage},
	{"X-MS-Has-Attach", nil, nil},
	{"X-MS-TNEF-Correlator", readTnefCorrelator, writeTnefCorrelator},
	{"X-Unsent", readUnsent, nil},
	either("X-CallingTelephoneNumber", mapi.PidTagSenderTelephoneNumber, mapi.PidNameXSenderTelephoneNumber),
	either("X-VoiceMessageSenderName", mapi.PidTagVoiceMessageSenderName, mapi.PidNameXVoiceMessageSenderName),
	either("X-AttachmentOrder", mapi.PidTagVoiceMessageAttachmentOrder, mapi.PidNameXVoiceMessageAttachmentOrder),
	either("X-CallID", mapi.PidTagCallId, mapi.PidNameXCallId),
	eitherNumber("X-VoiceMessageDuration", mapi.PidTagVoiceMessageDuration, mapi.PidNameXVoiceMessageDuration),
	eitherNumber("X-FaxNumberOfPages", mapi.PidTagFaxNumberOfPages, mapi.PidNameXFaxNumberOfPages),
	{"X-Microsoft-Classified", readClassified, writeClassified},
	classification("X-Microsoft-Classification", mapi.PidLidClassification),
	classification("X-Microsoft-ClassDesc", mapi.PidLidClassificationDescription),
	classification("X-Microsoft-ClassID", mapi.PidLidClassificationGuid),
	{"X-Microsoft-ClassKeep", readClassKeep, writeClassKeep},
	namedText("X-Sharing-Browse-Url", mapi.PidNameXSharingBrowseUrl), // this and those below: [MS-OXSHARE] 2.2.2, 2.2.3
	namedText("X-Sharing-Capabilities", mapi.PidNameXSharingCapabilities),
	namedText("X-Sharing-Config-Url", mapi.PidNameXSharingConfigUrl),
	namedText("X-Sharing-Exended-Caps", mapi.PidNameXSharingExendedCaps),
	namedText("X-Sharing-Flavor", mapi.PidNameXSharingFlavor),
	namedText("X-Sharing-Instance-Guid", mapi.PidNameXSharingInstanceGuid),
	namedText("X-Sharing-Local-Type", mapi.PidNameXSharingLocalType),
	namedText("X-Sharing-Provider-Guid", mapi.PidNameXSharingProviderGuid),
	namedText("X-Sharing-Provider-Name", mapi.PidNameXSharingProviderName),
	namedText("X-Sharing-Provider-Url", mapi.PidNameXSharingProviderUrl),
	namedText("X-Sharing-Remote-Name", mapi.PidNameXSharingRemoteName),
	namedText("X-Sharing-Remote-Path", mapi.PidNameXSharingRemotePath),
	namedText("X-Sharing-Remote-Store-Uid", mapi.PidNameXSharingRemoteStoreUid),
	namedText("X-Sharing-Remote-Type", mapi.PidNameXSharingRemoteType),
	namedText("X-Sharing-Remote-Uid", mapi.PidNameXSharingRemoteUid),
}

// ruleIndex finds a rule by its field's name in lower case. It is never changed.
var ruleIndex = func() map[string]int {
	m := make(map[string]int, len(headerRules))
	for i, r := range headerRules {
		m[strings.ToLower(r.field)] = i
	}
	return m
}()

// ruleOf gives the index of the rule for a field name, or -1.
func ruleOf(name string) int {
	var buf [48]byte
	if len(name) > len(buf) {
		return -1
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		buf[i] = c
	}
	if i, ok := ruleIndex[string(buf[:len(name)])]; ok {
		return i
	}
	return -1
}

// text is a field of unstructured text.
func text(tag mapi.Tag[string]) headerRule { return text2("", tag) }

func text2(field string, tag mapi.Tag[string]) headerRule {
	return headerRule{field,
		func(r *reader, raw string) { r.default_(tag.Of(mime.DecodeText(raw))) },
		func(w *writer, ps mapi.Props) string { return mime.EncodeText(tag.Get(ps), len(field)+2, w.opts.UTF8) }}
}

// namedText is a field of text that a named property carries.
func namedText(field string, name mapi.Named[string]) headerRule {
	return headerRule{field,
		func(r *reader, raw string) { r.default_(name.Of(mime.DecodeText(raw))) },
		func(w *writer, ps mapi.Props) string { return mime.EncodeText(name.Get(ps), len(field)+2, w.opts.UTF8) }}
}

// msgids is a field of message ids, which are kept as they are written.
func msgids(field string, tag mapi.Tag[string]) headerRule {
	return headerRule{field,
		func(r *reader, raw string) {
			if v := mime.DecodeText(raw); v != "" {
				r.default_(tag.Of(v))
			}
		},
		func(w *writer, ps mapi.Props) string {
			return foldIDs(mime.EncodeText(tag.Get(ps), len(field)+2, w.opts.UTF8))
		}}
}

// foldIDs puts a space between message ids that stand together, so that a
// long list can be folded.
func foldIDs(v string) string {
	return strings.ReplaceAll(v, "><", "> <")
}

// when is a field with a date.
func when(field string, tag mapi.Tag[time.Time]) headerRule {
	return headerRule{field,
		func(r *reader, raw string) {
			if t, ok := mime.ParseDate(raw); ok {
				r.default_(tag.Of(t.UTC()))
			}
		},
		func(w *writer, ps mapi.Props) string { return formatTime(tag.Get(ps)) }}
}

// formatTime writes a time in UTC, "" for none.
func formatTime(t time.Time) string {
	if t.IsZero() || t.Year() < 1602 {
		return ""
	}
	return mime.FormatDate(t.UTC())
}

// [MS-OXCMAIL] 2.2.3.2
func readDate(r *reader, raw string) {
	if t, ok := mime.ParseDate(raw); ok {
		r.default_(mapi.PidTagClientSubmitTime.Of(t.UTC()))
		return
	}
	r.lose("Date", mime.Unfold(raw), "not a date")
}

func writeDate(w *writer, ps mapi.Props) string {
	for _, tag := range [...]mapi.Tag[time.Time]{mapi.PidTagClientSubmitTime, mapi.PidTagProviderSubmitTime, mapi.PidTagMessageDeliveryTime, mapi.PidTagLastModificationTime} {
		if s := formatTime(tag.Get(ps)); s != "" {
			return s
		}
	}
	return formatTime(w.opts.Now)
}

// readSubject sets the subject and its two parts. [MS-OXCMAIL] 2.2.3.2, [MS-OXCMSG] 2.2.1.9, 2.2.1.10
func readSubject(r *reader, raw string) {
	s := mime.DecodeText(raw)
	prefix, normalized := splitSubject(s)
	r.props.Set(mapi.PidTagSubject.Of(s))
	r.props.Set(mapi.PidTagSubjectPrefix.Of(prefix))
	r.props.Set(mapi.PidTagNormalizedSubject.Of(normalized))
}

// splitSubject cuts a prefix of at most three characters, none of them a
// digit, with its colon and space off a subject. [MS-OXCMSG] 2.2.1.9
func splitSubject(s string) (prefix, rest string) {
	letters := 0
	for i, c := range s {
		switch {
		case c == ':':
			if letters == 0 || i+1 < len(s) && s[i+1] != ' ' {
				return "", s
			}
			n := min(i+2, len(s))
			return s[:n], s[n:]
		case letters == 3 || c >= '0' && c <= '9' || c == ' ':
			return "", s
		}
		letters++
	}
	return "", s
}

func writeSubject(w *writer, ps mapi.Props) string {
	return mime.EncodeText(subjectOf(ps), len("Subject: "), w.opts.UTF8)
}

// subjectOf is the whole subject, put together where only its parts are there.
func subjectOf(ps mapi.Props) string {
	if s, ok := mapi.PidTagSubject.From(ps); ok {
		// Outlook's MSG files and rules mark the length of the prefix with two
		// control characters in front. [MS-OXCMSG] 2.2.1.46
		if len(s) >= 2 && s[0] == 1 {
			s = s[2:]
		}
		return s
	}
	return mapi.PidTagSubjectPrefix.Get(ps) + mapi.PidTagNormalizedSubject.Get(ps)
}

// writeThreadTopic writes the topic where it says more than the subject.
func writeThreadTopic(w *writer, ps mapi.Props) string {
	return mime.EncodeText(mapi.PidTagConversationTopic.Get(ps), len("Thread-Topic: "), w.opts.UTF8)
}

// [MS-OXCMAIL] 2.2.3.2: Thread-Index is PidTagConversationIndex in base64.
func readThreadIndex(r *reader, raw string) {
	v := strings.Map(dropSpace, mime.Unfold(raw))
	b, err := base64.StdEncoding.DecodeString(v)
	if err != nil || len(b) < 22 {
		r.lose("Thread-Index", v, "not a conversation index")
		return
	}
	r.default_(mapi.PidTagConversationIndex.Of(b))
}

func dropSpace(c rune) rune {
	if c == ' ' || c == '\t' {
		return -1
	}
	return c
}

func writeThreadIndex(_ *writer, ps mapi.Props) string {
	return base64.StdEncoding.EncodeToString(mapi.PidTagConversationIndex.Get(ps))
}

func readMessageID(r *reader, raw string) {
	if v := mime.DecodeText(raw); v != "" {
		r.default_(mapi.PidTagInternetMessageId.Of(v))
	}
}

func writeMessageID(w *writer, _ mapi.Props) string { return w.messageID }
