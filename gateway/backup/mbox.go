package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// An mboxStore keeps the mails of a folder in one file. Messages that come wait
// in a stage of their own until the run over the folder ends: then the file is
// written anew, with what it had already, and takes the place of the old one.
type mboxStore struct {
	*plainStore
	stage string
	table mboxTable
	old   map[string]mboxEntry
}

// An mboxTable tells what lies where in an mbox. It holds as long as the size
// and the time of the file are the same.
type mboxTable struct {
	Size     int64       `json:"size"`
	Modified time.Time   `json:"modified"`
	Messages []mboxEntry `json:"messages"`
}

// An mboxEntry is one message; Body and End are offsets: the fields that we put
// in front of it are not in between.
type mboxEntry struct {
	Key    string `json:"key"`
	States States `json:"states"`
	Body   int64  `json:"body"`
	End    int64  `json:"end"`
}

// Fields in front of each message.
const (
	keyField     = "X-Mapigate-Key"
	statusField  = "Status"
	xstatusField = "X-Status"
)

func newMboxStore(plain *plainStore, stage string) (*mboxStore, error) {
	if err := makeDir(stage); err != nil {
		return nil, err
	}
	s := &mboxStore{plainStore: plain, stage: stage, old: make(map[string]mboxEntry)}
	info, err := os.Stat(s.file())
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, disk(err)
	}
	if readJSON(s.tableFile(), &s.table) != nil || s.table.Size != info.Size() || !s.table.Modified.Equal(info.ModTime()) {
		if s.table.Messages, err = scanMbox(s.file()); err != nil {
			return nil, disk(err)
		}
	}
	for _, e := range s.table.Messages {
		s.old[e.Key] = e
	}
	return s, nil
}

func (s *mboxStore) file() string      { return filepath.Join(s.dir, mboxName) }
func (s *mboxStore) tableFile() string { return filepath.Join(s.stage, "table.json") }
func (s *mboxStore) staged(r *record) string {
	return filepath.Join(s.stage, r.Key+string(kindMail))
}

func inMbox(r *record) bool { return r.File == mboxName }

// put implements store.
func (s *mboxStore) put(r, old *record, k kind, subject, temporary string) error {
	if k != kindMail {
		if old != nil && inMbox(old) {
			old = nil
		}
		return s.plainStore.put(r, old, k, subject, temporary)
	}
	r.File = mboxName
	if err := os.Rename(temporary, s.staged(r)); err != nil {
		return disk(err)
	}
	if old != nil && !inMbox(old) {
		return s.plainStore.remove(old)
	}
	return nil
}

// mark implements store: the file is written anew at the end.
func (s *mboxStore) mark(r *record, states States) error {
	r.States = states
	return nil
}

// remove implements store.
func (s *mboxStore) remove(r *record) error {
	if !inMbox(r) {
		return s.plainStore.remove(r)
	}
	delete(s.old, r.Key)
	err := os.Remove(s.staged(r))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return disk(err)
}

// there implements store.
func (s *mboxStore) there(r *record) bool {
	if !inMbox(r) {
		return s.plainStore.there(r)
	}
	_, known := s.old[r.Key]
	return known || exists(s.staged(r))
}

// relocate implements store.
func (s *mboxStore) relocate(dir string, records []*record) error {
	var files []*record
	for _, r := range records {
		if !inMbox(r) {
			files = append(files, r)
		}
	}
	if err := makeDir(dir); err != nil {
		return err
	}
	if err := os.Rename(s.file(), filepath.Join(dir, mboxName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return disk(err)
	}
	return s.plainStore.relocate(dir, files)
}

// commit implements store.
func (s *mboxStore) commit(records []*record) error {
	var mails []*record
	same := true
	for _, r := range records {
		if !inMbox(r) {
			continue
		}
		mails = append(mails, r)
		e, known := s.old[r.Key]
		same = same && known && e.States == r.States && !exists(s.staged(r))
	}
	if same && len(mails) == len(s.table.Messages) {
		return s.plainStore.commit(records)
	}
	if err := s.rewrite(mails); err != nil {
		return err
	}
	for _, r := range mails {
		if err := os.Remove(s.staged(r)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return disk(err)
		}
	}
	return s.plainStore.commit(records)
}

func (s *mboxStore) rewrite(mails []*record) error {
	before, err := os.Open(s.file())
	if err == nil {
		defer before.Close()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return disk(err)
	}
	var table mboxTable
	err = whole(s.file(), func(f *os.File) error {
		w := &counter{w: f}
		for _, r := range mails {
			e, err := s.message(w, r, before)
			if err != nil {
				return err
			}
			table.Messages = append(table.Messages, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	info, err := os.Stat(s.file())
	if err != nil {
		return disk(err)
	}
	table.Size, table.Modified = info.Size(), info.ModTime()
	s.table = table
	for _, e := range table.Messages {
		s.old[e.Key] = e
	}
	return writeJSON(s.tableFile(), table)
}

// message writes one message: the staged one, or as it was before.
func (s *mboxStore) message(w *counter, r *record, before io.ReaderAt) (mboxEntry, error) {
	m := NewMboxWriter(w)
	if err := m.Begin("", r.Time); err != nil {
		return mboxEntry{}, err
	}
	status, xstatus := r.States.mboxStatus()
	if _, err := fmt.Fprintf(m, "%s: %s\n%s: %s\n%s: %s\n", keyField, r.Key, statusField, status, xstatusField, xstatus); err != nil {
		return mboxEntry{}, err
	}
	if err := m.w.Flush(); err != nil {
		return mboxEntry{}, err
	}
	e := mboxEntry{Key: r.Key, States: r.States, Body: w.n}
	f, err := os.Open(s.staged(r))
	if err == nil {
		defer f.Close()
		if _, err = io.Copy(m, f); err == nil {
			err = m.End()
		}
	} else if old, known := s.old[r.Key]; known && before != nil {
		_, err = io.Copy(w, io.NewSectionReader(before, old.Body, old.End-old.Body))
	}
	e.End = w.n
	return e, err
}

// A counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
