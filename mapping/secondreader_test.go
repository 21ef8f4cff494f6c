package mapping

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // lets it read other charsets than UTF-8

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// TestSecondReader holds our MIME against a reader that is not ours: what
// ToMIME writes for every mail of the corpus has, read by go-message, the
// subject and the bytes of every attachment that the message has.
func TestSecondReader(t *testing.T) {
	dir := shared(t, "corpus/mime")
	files, attachments := 0, 0
	for _, path := range mails(t, dir) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		res, err := ToMAPI(context.Background(), bytes.NewReader(raw), ToMAPIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(mapi.PidTagMessageClass.Get(res.Message.Props), "SMIME") {
			continue // kept as it came, however it came
		}
		out := toMIME(t, res.Message, ToMIMEOptions{})
		entity, err := message.Read(strings.NewReader(out))
		if err != nil && !message.IsUnknownCharset(err) {
			t.Errorf("%s: %v", path, err)
			continue
		}
		files++
		if got, err := entity.Header.Text("Subject"); err != nil || folded(got) != folded(subjectOf(res.Message.Props)) {
			t.Errorf("%s: subject %q, %v; want %q", path, got, err, subjectOf(res.Message.Props))
		}
		seen := map[string]bool{}
		if err := digests(entity, seen); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		want := map[string]int{}
		contents(t, withoutTexts(res.Message), want)
		for k := range want {
			attachments++
			if !seen[k] && !strings.HasPrefix(k, "0 bytes") {
				t.Errorf("%s: attachment is missing: %s", path, k)
			}
		}
	}
	t.Logf("%d mails and %d attachments read by go-message", files, attachments)
}

// withoutTexts leaves out the attachments whose bytes a reader may change: it
// decodes the charset of texts, and parts that no encoding may protect have
// their line ends made CRLF.
func withoutTexts(msg *mapi.Message) *mapi.Message {
	out := &mapi.Message{Props: msg.Props}
	for _, a := range msg.Attachments {
		tag := mapi.PidTagAttachMimeTag.Get(a.Props)
		switch {
		case a.Message != nil:
			a.Message = withoutTexts(a.Message)
		case strings.HasPrefix(tag, "text/") || strings.HasPrefix(tag, "message/"):
			continue
		}
		out.Attachments = append(out.Attachments, a)
	}
	return out
}

// digests collects the digests of all leaves, in the form that contents has them.
func digests(e *message.Entity, into map[string]bool) error {
	if mr := e.MultipartReader(); mr != nil {
		for {
			part, err := mr.NextPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil && !message.IsUnknownCharset(err) {
				return fmt.Errorf("next part: %w", err)
			}
			if err := digests(part, into); err != nil {
				return err
			}
		}
	}
	kind, _, _ := e.Header.ContentType()
	b, err := io.ReadAll(e.Body)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	sum := sha256.Sum256(b)
	into[fmt.Sprintf("%d bytes %x", len(b), sum[:6])] = true
	if kind == "message/rfc822" {
		inner, err := message.Read(bytes.NewReader(b))
		if err != nil && !message.IsUnknownCharset(err) {
			return nil // a mail of nothing
		}
		return digests(inner, into)
	}
	return nil
}
