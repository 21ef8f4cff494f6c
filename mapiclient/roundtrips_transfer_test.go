package mapiclient_test

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// download reads every row by FastTransfer.
func download(t *testing.T, x *trip) {
	ids := make([]mapi.MessageID, 0, len(x.rows))
	for _, r := range x.rows {
		ids = append(ids, r.ID)
	}
	seen := 0
	err := x.mailbox.Download(t.Context(), x.mailbox.SpecialFolder(rop.FolderOutbox), ids, mapiclient.DownloadOptions{},
		func(d *mapiclient.Downloaded) error {
			if d.Err != nil {
				return d.Err
			}
			seen++
			if len(d.Recipients) != 1 || mapi.InternetHeader("X-Mapigate-Id").Get(d.Props) != "q1" {
				t.Errorf("message %d came incomplete", seen)
			}
			return nil
		})
	if err != nil || seen != len(x.rows) {
		t.Fatalf("%d of %d messages, %v", seen, len(x.rows), err)
	}
}

func uploads(t *testing.T, x *trip) {
	if _, err := x.mailbox.Upload(t.Context(), x.mailbox.SpecialFolder(rop.FolderOutbox), x.message); err != nil {
		t.Fatal(err)
	}
}

// transferTrips are what FastTransfer and synchronisation take. Uploads need as
// many requests as streams do: a request carries 32 KB either way.
func transferTrips() []roundTrip {
	in := func(list ...*mapi.Message) func(*testing.T, *trip) {
		return func(t *testing.T, x *trip) { x.outbox(t, list...) }
	}
	many := make([]*mapi.Message, 40)
	for i := range many {
		many[i] = plainNote()
	}
	var state []byte
	follow := func(want int) func(*testing.T, *trip) {
		return func(t *testing.T, x *trip) {
			changes, next, err := x.mailbox.Sync(t.Context(), x.mailbox.SpecialFolder(rop.FolderOutbox), state,
				mapiclient.SyncOptions{Columns: []mapi.PropTag{mapi.PidTagSubject.Tag(), mapi.PidTagMessageFlags.Tag()}})
			if err != nil || len(changes.Messages) != want {
				t.Fatalf("%+v, %v", changes, err)
			}
			state = next
		}
	}
	return []roundTrip{
		{name: "download, 4 KB", most: 1, run: download, prepare: in(plainNote())},
		{name: "download, 40 messages of 4 KB", most: 2, run: download, prepare: in(many...)},
		{name: "download, 4 KB and 3 small attachments", most: 1, run: download, prepare: in(withAttachments(1_000, 2_000, 3_000))},
		{name: "download, 4 KB and an attachment of 1 MB", most: 5, run: download, prepare: in(withAttachments(1 << 20))},
		{name: "upload, 4 KB, new names", most: 1, run: uploads, prepare: func(_ *testing.T, x *trip) { x.message = plainNote() }},
		{name: "upload, 4 KB and 4 attachments, 349 KB", most: 13, run: uploads, prepare: func(_ *testing.T, x *trip) {
			x.message = withAttachments(300_000, 700, 40_000, 9_000)
		}},
		{name: "synchronise, 40 new messages", most: 1, run: follow(40), prepare: func(t *testing.T, x *trip) {
			state = nil
			in(many...)(t, x)
		}},
		{name: "synchronise, nothing new", most: 1, run: follow(0), prepare: func(t *testing.T, x *trip) {
			state = nil
			in(many...)(t, x)
			follow(40)(t, x)
		}},
	}
}
