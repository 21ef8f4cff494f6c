package mapping

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/apple"
)

// TestAppleDouble: a Macintosh's file is one attachment, and both parts come back.
func TestAppleDouble(t *testing.T) {
	info := (&apple.File{Name: "Bild.jpg", Finder: append([]byte("JPEGogle"), make([]byte, 24)...), Resource: []byte("resource")}).AppleDouble()
	header := base64.StdEncoding.EncodeToString(info)
	raw := "From: a@example.com\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\ntext\n--m\nContent-Type: multipart/appledouble; boundary=d\n\n" +
		"--d\nContent-Type: application/applefile; name=Bild.jpg\nContent-Transfer-Encoding: base64\n\n" + header +
		"\n--d\nContent-Type: image/jpeg; name=Bild.jpg\nContent-Transfer-Encoding: base64\n\n/9j/AAEC\n--d--\n--m--\n"
	res := toMAPI(t, raw, ToMAPIOptions{})
	if len(res.Message.Attachments) != 1 || len(res.Losses) != 0 {
		t.Fatalf("%d attachments, losses %v", len(res.Message.Attachments), res.Losses)
	}
	ps := res.Message.Attachments[0].Props
	if s := mapi.PidTagAttachAdditionalInformation.Get(ps); string(s) != ":ogle:JPEG" {
		t.Errorf("additional information %q", s)
	}
	if !bytes.Equal(mapi.PidNameAttachmentMacInfo.Get(ps), info) || mapi.PidNameAttachmentMacContentType.Get(ps) != "image/jpeg" {
		t.Error("what the Macintosh knows of the file is not kept")
	}
	checkAppleDouble(t, toMIME(t, res.Message, ToMIMEOptions{}), info, "\xFF\xD8\xFF\x00\x01\x02")
}

// checkAppleDouble looks for the two parts in the second part of a mail.
func checkAppleDouble(t *testing.T, out string, info []byte, data string) {
	t.Helper()
	p := parse(t, []byte(out)).Parts[1]
	if p.Type != "multipart/appledouble" || len(p.Parts) != 2 || p.Parts[0].Type != "application/applefile" || p.Parts[1].Type != "image/jpeg" {
		t.Fatalf("not in two parts:\n%s", out)
	}
	if !bytes.Equal(read(t, p.Parts[0].Open()), info) || string(read(t, p.Parts[1].Open())) != data {
		t.Errorf("the parts differ:\n%s", out)
	}
}

// TestMacBinary: an attachment in MacBinary leaves as AppleDouble.
func TestMacBinary(t *testing.T) {
	const macHeader, macTypeAt, macForksAt = 128, 65, 83
	head := make([]byte, macHeader)
	head[1] = 8
	copy(head[2:], "Bild.jpg")
	copy(head[macTypeAt:], "JPEGogle")
	binary.BigEndian.PutUint32(head[macForksAt:], 6)
	binary.BigEndian.PutUint32(head[macForksAt+4:], 8)
	file := append(append(head, "\xFF\xD8\xFF\x00\x01\x02"...), make([]byte, macHeader-6)...)
	file = append(file, "resource"...)
	msg := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagBody.Of("text")}, Attachments: []mapi.Attachment{{
		Data: mapi.BytesStream(file),
		Props: mapi.Props{mapi.PidTagAttachMethod.Of(attachByValue), mapi.PidTagAttachEncoding.Of(macBinary), mapi.PidTagAttachMimeTag.Of("image/jpeg"),
			mapi.PidTagAttachLongFilename.Of("Bild.jpg")}}}}
	info := (&apple.File{Name: "Bild.jpg", Finder: append([]byte("JPEGogle"), make([]byte, 24)...), Resource: []byte("resource")}).AppleDouble()
	checkAppleDouble(t, toMIME(t, msg, ToMIMEOptions{}), info, "\xFF\xD8\xFF\x00\x01\x02")

	msg.Attachments[0].Data = mapi.BytesStream([]byte("no MacBinary"))
	if out := toMIME(t, msg, ToMIMEOptions{}); !strings.Contains(out, "bm8gTWFjQmluYXJ5") {
		t.Errorf("the file is lost:\n%s", out)
	}
}
