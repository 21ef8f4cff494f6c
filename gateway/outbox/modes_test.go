package outbox

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// Of an Outbox that its user submits from too, only what is marked is taken.
func TestMarkedOnly(t *testing.T) {
	name := mapi.PropertyName{Set: mapi.PSPublicStrings, Name: "By internet"}
	flag := mapi.Named[bool]{PropertyName: name, Type: mapi.PtypBoolean}
	word := mapi.Named[string]{PropertyName: name, Type: mapi.PtypString}
	for _, tc := range []struct {
		what    string
		mark    Mark
		taken   []mapi.Prop
		left    []mapi.Prop
		message func(mapi.Prop) *mapi.Message
	}{
		{what: "a category", mark: Mark{Category: "Internet"},
			taken: []mapi.Prop{mapi.PidNameKeywords.Of([]string{"internet"}), mapi.PidNameKeywords.Of([]string{"Red", "Internet"})},
			left:  []mapi.Prop{mapi.PidNameKeywords.Of([]string{"Red"}), mapi.PidTagImportance.Of(2)}},
		{what: "a property", mark: Mark{Property: &name},
			taken: []mapi.Prop{flag.Of(true), word.Of("yes")},
			left:  []mapi.Prop{flag.Of(false), word.Of(""), mapi.PidTagImportance.Of(2)}},
	} {
		t.Run(tc.what, func(t *testing.T) {
			b := newBench(t, func(o *Options) { o.Mark = tc.mark })
			for _, p := range tc.left {
				b.deposit(mapitest.Outbox, with(draft("left"), p))
			}
			for _, p := range tc.taken {
				b.deposit(mapitest.Outbox, with(draft("taken"), p))
			}
			for _, r := range b.records(len(tc.taken)) {
				if r.Mail.Subject != "taken" {
					t.Errorf("took what is %s", r.Mail.Subject)
				}
			}
			time.Sleep(200 * time.Millisecond)
			if n := len(b.mailbox.Messages(mapitest.Outbox)); n != len(tc.left) {
				t.Errorf("%d messages are left in the Outbox, want %d", n, len(tc.left))
			}
		})
	}
}

// What has been sent and left where it was, as servers do without a folder for sent mail, is not sent again.
func TestSentMailLeftBehindStays(t *testing.T) {
	b := newBench(t, nil)
	b.deposit(mapitest.Outbox, with(draft("sent"), mapi.PidTagMessageFlags.Of(mapi.MfRead)))
	b.deposit(mapitest.Outbox, draft("new"))
	if r := b.records(1)[0]; r.Mail.Subject != "new" {
		t.Errorf("took %q", r.Mail.Subject)
	}
}

const reportHeaders = "From: Journal <journal@example.test>\r\nTo: alice@example.test\r\nX-MS-Journal-Report:\r\n"

// report is a journal report about a mail from carol to bob and, blind, to dora.
func report(headers, text string) *mapi.Message {
	original := draft("journaled")
	original.Props.Set(mapi.PidTagInternetMessageId.Of("<original@example.test>"))
	original.Props.Set(mapi.PidTagSentRepresentingName.Of("Carol"))
	original.Props.Set(mapi.PidTagSentRepresentingAddressType.Of("SMTP"))
	original.Props.Set(mapi.PidTagSentRepresentingEmailAddress.Of("carol@example.test"))
	original.Props.Set(mapi.PidTagSentRepresentingSmtpAddress.Of("carol@example.test"))
	return &mapi.Message{
		Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of("journaled"), mapi.PidTagBody.Of(text),
			mapi.PidTagMessageFlags.Of(0), mapi.PidTagTransportMessageHeaders.Of(headers)},
		Recipients:  draft("").Recipients,
		Attachments: []mapi.Attachment{{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachEmbeddedMessage)}, Message: original}},
	}
}

const (
	vouched    = "X-MS-Exchange-Organization-AuthAs: Internal\r\n"
	reportText = "Sender: carol@example.test\r\nSubject: journaled\r\nMessage-ID: <original@example.test>\r\n" +
		"To: bob@elsewhere.test, Expanded: list@example.test\r\nBcc: dora@elsewhere.test\r\nCc: BOB@elsewhere.test\r\nRecipient: erin@here.test\r\n"
)

