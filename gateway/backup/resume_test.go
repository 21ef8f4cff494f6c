package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping/ical"
)

// opened counts the messages that were read from the server.
func (r *rig) opened() int { return r.x.Count(mapitest.ROP(rop.OpenMessage)) }

// A second run reads what has changed, and follows what has moved and gone.
func TestOnlyChanges(t *testing.T) {
	for _, f := range formats {
		t.Run(string(f), func(t *testing.T) {
			r := newRig(t)
			n := r.fill()
			dir := t.TempDir()
			r.export(r.alice, dir, f)

			inbox := r.alice.SpecialFolder(rop.FolderInbox)
			rows := r.x.Mailbox("alice").Messages(mapitest.Inbox)
			archive := r.folder(r.alice, "Archive")
			r.put(r.alice, inbox, letter(100, "new"), "", noon)
			for _, err := range []error{
				r.alice.MarkRead(t.Context(), inbox, true, rows[0].ID),
				r.alice.MarkRead(t.Context(), inbox, false, rows[1].ID),
				r.alice.Update(t.Context(), inbox, rows[2].ID, mapi.Props{mapi.PidTagSubject.Of("changed")}),
				r.alice.Delete(t.Context(), inbox, rows[3].ID),
				r.alice.Move(t.Context(), inbox, archive, rows[4].ID),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			before := r.opened()
			res := r.export(r.alice, dir, f)
			if got := r.opened() - before; got != 3 {
				t.Errorf("%d messages were opened, want 3: the new, the changed and the moved one", got)
			}
			if res.Written != 3 || res.Marked != 2 || res.Gone != 2 {
				t.Errorf("%v, want 3 written, 2 with other states, 2 gone", res)
			}
			now := onDisk(t, dir)
			fresh := t.TempDir()
			r.export(r.alice, fresh, f)
			compare(t, now, onDisk(t, fresh))

			// What is gone comes back when it is asked for, and only then.
			if res := r.restore(r.bob, dir); res.Imported != n {
				t.Errorf("%v, want %d", res, n)
			}
			with, err := Import(t.Context(), ImportOptions{Mailbox: r.bob, From: dir, Gone: true})
			if err != nil || with.Imported != 2 {
				t.Errorf("with what is gone: %v, %v, want 2 more", with, err)
			}
		})
	}
}

// files counts the files of messages below a folder.
func files(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if d.IsDir() && d.Name() == stateFolder {
			return filepath.SkipDir
		}
		if !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDelete(t *testing.T) {
	for _, f := range []Format{EML, Maildir} {
		r := newRig(t)
		n := r.fill()
		dir := t.TempDir()
		r.export(r.alice, dir, f)
		inbox := r.alice.SpecialFolder(rop.FolderInbox)
		rows := r.x.Mailbox("alice").Messages(mapitest.Inbox)
		if err := r.alice.Delete(t.Context(), inbox, rows[0].ID); err != nil {
			t.Fatal(err)
		}
		r.export(r.alice, dir, f)
		if got := files(t, dir); got != n {
			t.Errorf("%s: %d files, want %d: a deleted message keeps its file", f, got, n)
		}
		if err := r.alice.Delete(t.Context(), inbox, rows[1].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := Export(t.Context(), Options{Mailbox: r.alice, Dir: dir, Format: f, Delete: true}); err != nil {
			t.Fatal(err)
		}
		if got := files(t, dir); got != n-2 {
			t.Errorf("%s: %d files, want %d", f, got, n-2)
		}
	}
}

// A run that is ended after some messages leaves whole files only, and the next
// one reads the others.
func TestGoesOnWhereItWas(t *testing.T) {
	for _, f := range formats {
		t.Run(string(f), func(t *testing.T) {
			r := newRig(t)
			n := r.fill()
			dir := t.TempDir()
			for stop := 3; ; stop += 3 {
				ctx, cancel := context.WithCancel(t.Context())
				count := 0
				res, err := Export(ctx, Options{Mailbox: r.alice, Dir: dir, Format: f, Progress: func(p Progress) {
					if count++; count > stop {
						cancel()
					}
				}})
				cancel()
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				if res.Written == n {
					t.Fatal("nothing was left to be done")
				}
			}
			before := r.opened()
			if res := r.export(r.alice, dir, f); res.Written != 0 || r.opened() != before {
				t.Errorf("%v, %d opened; want nothing", res, r.opened()-before)
			}
			fresh := t.TempDir()
			r.export(r.alice, fresh, f)
			compare(t, onDisk(t, dir), onDisk(t, fresh))
		})
	}
}

// The connection is cut at one request after another: whoever calls again
// gets on, and ends with what an undisturbed run has.
func TestCutConnections(t *testing.T) {
	r := newRig(t)
	r.fill()
	want := t.TempDir()
	r.export(r.alice, want, Maildir)
	dir := t.TempDir()
	tries := 0
	for ; tries < 100; tries++ {
		m := r.open("alice")
		r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.OpenMessage), Nth: 5 + tries, DropAnswer: true})
		_, err := Export(t.Context(), Options{Mailbox: m, Dir: dir, Format: Maildir})
		r.x.Faults().Clear()
		if err == nil {
			break
		}
		if m.Lost() == nil {
			t.Fatal(err)
		}
	}
	if tries < 2 || tries == 100 {
		t.Errorf("%d tries", tries)
	}
	compare(t, onDisk(t, dir), onDisk(t, want))
}

