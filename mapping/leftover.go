package mapping

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/ical"
	"github.com/mapigate/mapigate/mapping/vcard"
)

// carried are the properties that ToMIME writes in one form or another, or
// whose content another one of them repeats.
var carried = idSet(
	mapi.PidTagMessageClass.Tag(), mapi.PidTagSubject.Tag(), mapi.PidTagSubjectPrefix.Tag(), mapi.PidTagNormalizedSubject.Tag(), mapi.PidTagConversationTopic.Tag(), mapi.PidTagConversationIndex.Tag(),
	mapi.PidTagClientSubmitTime.Tag(), mapi.PidTagMessageDeliveryTime.Tag(), mapi.PidTagProviderSubmitTime.Tag(), mapi.PidTagInternetMessageId.Tag(), mapi.PidTagInReplyToId.Tag(), mapi.PidTagInternetReferences.Tag(),
	mapi.PidTagImportance.Tag(), mapi.PidTagPriority.Tag(), mapi.PidTagSensitivity.Tag(), mapi.PidTagReadReceiptRequested.Tag(), mapi.PidTagNonReceiptNotificationRequested.Tag(), mapi.PidTagOriginatorDeliveryReportRequested.Tag(),
	mapi.PidTagReplyRecipientEntries.Tag(), mapi.PidTagReplyRecipientNames.Tag(), mapi.PidTagExpiryTime.Tag(), mapi.PidTagReplyTime.Tag(), mapi.PidTagDeferredDeliveryTime.Tag(), mapi.PidTagLatestDeliveryTime.Tag(),
	mapi.PidTagFlagStatus.Tag(), mapi.PidTagFollowupIcon.Tag(), mapi.PidTagToDoItemFlags.Tag(), mapi.PidTagReplyRequested.Tag(), mapi.PidTagResponseRequested.Tag(), mapi.PidTagAutoResponseSuppress.Tag(),
	mapi.PidTagListHelp.Tag(), mapi.PidTagListSubscribe.Tag(), mapi.PidTagListUnsubscribe.Tag(), mapi.PidTagInternetOrganization.Tag(), mapi.PidTagMessageLocaleId.Tag(), mapi.PidTagTransportMessageHeaders.Tag(),
	mapi.PidTagBody.Tag(), mapi.PidTagHtml.Tag(), mapi.PidTagRtfCompressed.Tag(), mapi.PidTagRtfInSync.Tag(), mapi.PidTagNativeBody.Tag(), mapi.PidTagInternetCodepage.Tag(), mapi.PidTagMessageCodepage.Tag(),
	mapi.PidTagBodyContentId.Tag(), mapi.PidTagBodyContentLocation.Tag(), mapi.PidTagMessageEditorFormat.Tag(), mapi.PidTagInternetMailOverrideFormat.Tag(), mapi.PidTagTnefCorrelationKey.Tag(),
	mapi.PidTagDisplayTo.Tag(), mapi.PidTagDisplayCc.Tag(), mapi.PidTagDisplayBcc.Tag(), mapi.PidTagSenderSimpleDisplayName.Tag(), mapi.PidTagSentRepresentingSimpleDisplayName.Tag(),
	mapi.PidTagReportText.Tag(), mapi.PidTagReportDisposition.Tag(), mapi.PidTagReportDispositionMode.Tag(), mapi.PidTagReportingMessageTransferAgent.Tag(), mapi.PidTagOriginalMessageId.Tag(), mapi.PidTagOriginalSubmitTime.Tag(),
	mapi.PidTagOriginalSubject.Tag(), mapi.PidTagOriginalDisplayTo.Tag(), mapi.PidTagOriginalDisplayCc.Tag(), mapi.PidTagOriginalSenderName.Tag(), mapi.PidTagReceiptTime.Tag(), mapi.PidTagReportTime.Tag(),
)