// The mail in a journal report goes to those whom the report names, and to nobody else.
func TestJournal(t *testing.T) {
	b := newBench(t, func(o *Options) {
		o.Mode, o.JournalSenders = ModeJournal, []string{"Journal@example.test"}
		o.JournalRecipients = func(a string) bool { return strings.HasSuffix(a, "@elsewhere.test") }
	})
	sent := b.underway("sent before")
	ours := report(reportHeaders+vouched, reportText)
	ours.Attachments[0].Message.Props.Set(idHeader.Of(string(sent)))
	draftReport := with(report(reportHeaders+vouched, reportText), mapi.PidTagMessageFlags.Of(mapi.MfUnsent), mapi.PidTagSubject.Of("left"))
	left := []*mapi.Message{
		report(reportHeaders, reportText), // anybody could have sent it
		report("From: mallory@elsewhere.test\r\nX-MS-Journal-Report:\r\n"+vouched, reportText),
		report("From: journal@example.test\r\n"+vouched, reportText),
		report(reportHeaders+vouched, "Sender: carol@example.test\r\n"),
		draftReport, draft("no report"),
	}
	for _, m := range append(left, ours, report(reportHeaders+vouched, reportText)) {
		b.deposit(mapitest.Inbox, m)
	}
	r := b.records(2)[0]
	var to []string
	for _, rcpt := range r.Mail.Envelope.Recipients {
		to = append(to, rcpt.Address)
	}
	if r.Mail.Envelope.From != "carol@example.test" || strings.Join(to, " ") != "bob@elsewhere.test dora@elsewhere.test" ||
		r.Mail.MessageID != "<original@example.test>" {
		t.Errorf("from %q to %q, %s", r.Mail.Envelope.From, to, r.Mail.MessageID)
	}
	if body := b.body(r.Mail.ID); !strings.Contains(body, "Subject: journaled") || !strings.Contains(body, "From: Carol") || strings.Contains(body, "Expanded") {
		t.Errorf("the mail is\n%s", body)
	}
	b.deliver()
	deadline := time.Now().Add(patience)
	hidden := func() int {
		return len(b.mailbox.Messages("/" + ClaimedFolder))
	}
	for hidden() > 0 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	if n, inbox, sent := hidden(), len(b.mailbox.Messages(mapitest.Inbox)), len(b.mailbox.Messages(mapitest.SentItems)); n != 0 || inbox != len(left) || sent != 0 {
		t.Errorf("%d reports are left, %d messages in the Inbox (want %d), %d in Sent Items", n, inbox, len(left), sent)
	}
}

func TestReadReport(t *testing.T) {
	senders := map[string]bool{"journal@example.test": true}
	for name, tc := range map[string]struct{ headers, text string }{
		"vouched for twice":   {reportHeaders + vouched + vouched, reportText},
		"vouched for wrongly": {reportHeaders + "X-MS-Exchange-Organization-AuthAs: Anonymous\r\n", reportText},
		"vouched in the text": {reportHeaders + "\r\n" + vouched, reportText},
		"two authors":         {reportHeaders + "From: other@example.test\r\n" + vouched, reportText},
		"two senders":         {reportHeaders + vouched, reportText + "Sender: other@example.test\r\n"},
		"nobody":              {reportHeaders + vouched, "Sender: a@example.test\r\n"},
		"no text":             {reportHeaders + vouched, ""},
	} {
		if r, err := readReport(report(tc.headers, tc.text), senders); !errors.Is(err, errNoReport) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	r, err := readReport(report(reportHeaders+vouched, reportText+"To: Bob Smith\r\nTo: \"odd one\"@elsewhere.test\r\n"), senders)
	if err != nil || len(r.recipients) == 0 || !slices.Equal(r.odd, []string{"Bob Smith", `"odd one"@elsewhere.test`}) {
		t.Errorf("odd recipients: %+v, %v", r, err)
	}
	r, err = readReport(report(reportHeaders+vouched, "Sender: <>\nRecipient: <x@y.test>, Forwarded: z@y.test\n"), senders)
	if err != nil || r.from != "" || !slices.Equal(r.recipients, []string{"x@y.test"}) {
		t.Errorf("a report of a report: %+v, %v", r, err)
	}
}
