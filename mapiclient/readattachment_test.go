package mapiclient_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Outlook gives each attachment of an RTF message a picture of its icon, a metafile of a few KiB. Those of a dozen large
// attachments together pass what a server puts into one answer.
func TestReadsManyAttachmentsWithIcons(t *testing.T) {
	for _, p := range []*mapitest.Profile{mapitest.ExchangeSE(), mapitest.Gromox()} {
		t.Run(p.Name, func(t *testing.T) {
			s := mapitest.NewServer(t, mapitest.Options{Profile: p})
			anna, err := s.AddUser(mapitest.User{Name: "anna", Address: "anna@example.test", Password: "secret"})
			if err != nil {
				t.Fatal(err)
			}
			m := openAlice(t, mapiclient.Options{
				Endpoint: mapiclient.Endpoint{URL: anna.URL(), UserDN: anna.LegacyDN()}, Address: anna.Address(),
				Auth: auth.NewBasic(auth.Credentials{User: anna.Address(), Password: auth.NewSecret("secret")}),
				HTTP: mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}},
			})
			msg := plainNote()
			icon := bytes.Repeat([]byte("icon"), 1000)
			for range 16 {
				msg.Attachments = append(msg.Attachments, mapi.Attachment{
					Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachRendering.Of(icon)},
					Data:  mapi.BytesStream(bytes.Repeat([]byte("data"), 8<<10)),
				})
			}
			folder := m.SpecialFolder(rop.FolderInbox)
			id, err := m.Save(t.Context(), folder, msg)
			if err != nil {
				t.Fatal(err)
			}
			o, err := m.Open(context.Background(), folder, id, mapiclient.OpenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			if len(o.Attachments) != len(msg.Attachments) {
				t.Fatalf("%d attachments, want %d", len(o.Attachments), len(msg.Attachments))
			}
			for i, a := range o.Attachments {
				if !bytes.Equal(mapi.PidTagAttachRendering.Get(a.Props), icon) || a.Data == nil || a.Data.Size() != 32<<10 {
					t.Errorf("attachment %d came incomplete", i+1)
				}
			}
		})
	}
}