// inner are the properties by which a store or client keeps its books: what
// they say means nothing in another store.
var inner = idSet(
	mapi.PidTagEntryId.Tag(), mapi.PidTagParentEntryId.Tag(), mapi.PidTagStoreEntryId.Tag(), mapi.PidTagRecordKey.Tag(), mapi.PidTagStoreRecordKey.Tag(), mapi.PidTagSearchKey.Tag(), mapi.PidTagInstanceKey.Tag(),
	mapi.PidTagSourceKey.Tag(), mapi.PidTagParentSourceKey.Tag(), mapi.PidTagChangeKey.Tag(), mapi.PidTagPredecessorChangeList.Tag(), mapi.PidTagMid.Tag(), mapi.PidTagFolderId.Tag(), mapi.PidTagTargetEntryId.Tag(),
	mapi.PidTagObjectType.Tag(), mapi.PidTagAccess.Tag(), mapi.PidTagAccessLevel.Tag(), mapi.PidTagMessageFlags.Tag(), mapi.PidTagMessageStatus.Tag(), mapi.PidTagMessageSize.Tag(), mapi.PidTagMessageSizeExtended.Tag(),
	mapi.PidTagHasAttachments.Tag(), mapi.PidTagRead.Tag(), mapi.PidTagIconIndex.Tag(), mapi.PidTagCreationTime.Tag(), mapi.PidTagLastModificationTime.Tag(), mapi.PidTagLocalCommitTime.Tag(), mapi.PidTagLastModifierName.Tag(),
	mapi.PidTagLastModifierEntryId.Tag(), mapi.PidTagLastModifierSimpleDisplayName.Tag(), mapi.PidTagCreatorName.Tag(), mapi.PidTagCreatorEntryId.Tag(), mapi.PidTagCreatorSimpleDisplayName.Tag(), mapi.PidTagCreatorAddressType.Tag(), mapi.PidTagCreatorEmailAddress.Tag(),
	mapi.PidTagHasNamedProperties.Tag(), mapi.PidTagSubmitFlags.Tag(), mapi.PidTagDeleteAfterSubmit.Tag(), mapi.PidTagSentMailEntryId.Tag(), mapi.PidTagSentMailSvrEID.Tag(), mapi.PidTagMessageSubmissionId.Tag(), mapi.PidTagMessageDownloadTime.Tag(),
	mapi.PidTagConversationId.Tag(), mapi.PidTagConversationKey.Tag(), mapi.PidTagConversationIndexTracking.Tag(), mapi.PidTagMessageToMe.Tag(), mapi.PidTagMessageCcMe.Tag(), mapi.PidTagMessageRecipientMe.Tag(), mapi.PidTagTrustSender.Tag(),
	mapi.PidTagAlternateRecipientAllowed.Tag(), mapi.PidTagOriginatorNonDeliveryReportRequested.Tag(), mapi.PidTagRecipientReassignmentProhibited.Tag(), mapi.PidTagMimeSkeleton.Tag(), mapi.PidTagPrimarySendAccount.Tag(), mapi.PidTagNextSendAcct.Tag(),
	mapi.PidTagRtfSyncBodyCrc.Tag(), mapi.PidTagRtfSyncBodyCount.Tag(), mapi.PidTagRtfSyncBodyTag.Tag(), mapi.PidTagRtfSyncPrefixCount.Tag(), mapi.PidTagRtfSyncTrailingCount.Tag(), mapi.PidTagBodyCrc.Tag(), mapi.PidTagSwappedToDoStore.Tag(), mapi.PidTagSwappedToDoData.Tag(),
	mapi.PidTagSenderFlags.Tag(), mapi.PidTagSentRepresentingFlags.Tag(), mapi.PidTagReceivedByFlags.Tag(), mapi.PidTagReceivedRepresentingFlags.Tag(), mapi.PidTagLastVerbExecuted.Tag(), mapi.PidTagLastVerbExecutionTime.Tag(), mapi.PidTagInternetArticleNumber.Tag(),
	mapi.PidTagStoreSupportMask.Tag(), mapi.PidTagParentDisplay.Tag(), mapi.PidTagSendRichInfo.Tag(), mapi.PidTagContentFilterSpamConfidenceLevel.Tag(),
	mapi.PidTagDisplayName.Tag(), mapi.PidTagAddressType.Tag(), mapi.PidTagSmtpAddress.Tag(), mapi.PidTagRecipientDisplayName.Tag(), mapi.PidTagPolicyTag.Tag(), mapi.PidTagArchiveTag.Tag(), mapi.PidTagRetentionDate.Tag(), mapi.PidTagRetentionPeriod.Tag(), mapi.PidTagRetentionFlags.Tag(), mapi.PidTagStartDateEtc.Tag(),
)

