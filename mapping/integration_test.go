package mapping

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/rtf"
)

// TestTNEFModes holds when winmail.dat is written, and that a message packed
// into it comes out as it went in.
func TestTNEFModes(t *testing.T) {
	note := func(class string) *mapi.Message {
		msg := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of(class), mapi.PidTagSubject.Of("Sübject"), mapi.PidTagBody.Of("Text\r\n"), mapi.PidTagInternetMessageId.Of("<1@example.com>")}}
		senderTags.set(&msg.Props, smtpParty("Ann", "ann@example.com"))
		msg.Attachments = []mapi.Attachment{{Data: mapi.BytesStream("data"), Props: mapi.Props{mapi.PidTagAttachMethod.Of(attachByValue), mapi.PidTagAttachLongFilename.Of("größe.bin"), mapi.PidTagAttachMimeTag.Of("application/x-thing")}}}
		return msg
	}
	for _, c := range []struct {
		class  string
		mode   TNEFMode
		packed bool
	}{
		{"IPM.Note", TNEFNever, false}, {"IPM.Note", TNEFMinimal, false}, {"IPM.Note", TNEFAlways, true},
		{"IPM.Sharing", TNEFNever, false}, {"IPM.Sharing", TNEFMinimal, true}, {"IPM.Post", TNEFMinimal, false},
	} {
		out := toMIME(t, note(c.class), ToMIMEOptions{TNEF: c.mode})
		if got := strings.Contains(out, "application/ms-tnef"); got != c.packed {
			t.Errorf("%s in mode %d: packed is %v", c.class, c.mode, got)
		}
		if !c.packed {
			continue
		}
		if !strings.Contains(out, "X-MS-TNEF-Correlator: <1@example.com>\r\n") {
			t.Errorf("no correlator in:\n%s", out)
		}
		res, err := ToMAPI(context.Background(), strings.NewReader(out), ToMAPIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		back := res.Message
		if got := mapi.PidTagMessageClass.Get(back.Props); got != c.class {
			t.Errorf("class %s became %s", c.class, got)
		}
		if len(back.Attachments) != 1 || mapi.PidTagAttachLongFilename.Get(back.Attachments[0].Props) != "größe.bin" || mapi.PidTagSubject.Get(back.Props) != "Sübject" {
			t.Errorf("came back as %+v with losses %v", back, res.Losses)
		}
	}
}

// TestTNEFOfAnother holds that winmail.dat of another message stays a file.
func TestTNEFOfAnother(t *testing.T) {
	msg := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagBody.Of("x"), mapi.PidTagInternetMessageId.Of("<1@example.com>")}}
	out := toMIME(t, msg, ToMIMEOptions{TNEF: TNEFAlways})
	out = strings.Replace(out, "X-MS-TNEF-Correlator: <1@example.com>", "X-MS-TNEF-Correlator: <2@example.com>", 1)
	res, err := ToMAPI(context.Background(), strings.NewReader(out), ToMAPIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Message.Attachments) != 1 || len(res.Losses) == 0 {
		t.Errorf("%d attachments, losses %v", len(res.Message.Attachments), res.Losses)
	}
}

// TestRichText holds that a text which is there only as RTF reaches MIME.
func TestRichText(t *testing.T) {
	for _, c := range []struct{ name, doc, want, never string }{
		{"html", string(rtf.FromHTML("<html><body><p>Grüße &amp; <b>mehr</b></p></body></html>")), "text/html", "text/plain"},
		{"text", string(rtf.FromText("Only text\r\n")), "Only text", "text/html"},
		{"native", `{\rtf1\ansi\ansicpg1252 Some {\b bold} text\par}`, "multipart/alternative", "nothing"},
	} {
		msg := &mapi.Message{Props: mapi.Props{mapi.PidTagRtfCompressed.Of(rtf.Compress([]byte(c.doc)))}}
		out := toMIME(t, msg, ToMIMEOptions{})
		if !strings.Contains(out, c.want) || strings.Contains(out, c.never) {
			t.Errorf("%s became:\n%s", c.name, out)
		}
	}
}

// TestTNEFCorpus unfolds every winmail.dat of the corpus as the only part of a
// mail and writes what came out.
func TestTNEFCorpus(t *testing.T) {
	dir := shared(t, "corpus/tnef")
	files, unfolded := 0, 0
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(raw, []byte{0x78, 0x9F, 0x3E, 0x22}) {
			continue
		}
		files++
		mail := append([]byte("From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: binary\r\n\r\n"), raw...)
		res, err := ToMAPI(context.Background(), bytes.NewReader(mail), ToMAPIOptions{})
		if err != nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		if len(res.Message.Attachments) != 1 || mapi.PidTagAttachMimeTag.Get(res.Message.Attachments[0].Props) != "application/ms-tnef" {
			unfolded++
		} else {
			t.Logf("%s stayed a file: %v", e.Name(), res.Losses)
		}
		toMIME(t, res.Message, ToMIMEOptions{})
	}
	t.Logf("%d of %d TNEF streams unfolded", unfolded, files)
	if unfolded < files*9/10 {
		t.Errorf("only %d of %d TNEF streams were unfolded", unfolded, files)
	}
}
