package mapping

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/msg"
)

// crossings tells of the properties of a message that say something, are
// neither listed as lost nor the books of a store, whether the MIME would be
// another without them.
func crossings(t *testing.T, m *mapi.Message) map[string]bool {
	write := func(m *mapi.Message) (string, []Loss) {
		var b bytes.Buffer
		res, err := ToMIME(context.Background(), &b, m, ToMIMEOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return b.String(), res.Losses
	}
	id := mapi.PidTagInternetMessageId.Of("<1@example.com>") // else it is made of everything
	props := slices.Clone(m.Props)
	props.Set(id)
	whole, losses := write(&mapi.Message{Props: props, Recipients: m.Recipients, Attachments: m.Attachments})
	listed := map[string]bool{}
	for _, l := range losses {
		listed[l.Where] = true
	}
	out := map[string]bool{}
	for i := range m.Props {
		p := &m.Props[i]
		if says(p.Value) == "" || isBooks(p) || listed[nameOf(p)] {
			continue
		}
		without := slices.Delete(slices.Clone(m.Props), i, i+1)
		without.Set(id)
		got, _ := write(&mapi.Message{Props: without, Recipients: m.Recipients, Attachments: m.Attachments})
		out[nameOf(p)] = withoutBoundaries(got) != withoutBoundaries(whole)
	}
	return out
}

// TestUnlistedProperties takes every item of the corpus that is no mail out
// again, once whole and once without each of its properties.
func TestUnlistedProperties(t *testing.T) {
	ctx := context.Background()
	matters, seen := map[string]int{}, map[string]int{}
	for _, kind := range []struct{ name, pattern, mediaType string }{{"msg", "*.msg", ""}, {"ical", "*.ics", "text/calendar; charset=utf-8"}, {"vcard", "*.vcf", "text/vcard; charset=utf-8"}} {
		files, err := filepath.Glob(filepath.Join(shared(t, "corpus/"+kind.name), kind.pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var m *mapi.Message
			if kind.mediaType == "" {
				res, err := msg.Read(ctx, bytes.NewReader(raw), msg.Options{})
				if err != nil {
					t.Fatal(err)
				}
				m = res.Message
			} else {
				res, err := ToMAPI(ctx, bytes.NewReader(asItem(kind.mediaType, raw)), ToMAPIOptions{})
				if err != nil {
					t.Fatal(err)
				}
				m = res.Message
			}
			for name, crossed := range crossings(t, m) {
				seen[name]++
				if crossed {
					matters[name]++
				}
			}
		}
	}
	unlisted := 0
	again := strings.Fields(saidAgain)
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if matters[name] == 0 && !slices.Contains(again, name) && !strings.HasPrefix(name, "{"+mapi.PSInternetHeaders.String()) {
			unlisted++
			t.Errorf("%s says something in %d items, changes no MIME and is not listed as lost", name, seen[name])
		}
	}
	fmt.Printf("items, properties: %d kinds in what is written, %d that only say again what another says, %d lost and not listed\n", len(matters), len(seen)-len(matters)-unlisted, unlisted)
}

// saidAgain are properties whose content another one has as well, in every item of the corpus.
const saidAgain = `
PidLidAddressBookProviderArrayType PidLidAddressBookProviderEmailList PidLidAddressCountryCode PidLidAllAttendeesString PidLidAppointmentDuration
PidLidAppointmentMessageClass PidLidAppointmentStateFlags PidLidAppointmentTimeZoneDefinitionEndDisplay PidLidAppointmentTimeZoneDefinitionRecur PidLidBirthdayLocal
PidLidCalendarType PidLidCleanGlobalObjectId PidLidClipEnd PidLidClipStart PidLidContactCharacterSet PidLidContactItemData PidLidDistributionListChecksum
PidLidDistributionListMembers PidLidDistributionListName PidLidEmail1AddressType PidLidEmail1DisplayName PidLidEmail1OriginalDisplayName PidLidEmail1OriginalEntryId
PidLidEmail2AddressType PidLidEmail2DisplayName PidLidEmail2OriginalDisplayName PidLidEmail2OriginalEntryId PidLidEmail3AddressType PidLidEmail3DisplayName
PidLidEmail3OriginalDisplayName PidLidEmail3OriginalEntryId PidLidEndRecurrenceTime PidLidFInvited PidLidFax1AddressType PidLidFax2AddressType PidLidFax2EmailAddress
PidLidFax2OriginalDisplayName PidLidFax2OriginalEntryId PidLidFax3AddressType PidLidFileUnder PidLidFileUnderId PidLidFileUnderList PidLidGlobalObjectId
PidLidHasPicture PidLidHtml PidLidIsRecurring PidLidLogType PidLidLogTypeDesc PidLidMeetingType PidLidNoteHeight PidLidNoteWidth PidLidNoteX PidLidNoteY
PidLidOldRecurrenceType PidLidRecurrencePattern PidLidRecurrenceType PidLidRecurring PidLidReferenceEntryId PidLidResponseStatus PidLidStartRecurrenceDate
PidLidStartRecurrenceTime PidLidTaskComplete PidLidTaskHistory PidLidTaskLastUpdate PidLidTaskOrdinal PidLidTaskOwnership PidLidTaskState PidLidTimeZone
PidLidTimeZoneDescription PidLidTimeZoneStruct PidLidToAttendeesString PidLidWeddingAnniversaryLocal PidLidWeekInterval PidLidWhere PidLidWorkAddressCountryCode
PidTagCountry PidTagDisplayBcc PidTagDisplayCc PidTagDisplayTo PidTagEndDate PidTagInternetMailOverrideFormat PidTagInternetMessageId PidTagLocality
PidTagMessageCodepage PidTagMessageEditorFormat PidTagNativeBody PidTagNonReceiptNotificationRequested
PidTagNormalizedSubject PidTagOriginalMessageId PidTagPostalAddress PidTagPostalCode
PidTagProviderSubmitTime PidTagReplyRecipientNames PidTagReplyRequested PidTagResponseRequested PidTagRtfInSync PidTagSenderSimpleDisplayName
PidTagSentRepresentingSimpleDisplayName PidTagStartDate PidTagStateOrProvince PidTagStreetAddress PidTagSubjectPrefix PidTagTnefCorrelationKey`

// withoutBoundaries leaves out what the digest of the message is in.
func withoutBoundaries(s string) string { return boundaryPattern.ReplaceAllString(s, "") }

var boundaryPattern = regexp.MustCompile(`=_mapigate_[0-9a-f]+`)