// An import that is ended goes on, and nothing is there twice.
func TestImportGoesOn(t *testing.T) {
	for _, f := range formats {
		r := newRig(t)
		n := r.fill()
		dir := t.TempDir()
		r.export(r.alice, dir, f)
		for stop := 2; ; stop += 2 {
			ctx, cancel := context.WithCancel(t.Context())
			count := 0
			_, err := Import(ctx, ImportOptions{Mailbox: r.bob, From: dir, Progress: func(Progress) {
				if count++; count > stop {
					cancel()
				}
			}})
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if res := r.export(r.bob, t.TempDir(), EML); res.Written != n {
			t.Errorf("%s: %d messages, want %d", f, res.Written, n)
		}
	}
}

// Where there is neither index nor manifest, the files tell what they can.
func TestImportOfBareFiles(t *testing.T) {
	for _, f := range formats {
		r := newRig(t)
		n := r.fill()
		dir := t.TempDir()
		r.export(r.alice, dir, f)
		if err := os.RemoveAll(filepath.Join(dir, stateFolder)); err != nil {
			t.Fatal(err)
		}
		if res := r.restore(r.bob, dir, "Old"); res.Imported != n {
			t.Errorf("%s: %v, want %d", f, res, n)
		}
		if res := r.restore(r.bob, dir, "Old"); res.Imported != 0 || res.There != n {
			t.Errorf("%s again: %v, want nothing imported", f, res)
		}
		for _, m := range r.x.Mailbox("bob").Messages("Old/Inbox") {
			if when := mapi.PidTagMessageDeliveryTime.Get(m.Props); when.Truncate(time.Hour) != noon {
				t.Errorf("%s: delivered %v", f, when)
			}
		}
	}
}

// A folder that has another name, or lies elsewhere, is moved on disk as well.
func TestFoldersMove(t *testing.T) {
	for _, f := range formats {
		r := newRig(t)
		n := r.fill()
		dir := t.TempDir()
		r.export(r.alice, dir, f)
		x, err := openIndex(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range x.Folders { // as if the mailbox had called them so
			if one.Path[0] == "Inbox" || one.Path[0] == "Calendar" {
				m, s, err := (&exporter{Options: Options{Dir: dir, Format: f}}).open(one)
				if err != nil {
					t.Fatal(err)
				}
				one.Place = "before/" + one.Place
				if err := s.relocate(filepath.Join(dir, filepath.FromSlash(one.Place)), m.sorted()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := x.save(); err != nil {
			t.Fatal(err)
		}
		before := r.opened()
		res := r.export(r.alice, dir, f)
		if res.Moved != 5 || r.opened() != before {
			t.Errorf("%s: %v, %d opened; want 5 folders moved", f, res, r.opened()-before)
		}
		if len(onDisk(t, dir)) != n {
			t.Errorf("%s: %d messages, want %d", f, len(onDisk(t, dir)), n)
		}
	}
}

// What is no mail, and has no file format of its own either, comes back as what it was.
func TestOtherItems(t *testing.T) {
	r := newRig(t)
	notes, dates := r.folder(r.alice, "Notes"), r.folder(r.alice, "Calendar")
	r.save(r.alice, notes, &mapi.Message{Props: mapi.Props{
		mapi.PidTagMessageClass.Of("IPM.StickyNote"), mapi.PidTagSubject.Of("shopping"), mapi.PidTagBody.Of("milk"), mapi.PidTagMessageFlags.Of(mapi.MfRead),
	}})
	res, err := ical.ToMAPI(strings.NewReader(meeting), ical.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res.Messages[0].Attachments = []mapi.Attachment{{
		Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of("agenda.txt"), mapi.PidTagRenderingPosition.Of(-1)},
		Data:  mapi.BytesStream("one\r\ntwo\r\n"),
	}}
	r.save(r.alice, dates, res.Messages[0])
	dir := t.TempDir()
	r.export(r.alice, dir, EML)
	r.restore(r.bob, dir)
	for folder, want := range map[string]string{"Notes": "IPM.StickyNote", "Calendar": "IPM.Appointment"} {
		list := r.x.Mailbox("bob").Messages(folder)
		if len(list) != 1 || mapi.PidTagMessageClass.Get(list[0].Props) != want {
			t.Errorf("%s: %d messages, %v; want one %s", folder, len(list), list, want)
			continue
		}
		m := list[0]
		if folder == "Notes" && strings.TrimSpace(mapi.PidTagBody.Get(m.Props)) != "milk" {
			t.Errorf("the note says %q", mapi.PidTagBody.Get(m.Props))
		}
		if folder == "Calendar" && (len(m.Attachments) != 1 || !mapi.PidLidRecurring.Get(m.Props)) {
			t.Errorf("the meeting has %d files, recurring %v", len(m.Attachments), mapi.PidLidRecurring.Get(m.Props))
		}
	}
}

// A file that somebody has removed is read again.
func TestMissingFile(t *testing.T) {
	for _, f := range formats {
		r := newRig(t)
		r.fill()
		dir := t.TempDir()
		r.export(r.alice, dir, f)
		want := onDisk(t, dir)
		removed := 0
		_ = filepath.WalkDir(filepath.Join(dir, "Inbox"), func(name string, d os.DirEntry, _ error) error {
			if removed == 0 && !d.IsDir() {
				removed++
				return os.Remove(name)
			}
			return nil
		})
		before := r.opened()
		r.export(r.alice, dir, f)
		if got := r.opened() - before; got == 0 || f != Mbox && got != 1 {
			t.Errorf("%s: %d messages were opened", f, got)
		}
		compare(t, onDisk(t, dir), want)
	}
}

func TestForeignDestinations(t *testing.T) {
	r := newRig(t)
	dir := t.TempDir()
	r.export(r.alice, dir, EML)
	if _, err := Export(t.Context(), Options{Mailbox: r.bob, Dir: dir}); err == nil || !strings.Contains(err.Error(), "another mailbox") {
		t.Errorf("another mailbox: %v", err)
	}
	if _, err := Export(t.Context(), Options{Mailbox: r.alice, Dir: dir, Format: Mbox}); err == nil || !strings.Contains(err.Error(), "as eml") {
		t.Errorf("another format: %v", err)
	}
	release, err := lock(filepath.Join(dir, stateFolder, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := Export(t.Context(), Options{Mailbox: r.alice, Dir: dir}); !errors.Is(err, ErrBusy) {
		t.Errorf("locked: %v", err)
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"Inbox": "Inbox", "a/b": "a_b", "..": "_", ".": "_", "": "_", " x. ": "x", ".hidden": "_hidden", "CON": "CON_", "com1.txt": "com1.txt_",
		"cur": "cur_", "NEW": "NEW_", "-rf": "_rf", "a\x00b\nc": "a_b c", "\u202etxt.exe": "_txt.exe", "messages.mbox": "messages.mbox_",
		strings.Repeat("ü", 100): strings.Repeat("ü", 40), "e\u0301": "é", "C:\\x": "C__x",
	} {
		if got := cleanName(in, maxFolderName); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("../../etc/passwd", "00")
	f.Fuzz(func(t *testing.T, name, key string) {
		got := cleanName(name, maxFolderName)
		if !filepath.IsLocal(got) || strings.ContainsAny(got, "/\\") || len(got) > maxFolderName+1 || cleanName(got, maxFolderName) != got && !isReserved(got[:len(got)-1]) {
			t.Errorf("%q: %q", name, got)
		}
	})
}

// A manifest whose last line is half of one is read, one that leads out is not.
func TestDamagedManifests(t *testing.T) {
	r := newRig(t)
	r.put(r.alice, r.alice.SpecialFolder(rop.FolderInbox), letter(1, "x"), "", noon)
	dir := t.TempDir()
	r.export(r.alice, dir, EML)
	list, _ := filepath.Glob(filepath.Join(dir, stateFolder, "folders", "*.jsonl"))
	for _, tt := range []struct{ tail, err string }{
		{`{"message":{"key":"00`, ""},
		{"nonsense\n", "remove this file"},
		{fmt.Sprintf("{\"message\":{\"key\":%q,\"file\":\"../../x\"}}\n", strings.Repeat("0", 44)), "not in its folder"},
	} {
		for _, name := range list {
			before, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, append(before, tt.tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Export(t.Context(), Options{Mailbox: r.alice, Dir: dir})
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("%q: %v, want %q", tt.tail, err, tt.err)
			}
			if err := os.WriteFile(name, before, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
