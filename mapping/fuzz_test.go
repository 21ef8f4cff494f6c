package mapping

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/textform"
)

// seeds adds the mails of testdata.
func seeds(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*.eml"))
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
}

// FuzzToMAPI holds that no mail makes ToMAPI fail or panic, that what it gives
// can be written, and that a second trip changes no attachment.
func FuzzToMAPI(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		ctx := context.Background()
		limits := Limits{Depth: 8, Parts: 50, BodyBytes: 1 << 20, HeaderBytes: 64 << 10, InflatedBytes: 1 << 20}
		res, err := ToMAPI(ctx, bytes.NewReader(raw), ToMAPIOptions{Limits: limits, Headers: []string{"*"}, Recipients: []string{"a@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := ToMIME(ctx, &out, res.Message, ToMIMEOptions{Limits: limits}); err != nil {
			t.Fatal(err)
		}
		again, err := ToMAPI(ctx, bytes.NewReader(out.Bytes()), ToMAPIOptions{Limits: Limits{Depth: 40, Parts: 500}})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := len(res.Message.Attachments), len(again.Message.Attachments); a > b {
			t.Errorf("%d attachments became %d in:\n%s", a, b, out.Bytes())
		}
	})
}

// FuzzToMIME holds that no text in a property can inject a header field or
// break out of its part.
func FuzzToMIME(f *testing.F) {
	f.Add("Subject", "Ann <a@example.com>", "text", []byte("<p>html"), "file.txt", []byte("data"), "x-app", "v")
	f.Add("a\r\nBcc: x@y", "n\r\n", "--=_mapigate\r\n", []byte("\r\n.\r\n"), "a\r\n\"b.txt", []byte{0, 1}, "x\r\ny", "\r\n\r\n")
	f.Fuzz(func(t *testing.T, subject, name, body string, html []byte, file string, data []byte, field, value string) {
		msg := &mapi.Message{Props: mapi.Props{
			mapi.PidTagSubject.Of(subject), mapi.PidTagSenderName.Of(name), mapi.PidTagSenderAddressType.Of("SMTP"), mapi.PidTagSenderEmailAddress.Of(name),
			mapi.PidTagBody.Of(body), mapi.PidTagHtml.Of(html), mapi.PidTagInternetMessageId.Of(value), mapi.PidTagInternetReferences.Of(value), mapi.InternetHeader(field).Of(value),
			mapi.PidTagConversationTopic.Of(value), mapi.PidNameKeywords.Of([]string{value, name}), mapi.PidTagTransportMessageHeaders.Of(field + ": " + value),
		}}
		msg.Recipients = []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of(name), mapi.PidTagSmtpAddress.Of(value)}}}
		msg.Attachments = []mapi.Attachment{{Data: mapi.BytesStream(data), Props: mapi.Props{
			mapi.PidTagAttachLongFilename.Of(file), mapi.PidTagAttachMimeTag.Of(field), mapi.PidTagAttachContentId.Of(value), mapi.PidNameContentType.Of(value)}}}
		var out bytes.Buffer
		if _, err := ToMIME(context.Background(), &out, msg, ToMIMEOptions{}); err != nil {
			t.Fatal(err)
		}
		checkHeaders(t, out.Bytes())
		res, err := ToMAPI(context.Background(), bytes.NewReader(out.Bytes()), ToMAPIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range res.Message.Attachments {
			if r, err := a.Data.Open(context.Background()); err != nil {
				t.Fatal(err)
			} else if got, _ := io.ReadAll(r); bytes.Equal(got, data) ||
				strings.HasPrefix(mapi.PidTagAttachMimeTag.Get(a.Props), "message/") && string(got) == textform.CRLF(string(data)) {
				return // a part that may have no encoding gets the line ends of mail
			}
		}
		t.Errorf("the attachment's bytes were lost in:\n%s", out.Bytes())
	})
}

// checkHeaders holds the form of the header: CRLF, no field that was not meant, no long line.
func checkHeaders(t *testing.T, raw []byte) {
	head, _, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !ok {
		t.Fatalf("no end of the header in:\n%s", raw)
	}
	for _, line := range bytes.Split(head, []byte("\r\n")) {
		if bytes.ContainsAny(line, "\r\n\x00") {
			t.Errorf("bare line break or NUL in %q", line)
		}
		if bytes.HasPrefix(bytes.ToLower(line), []byte("bcc:")) {
			t.Errorf("injected: %q", line)
		}
	}
}
