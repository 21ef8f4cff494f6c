package backup

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// realMailbox opens the mailbox of the server that MAPI_TEST_URL names.
func realMailbox(t *testing.T) *mapiclient.Mailbox {
	t.Helper()
	url, user := os.Getenv("MAPI_TEST_URL"), os.Getenv("MAPI_TEST_USER")
	if url == "" || user == "" {
		t.Skip("MAPI_TEST_URL and MAPI_TEST_USER name no server")
	}
	config := &tls.Config{}
	if file := os.Getenv("MAPI_TEST_CA"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	c, err := mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: url, UserDN: os.Getenv("MAPI_TEST_USER_DN")}, Address: user,
		Auth: auth.NewBasic(auth.Credentials{User: user, Password: auth.NewSecret(os.Getenv("MAPI_TEST_PASSWORD"))}),
		HTTP: mapihttp.LaneConfig{TLS: config},
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close(context.Background()); c.Close() })
	return m
}

// A server that is not ours says what has changed, and takes back what it gave.
func TestRealServer(t *testing.T) {
	r := &rig{T: t, alice: realMailbox(t)}
	top := fmt.Sprintf("Backup %08x", rand.Uint32())
	folder, other := r.folder(r.alice, top), r.folder(r.alice, top, "Other/one")
	calendar := r.folder(r.alice, top, "Dates")
	t.Cleanup(func() {
		for _, f := range []mapi.FolderID{folder, other, calendar} {
			rows, _ := r.alice.Messages(context.Background(), f, mapiclient.Query{})
			for _, row := range rows {
				_ = r.alice.Delete(context.Background(), f, row.ID)
			}
		}
	})
	var ids []mapi.MessageID
	for n, s := range []States{"", "S", "FS", "RS", "PS", "FRS", "DS"} {
		ids = append(ids, r.put(r.alice, folder, letter(n, fmt.Sprintf("letter %d", n)), s, noon.Add(time.Duration(n)*time.Minute)))
	}
	r.put(r.alice, other, withFile(1, 300_000), "S", noon)
	r.calendar(r.alice, calendar, meeting)
	r.card(r.alice, calendar, card)

	dir := t.TempDir()
	export := func(dir string) *Result {
		t.Helper()
		res, err := Export(t.Context(), Options{Mailbox: r.alice, Dir: dir, Format: Maildir, Folder: folder})
		if err != nil || len(res.Failed) > 0 {
			t.Fatal(err, res.Failed)
		}
		return res
	}
	if res := export(dir); res.Written != 10 {
		t.Errorf("first: %v, want 10 written", res)
	}
	if res := export(dir); res.Written+res.Marked+res.Gone != 0 || res.Unchanged != 10 {
		t.Errorf("nothing has changed: %v", res)
	}
	r.put(r.alice, folder, letter(100, "new"), "", noon)
	for what, err := range map[string]error{
		"read":   r.alice.MarkRead(t.Context(), folder, true, ids[0]),
		"unread": r.alice.MarkRead(t.Context(), folder, false, ids[1]),
		"change": r.alice.Update(t.Context(), folder, ids[2], mapi.Props{mapi.PidTagSubject.Of("changed")}),
		"delete": r.alice.Delete(t.Context(), folder, ids[3]),
		"move":   r.alice.Move(t.Context(), folder, other, ids[4]),
	} {
		if err != nil {
			t.Fatal(what, err)
		}
	}
	res := export(dir)
	if res.Written != 3 || res.Marked != 2 || res.Gone != 2 {
		t.Errorf("changes: %v, want 3 written, 2 with other states, 2 gone", res)
	}
	fresh := t.TempDir()
	export(fresh)
	compare(t, onDisk(t, dir), onDisk(t, fresh))
	if res := r.restore(r.alice, dir); res.Imported != 0 {
		t.Errorf("importing what is there: %v", res)
	}
	rows, err := r.alice.Messages(t.Context(), folder, mapiclient.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := r.alice.Delete(t.Context(), folder, row.ID); err != nil {
			t.Fatal(err)
		}
	}
	if res := r.restore(r.alice, dir); res.Imported != len(rows) {
		t.Errorf("importing what was deleted: %v, want %d", res, len(rows))
	}
	again := t.TempDir()
	export(again)
	compare(t, onDisk(t, again), onDisk(t, fresh))
}
