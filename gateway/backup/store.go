package backup

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// A store keeps the messages of one folder on disk.
type store interface {
	// put takes a finished temporary file in, as the content of a record, whose
	// File it sets; old is what was known of the message before, or nil.
	put(r, old *record, k kind, subject, temporary string) error
	// mark brings the states of a record to what is on disk, which may change its File.
	mark(r *record, s States) error
	// remove takes the content of a record away.
	remove(r *record) error
	// there tells whether the content of a record is on disk.
	there(r *record) bool
	// relocate takes the content of the records to another place.
	relocate(dir string, records []*record) error
	// commit ends a run over the folder.
	commit(records []*record) error
}

// newStore opens the place of a folder. stage is where an mbox keeps what it
// has not taken in yet.
func newStore(f Format, dir, stage string, records []*record) (store, error) {
	plain, err := newPlainStore(dir, records)
	if err != nil {
		return nil, err
	}
	switch f {
	case Maildir:
		return newMaildirStore(plain)
	case Mbox:
		return newMboxStore(plain, stage)
	}
	return plain, nil
}

// A plainStore has a file for each message.
type plainStore struct {
	dir string
	// taken are the names that are in use, as file systems may take them.
	taken map[string]string // key by folded name
}

func newPlainStore(dir string, records []*record) (*plainStore, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	s := &plainStore{dir: dir, taken: make(map[string]string, len(records))}
	for _, r := range records {
		s.taken[fold(r.File)] = r.Key
	}
	return s, nil
}

func (s *plainStore) path(file string) string { return filepath.Join(s.dir, filepath.FromSlash(file)) }

// put implements store.
func (s *plainStore) put(r, old *record, k kind, subject, temporary string) error {
	base := fileName(r.Time, subject, r.Key, "")
	name := numbered(base, func(name string) bool {
		key, taken := s.taken[fold(name+string(k))]
		return taken && key != r.Key
	}) + string(k)
	return s.place(r, old, name, temporary)
}

// place gives a temporary file its name, and takes away what the record had before.
func (s *plainStore) place(r, old *record, name, temporary string) error {
	if !r.Time.IsZero() {
		// Who imports the files without the manifest knows by that when they came.
		if err := os.Chtimes(temporary, r.Time, r.Time); err != nil {
			return disk(err)
		}
	}
	if err := os.Rename(temporary, s.path(name)); err != nil {
		return disk(err)
	}
	r.File = name
	s.taken[fold(name)] = r.Key
	if old != nil && old.File != "" && old.File != name {
		delete(s.taken, fold(old.File))
		if fold(old.File) != fold(name) {
			return s.unlink(old.File)
		}
	}
	return nil
}

// mark implements store: the manifest alone has the states.
func (s *plainStore) mark(r *record, states States) error {
	r.States = states
	return nil
}

// remove implements store.
func (s *plainStore) remove(r *record) error {
	delete(s.taken, fold(r.File))
	return s.unlink(r.File)
}

func (s *plainStore) unlink(name string) error {
	err := os.Remove(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return disk(err)
}

// there implements store.
func (s *plainStore) there(r *record) bool { return exists(s.path(r.File)) }

// relocate implements store. What is there already was taken by a run that was ended.
func (s *plainStore) relocate(dir string, records []*record) error {
	for _, r := range records {
		to := filepath.Join(dir, filepath.FromSlash(r.File))
		if err := makeDir(filepath.Dir(to)); err != nil {
			return err
		}
		err := os.Rename(s.path(r.File), to)
		if err != nil && !(errors.Is(err, fs.ErrNotExist) && exists(to)) && s.there(r) {
			return disk(err)
		}
	}
	s.prune()
	s.dir = dir
	return nil
}

// prune removes the folder if nothing is left in it; whatever else lies there stays.
func (s *plainStore) prune() {
	for _, below := range []string{"cur", "new", "tmp", ""} {
		_ = os.Remove(filepath.Join(s.dir, below))
	}
}

// commit implements store.
func (s *plainStore) commit([]*record) error { return syncDir(s.dir) }

// inFolder tells whether a name from a manifest stays within its folder.
func inFolder(name string) bool {
	return name != "" && filepath.IsLocal(filepath.FromSlash(name)) && path.Clean(name) == name
}