// idSet makes a set of property ids, with those of all parties of a message.
func idSet(tags ...mapi.PropTag) map[mapi.PropID]bool {
	set := make(map[mapi.PropID]bool, len(tags)+40)
	for _, t := range tags {
		set[t.ID()] = true
	}
	for _, p := range [...]partyTags{senderTags, representingTags, readReceiptTags, receivedByTags, receivedRepresentingTags} {
		for _, t := range [...]mapi.PropTag{p.entryID.Tag(), p.searchKey.Tag(), p.name.Tag(), p.kind.Tag(), p.email.Tag(), p.smtp.Tag()} {
			set[t.ID()] = true
		}
	}
	return set
}

// carriedNames are the named properties that ToMIME writes.
var carriedNames = []mapi.PropertyName{
	mapi.PidNameKeywords.PropertyName, mapi.PidLidFlagRequest.PropertyName, mapi.PidLidClassified.PropertyName, mapi.PidLidClassification.PropertyName,
	mapi.PidLidClassificationDescription.PropertyName, mapi.PidLidClassificationGuid.PropertyName, mapi.PidLidClassificationKeep.PropertyName,
}

// innerNames are the named properties by which clients keep their books.
var innerNames = []mapi.PropertyName{
	mapi.PidLidSideEffects.PropertyName, mapi.PidLidSmartNoAttach.PropertyName, mapi.PidLidCurrentVersion.PropertyName, mapi.PidLidCurrentVersionName.PropertyName, mapi.PidLidInternetAccountName.PropertyName, mapi.PidLidInternetAccountStamp.PropertyName,
	mapi.PidLidUseTnef.PropertyName, mapi.PidLidAgingDontAgeMe.PropertyName, mapi.PidLidToDoOrdinalDate.PropertyName, mapi.PidLidToDoSubOrdinal.PropertyName, mapi.PidLidToDoTitle.PropertyName, mapi.PidLidValidFlagStringProof.PropertyName,
	mapi.PidLidFlagString.PropertyName, mapi.PidLidCommonStart.PropertyName, mapi.PidLidCommonEnd.PropertyName, mapi.PidLidReminderDelta.PropertyName, mapi.PidLidReminderTime.PropertyName, mapi.PidLidReminderSignalTime.PropertyName, mapi.PidLidTaskMode.PropertyName,
}

// leftover lists the properties that have no place in MIME.
func (w *writer) leftover() {
	if w.tnef {
		return
	}
	for i := range w.msg.Props {
		p := &w.msg.Props[i]
		if what := says(p.Value); what != "" && !isBooks(p) && !w.carries(p) {
			w.lose(nameOf(p), what, "no place in MIME")
		}
	}
}

