package demo

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A sample is a mail of the tour. Its Message-ID is its name at Domain.
type sample struct {
	name, subject string
	from          string
	to            []string // the envelope's recipients
	// header lists the recipients in the header: To, Cc.
	header string
	text   string
	html   string
	files  []file
}

// A file is an attachment.
type file struct {
	name, mediaType string
	content         []byte
}

func (s *sample) messageID() string { return "<" + s.name + "@" + Domain + ">" }

// Files that look like what they are called.
var (
	invoice = file{"Rechnung-4711.pdf", "application/pdf", append([]byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"), pattern(24<<10)...)}
	scan    = file{"scan.png", "image/png", append([]byte("\x89PNG\r\n\x1A\n"), pattern(90<<10)...)}
	table   = file{"Umsätze März.csv", "text/csv", []byte("Monat;Umsatz\r\nMärz;4.711,00\r\n")}
)

// pattern gives bytes in which every value occurs.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * (i>>8 + 1))
	}
	return b
}

// smtpSamples are what applications send by SMTP: to people here, and, through
// Exchange, to others.
func smtpSamples() []sample {
	return []sample{
		{name: "invoice-4711", subject: "Invoice 4711", from: "erp@" + Domain, to: []string{anna},
			header: "To: Anna <" + anna + ">", text: "Please find the invoice attached.",
			html:  "<p>Please find the <b>invoice</b> attached.</p>",
			files: []file{invoice}},
		{name: "scan-2nd-floor", subject: "Scan from the second floor", from: "scanner@" + Domain, to: []string{bert},
			header: "To: " + bert, text: "1 page.", files: []file{scan}},
		{name: "backup-report", subject: "Backup fertig: 3 Läufe, 0 Fehler ✓", from: "root@db1.backup.test", to: []string{anna, bert, "carla@" + Domain},
			header: "To: " + anna + "\r\nCc: " + bert, text: "Carla gets a blind copy, and a mailbox for it."},
		{name: "order-confirmed", subject: "Your order is confirmed", from: "shop@" + Domain, to: []string{"customer@elsewhere.test"},
			header: "To: customer@elsewhere.test", text: "Thank you for your order.", files: []file{invoice}},
	}
}

// outboxSamples are what lies in an Outbox and leaves by the gateway.
func outboxSamples() []sample {
	return []sample{
		{name: "sales-figures", subject: "Umsätze März", from: robot, to: []string{"partner@elsewhere.test"},
			text: "Die Zahlen stehen im Anhang.", files: []file{table, scan}},
		{name: "reminder", subject: "Reminder: maintenance tonight", from: robot, to: []string{"ops@elsewhere.test", "noc@elsewhere.test"},
			text: "The servers restart at 23:00.", html: "<p>The servers restart at <b>23:00</b>.</p>"},
		{name: "thanks", subject: "Thanks 👍", from: robot, to: []string{"friend@elsewhere.test"}, text: "See you."},
	}
}

// mime is the mail as an application writes it.
func (s *sample) mime(now time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\r\n%s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: %s\r\nMIME-Version: 1.0\r\n",
		s.from, s.header, s.subject, now.Format(time.RFC1123Z), s.messageID())
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=mixed\r\n\r\n--mixed\r\n")
	part := func(boundary, mediaType, text string) {
		fmt.Fprintf(&b, "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n", boundary, mediaType, text)
	}
	b.WriteString("Content-Type: multipart/alternative; boundary=texts\r\n\r\n")
	part("texts", "text/plain", s.text)
	if s.html != "" {
		part("texts", "text/html", s.html)
	}
	b.WriteString("--texts--\r\n")
	for _, f := range s.files {
		fmt.Fprintf(&b, "--mixed\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n",
			f.mediaType, f.name, lines(base64.StdEncoding.EncodeToString(f.content)))
	}
	b.WriteString("--mixed--\r\n")
	return b.Bytes()
}

// lines breaks base64 into lines. RFC 2045 6.8
func lines(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	return b.String() + s
}

// mapi is the message as a user's client saves it.
func (s *sample) mapi() (*mapi.Message, error) {
	m := &mapi.Message{Props: mapi.Props{
		mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(s.subject), mapi.PidTagBody.Of(s.text + "\r\n"),
		mapi.PidTagInternetMessageId.Of(s.messageID()),
	}}
	if s.html != "" {
		m.Props.Set(mapi.PidTagHtml.Of([]byte(s.html)))
		m.Props.Set(mapi.PidTagInternetCodepage.Of(65001))
	}
	for _, address := range s.to {
		id, err := mapi.EntryIDBytes(mapi.NewOneOff(address, address))
		if err != nil {
			return nil, err
		}
		m.Recipients = append(m.Recipients, mapi.Recipient{Type: mapi.RecipientTo, Props: mapi.Props{
			mapi.PidTagObjectType.Of(6), mapi.PidTagDisplayType.Of(0), mapi.PidTagDisplayName.Of(address),
			mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(address), mapi.PidTagSmtpAddress.Of(address),
			mapi.PidTagEntryId.Of(id),
		}})
	}
	for _, f := range s.files {
		m.Attachments = append(m.Attachments, mapi.Attachment{
			Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of(f.name),
				mapi.PidTagAttachMimeTag.Of(f.mediaType), mapi.PidTagRenderingPosition.Of(-1)},
			Data: mapi.BytesStream(f.content),
		})
	}
	return m, nil
}
