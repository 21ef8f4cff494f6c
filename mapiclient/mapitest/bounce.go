package mapitest

import (
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
)

// classNDR is the class of a report that a message was not delivered.
// [MS-OXOMSG] 2.2.2.1
const classNDR = "REPORT.IPM.Note.NDR"

// bounce tells the submitter which recipients got nothing. Reports are never
// reported on. [MS-OXOMSG] 3.3.5.1, 2.2.2
func (s *Server) bounce(to *account, c *store.Content, failed []failure) {
	if len(failed) == 0 || strings.HasPrefix(mapi.PidTagMessageClass.Get(c.Props), "REPORT.") {
		return
	}
	subject := mapi.PidTagSubject.Get(c.Props)
	now := to.box.Now()
	report := &store.Content{Props: mapi.Props{
		mapi.PidTagMessageClass.Of(classNDR),
		mapi.PidTagSubject.Of("Undeliverable: " + subject),
		mapi.PidTagSubjectPrefix.Of("Undeliverable: "),
		mapi.PidTagNormalizedSubject.Of(subject),
		mapi.PidTagOriginalSubject.Of(subject),
		mapi.PidTagReportTime.Of(now),
		mapi.PidTagClientSubmitTime.Of(now),
		mapi.PidTagSenderName.Of("Microsoft Exchange"),
		mapi.PidTagInternetMessageId.Of(s.newMessageID()),
	}}
	if id, ok := mapi.PidTagInternetMessageId.From(c.Props); ok {
		report.Props.Set(mapi.PidTagOriginalMessageId.Of(id))
	}
	if key, ok := mapi.PidTagSearchKey.From(c.Props); ok {
		report.Props.Set(mapi.PidTagOriginalSearchKey.Of(key))
		report.Props.Set(mapi.PidTagParentKey.Of(key))
	}
	search := store.NewGUID()
	report.Props.Set(mapi.PidTagSearchKey.Of(search[:]))
	var text strings.Builder
	for i, f := range failed {
		fmt.Fprintf(&text, "%s: %s\r\n", f.address, f.status)
		report.Recipients = append(report.Recipients, store.Recipient{RowID: uint32(i), Recipient: mapi.Recipient{
			Type: mapi.RecipientTo,
			Props: mapi.Props{
				mapi.PidTagDisplayName.Of(f.address), mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(f.address),
				mapi.PidTagSupplementaryInfo.Of(f.status), mapi.PidTagReportText.Of(f.status),
			},
		}})
	}
	report.Props.Set(mapi.PidTagReportText.Of(text.String()))
	report.Props.Set(mapi.PidTagBody.Of("Your message did not reach:\r\n" + text.String()))
	if _, code := s.deliver(to, report); code != 0 {
		s.opts.Logger.Warn("report could not be delivered", "to", to.Address, "code", code)
	}
}
