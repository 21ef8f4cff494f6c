package vcard

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/msg"
)

// Contacts that Outlook saved are cards that say the same when they are read.
func TestOutlookContacts(t *testing.T) {
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(root, "corpus", "msg", "*.msg"))
	if len(files) == 0 {
		t.Skip("no .msg files in the corpus beside the checkout (MAPIGATE_SHARED)")
	}
	contacts := 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := msg.Read(context.Background(), bytes.NewReader(b), msg.Options{})
		if err != nil || !Maps(mapi.PidTagMessageClass.Get(r.Message.Props)) {
			continue
		}
		contacts++
		var out bytes.Buffer
		losses, err := FromMAPI(context.Background(), &out, r.Message, FromOptions{})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		again := read(t, out.String())
		ps := again.Messages[0].Props
		for _, tag := range []mapi.Tag[string]{mapi.PidTagDisplayName, mapi.PidTagSurname, mapi.PidTagGivenName, mapi.PidTagCompanyName, mapi.PidTagTitle,
			mapi.PidTagBusinessTelephoneNumber, mapi.PidTagMobileTelephoneNumber, mapi.PidTagHomeTelephoneNumber, mapi.PidTagBusinessFaxNumber} {
			if want := tag.Get(r.Message.Props); want != "" && tag.Get(ps) != want {
				t.Errorf("%s: %v is %q, want %q", filepath.Base(path), tag, tag.Get(ps), want)
			}
		}
		if want := mapi.PidLidEmail1EmailAddress.Get(r.Message.Props); len(losses) == 0 && mapi.PidLidEmail1EmailAddress.Get(ps) != want {
			t.Errorf("%s: mail address is %q, want %q", filepath.Base(path), mapi.PidLidEmail1EmailAddress.Get(ps), want)
		}
		t.Logf("%s: losses %v, %v", filepath.Base(path), losses, again.Losses)
	}
	if contacts == 0 {
		t.Error("no contacts found")
	}
}