// carriedOfAttachments are the properties of attachments that ToMIME writes, and
// those by which a store numbers and draws them.
var carriedOfAttachments = func() map[mapi.PropID]bool {
	set := make(map[mapi.PropID]bool)
	for _, t := range [...]mapi.PropTag{
		mapi.PidTagAttachMethod.Tag(), mapi.PidTagAttachDataBinary.Tag(), mapi.PidTagAttachSize.Tag(), mapi.PidTagAttachNumber.Tag(), mapi.PidTagAttachEncoding.Tag(), mapi.PidTagAttachAdditionalInformation.Tag(),
		mapi.PidTagAttachFilename.Tag(), mapi.PidTagAttachLongFilename.Tag(), mapi.PidTagAttachExtension.Tag(), mapi.PidTagAttachPathname.Tag(), mapi.PidTagAttachLongPathname.Tag(), mapi.PidTagAttachTransportName.Tag(),
		mapi.PidTagAttachMimeTag.Tag(), mapi.PidTagAttachMimeSequence.Tag(), mapi.PidTagAttachContentId.Tag(), mapi.PidTagAttachContentLocation.Tag(), mapi.PidTagAttachContentBase.Tag(), mapi.PidTagAttachTag.Tag(),
		mapi.PidTagAttachFlags.Tag(), mapi.PidTagAttachmentFlags.Tag(), mapi.PidTagAttachmentHidden.Tag(), mapi.PidTagAttachmentLinkId.Tag(), mapi.PidTagAttachmentContactPhoto.Tag(), mapi.PidTagRenderingPosition.Tag(),
		mapi.PidTagAttachPayloadClass.Tag(), mapi.PidTagAttachPayloadProviderGuidString.Tag(), mapi.PidTagTextAttachmentCharset.Tag(), mapi.PidTagExceptionStartTime.Tag(), mapi.PidTagExceptionEndTime.Tag(),
	} {
		set[t.ID()] = true
	}
	return set
}()

// leftoverOf lists the properties of an attachment that have no place in MIME.
func (w *writer) leftoverOf(a *mapi.Attachment) {
	for i := range a.Props {
		p := &a.Props[i]
		if p.Name != nil {
			if p.Name.Set == mapi.PSInternetHeaders || *p.Name == mapi.PidNameAttachmentMacInfo.PropertyName || *p.Name == mapi.PidNameAttachmentMacContentType.PropertyName {
				continue
			}
		} else if carriedOfAttachments[p.Tag.ID()] || isBooks(p) {
			continue
		}
		if what := says(p.Value); what != "" {
			w.lose("attachment "+attachmentName(a)+" "+nameOf(p), what, "no place in MIME")
		}
	}
}

// nameOf names a property in a list of losses, as [MS-OXPROPS] does where that knows it.
func nameOf(p *mapi.Prop) string {
	if p.Name == nil {
		return p.Tag.String()
	}
	if name := mapi.NameOf(*p.Name); name != "" {
		return name
	}
	return p.Name.String()
}

// isBooks tells whether a property is one by which a store or client keeps its books.
func isBooks(p *mapi.Prop) bool {
	if p.Name != nil {
		return named(innerNames, *p.Name)
	}
	id := p.Tag.ID()
	return inner[id] || p.Tag.Type() == mapi.PtypErrorCode || id >= 0x6600 && id < 0x8000 // the last range is the stores'. [MS-OXPROPS] 1.3.3
}

// carries tells whether the message is written with what a property says.
func (w *writer) carries(p *mapi.Prop) bool {
	if p.Name != nil && (p.Name.Set == mapi.PSInternetHeaders || named(carriedNames, *p.Name)) || p.Name == nil && carried[p.Tag.ID()] {
		return true
	}
	switch class := mapi.PidTagMessageClass.Get(w.msg.Props); {
	case ical.Maps(class):
		return ical.Carries(nameOf(p))
	case vcard.Maps(class):
		return vcard.Carries(nameOf(p))
	case hasPrefixFold(class, "REPORT."):
		return p.Name == nil && p.Tag.ID() == mapi.PidTagParentKey.Tag().ID()
	}
	return false
}

func named(list []mapi.PropertyName, n mapi.PropertyName) bool {
	for _, l := range list {
		if l.Same(n) {
			return true
		}
	}
	return false
}

// says is a value in short, "" for one that says nothing: zero, empty, false.
func says(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(shorten(v))
	case []byte:
		if len(v) == 0 {
			return ""
		}
		return fmt.Sprintf("%d bytes", len(v))
	case time.Time:
		if v.Year() < 1602 || v.Year() > 4500 {
			return ""
		}
		return v.Format(time.RFC3339)
	}
	r := reflect.ValueOf(v)
	if r.IsZero() || r.Kind() == reflect.Slice && r.Len() == 0 {
		return ""
	}
	return shorten(fmt.Sprint(v))
}
