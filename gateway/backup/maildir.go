package backup

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// A maildirStore keeps mails as a Maildir does: in cur, with the states in
// their names. Mail programs may rename them when they change states; a change
// on the server wins over theirs.
type maildirStore struct {
	*plainStore
	// names are the names of files in cur and new by what stands before their states.
	names map[string]string
}

func newMaildirStore(plain *plainStore) (*maildirStore, error) {
	s := &maildirStore{plainStore: plain, names: make(map[string]string)}
	for _, below := range []string{"tmp", "new", "cur"} {
		if err := makeDir(filepath.Join(plain.dir, below)); err != nil {
			return nil, err
		}
		list, err := os.ReadDir(filepath.Join(plain.dir, below))
		if err != nil {
			return nil, disk(err)
		}
		for _, e := range list {
			base, _ := splitMaildir(e.Name())
			s.names[base] = below + "/" + e.Name()
		}
	}
	return s, nil
}

// separator stands before the states. Windows has no colons in names.
func separator() string {
	if runtime.GOOS == "windows" {
		return ";2,"
	}
	return ":2,"
}

// splitMaildir takes the states off the name of a file in a Maildir.
func splitMaildir(name string) (base string, s States) {
	for _, sep := range []string{":2,", ";2,", "!2,"} {
		if base, letters, ok := strings.Cut(name, sep); ok {
			return base, parseStates(letters)
		}
	}
	return name, ""
}

// isMail tells whether the content of a record is in cur.
func isMail(r *record) bool { return strings.Contains(r.File, "/") }

// put implements store.
func (s *maildirStore) put(r, old *record, k kind, subject, temporary string) error {
	if k != kindMail {
		return s.plainStore.put(r, old, k, subject, temporary)
	}
	base := fmt.Sprintf("%d.%s.mapigate", max(r.Time.Unix(), 0), shortKey(r.Key))
	before := s.names[base]
	if err := s.place(r, old, "cur/"+base+separator()+string(r.States), temporary); err != nil {
		return err
	}
	s.names[base] = r.File
	if before != "" && before != r.File { // of a run that was ended, or renamed by a mail program
		return s.unlink(before)
	}
	return nil
}

// file is where a record is now.
func (s *maildirStore) file(r *record) string {
	base, _ := splitMaildir(path.Base(r.File))
	if name, ok := s.names[base]; ok && isMail(r) {
		return name
	}
	return r.File
}

// mark implements store.
func (s *maildirStore) mark(r *record, states States) error {
	if !isMail(r) {
		return s.plainStore.mark(r, states)
	}
	now := s.file(r)
	base, _ := splitMaildir(path.Base(now))
	name := "cur/" + base + separator() + string(states)
	if name != now {
		if err := os.Rename(s.path(now), s.path(name)); err != nil {
			return disk(err)
		}
	}
	s.names[base] = name
	r.File, r.States = name, states
	return nil
}

// remove implements store.
func (s *maildirStore) remove(r *record) error { return s.unlink(s.file(r)) }

// there implements store.
func (s *maildirStore) there(r *record) bool { return exists(s.path(s.file(r))) }

// relocate implements store.
func (s *maildirStore) relocate(dir string, records []*record) error {
	for _, r := range records {
		r.File = s.file(r)
	}
	return s.plainStore.relocate(dir, records)
}

// commit implements store.
func (s *maildirStore) commit(records []*record) error {
	if err := syncDir(filepath.Join(s.dir, "cur")); err != nil {
		return err
	}
	return s.plainStore.commit(records)
}
