package mapiclient_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// playTransfer uploads two messages by FastTransfer and downloads them with one
// that is gone between them. The first does not fit into one buffer.
func playTransfer(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	folder, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderIPMSubtree), "Recording transfer")
	if err != nil {
		t.Fatal(err)
	}
	large := s.note("recorded transfer, large")
	large.Props.Set(mapi.PidNameKeywords.Of([]string{"red", "blue"}))
	large.Props.Set(mapi.PidTagHtml.Of(bytes.Repeat([]byte("<p>0123456789</p>"), 3001)))
	large.Attachments = attached(s)
	small := s.note("recorded transfer, small")
	want := make(map[mapi.MessageID]*mapi.Message)
	var ids []mapi.MessageID
	for _, msg := range []*mapi.Message{large, s.note("recorded transfer, gone"), small} {
		id, err := m.Upload(t.Context(), folder, msg)
		if err != nil {
			t.Fatal(err)
		}
		ids, want[id] = append(ids, id), msg
	}
	if err := m.Delete(t.Context(), folder, ids[1]); err != nil {
		t.Fatal(err)
	}
	var came []mapi.MessageID
	err = m.Download(t.Context(), folder, ids, mapiclient.DownloadOptions{}, func(d *mapiclient.Downloaded) error {
		came = append(came, d.ID)
		if gone := d.ID == ids[1]; gone != errors.Is(d.Err, mapiclient.ErrNotDownloaded) {
			t.Errorf("%v: %v", d.ID, d.Err)
		} else if !gone {
			same(t, d.Message, want[d.ID])
		}
		return nil
	})
	if slices.Sort(came); err != nil || len(slices.Compact(came)) != 3 {
		t.Errorf("downloaded %v, %v", came, err)
	}
	if err := m.Delete(t.Context(), folder, ids[0], ids[2]); err != nil {
		t.Error(err)
	}
}

// playSync follows a folder through every kind of change.
func playSync(t *testing.T, s *scene) {
	m := s.mailbox(t)
	defer end(t, m)
	folder, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderIPMSubtree), "Recording synchronisation")
	if err != nil {
		t.Fatal(err)
	}
	var state []byte
	sync := func(messages, deleted, read, unread int) {
		t.Helper()
		c, next, err := m.Sync(t.Context(), folder, state, mapiclient.SyncOptions{Columns: []mapi.PropTag{mapi.PidTagSubject.Tag()}})
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Messages) != messages || int(c.Deleted.Len()) != deleted || int(c.Read.Len()) != read || int(c.Unread.Len()) != unread {
			t.Errorf("%+v, want %d messages, %d deleted, %d read, %d unread", c, messages, deleted, read, unread)
		}
		state = next
	}
	sync(0, 0, 0, 0)
	var ids []mapi.MessageID
	for _, subject := range []string{"recorded change 1", "recorded change 2", "recorded change 3"} {
		msg := s.note(subject)
		msg.Props.Set(mapi.PidTagMessageFlags.Of(1))
		id, err := m.Save(t.Context(), folder, msg)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	sync(3, 0, 0, 0)
	change(t, m, folder, ids[0])
	if err := m.MarkRead(t.Context(), folder, false, ids[1]); err != nil {
		t.Fatal(err)
	}
	sync(1, 0, 0, 1)
	if err := m.MarkRead(t.Context(), folder, true, ids[1]); err != nil {
		t.Fatal(err)
	}
	if err := m.Delete(t.Context(), folder, ids[0], ids[2]); err != nil {
		t.Fatal(err)
	}
	sync(0, 2, 1, 0)
	sync(0, 0, 0, 0)
	if err := m.Delete(t.Context(), folder, ids[1]); err != nil {
		t.Fatal(err)
	}
	sync(0, 1, 0, 0)
}
