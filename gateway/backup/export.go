package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
)

// ErrBusy says that somebody else writes into the same destination.
var ErrBusy = errors.New("another export or import is at work there")

// Options say what is exported. Mailbox and Dir are needed.
type Options struct {
	Mailbox *mapiclient.Mailbox
	// Dir is the destination. What earlier runs wrote there is known.
	Dir string
	// Format is that of mails; default EML.
	Format Format
	// Folder is the folder to export with those below it; 0 is all that users see.
	Folder mapi.FolderID
	// Delete removes files of what the mailbox no longer has in a folder. Otherwise
	// they stay, and the manifest says so.
	Delete bool
	// Resolver finds addresses; it may be nil.
	Resolver mapping.Resolver
	// Progress is told how far it is, if set.
	Progress func(Progress)
	// Loss is told what of a message had no place in its file, if set.
	Loss func(folder, file string, losses []mapping.Loss)
}

// Progress is how far an export or import is.
type Progress struct {
	// Folder is the one at work.
	Folder string
	// Done and Total count messages; Total changes as changes are found.
	Done, Total int64
}

// A Failure is a message that could not be carried over.
type Failure struct {
	Folder, Message string
	Err             error
}

// A Result counts what an export did.
type Result struct {
	Folders int `json:"folders"`
	// Written are the files of new and changed messages, Bytes their size.
	Written int   `json:"written"`
	Bytes   int64 `json:"bytes"`
	// Unchanged are messages whose files were there from earlier runs.
	Unchanged int `json:"unchanged"`
	// Marked are messages of which only states changed.
	Marked int `json:"marked"`
	// Gone are messages that have left their folders since the last run.
	Gone int `json:"gone"`
	// Moved are folders that have another name or place.
	Moved int `json:"moved"`
	// Lossy are messages of which something had no place in the file.
	Lossy int `json:"lossy"`
	// Failed could not be read; the next run tries them again.
	Failed []Failure `json:"-"`
}

// Export brings a destination up to date with a mailbox. After an error what is
// there is whole, and the next call goes on. A message that alone cannot be read is
// among the Failed.
func Export(ctx context.Context, o Options) (*Result, error) {
	if o.Format == "" {
		o.Format = EML
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	e := &exporter{Options: o, result: &Result{}}
	release, err := e.prepare()
	if err != nil {
		return e.result, err
	}
	defer release()
	return e.result, e.run(ctx)
}

type exporter struct {
	Options
	index    *index
	progress Progress
	result   *Result
}

func (e *exporter) below(names ...string) string {
	return filepath.Join(append([]string{e.Dir, stateFolder}, names...)...)
}

// prepare locks the destination and clears what a run left that was ended.
func (e *exporter) prepare() (release func(), err error) {
	for _, dir := range []string{"folders", "stage", "tmp"} {
		if err := makeDir(e.below(dir)); err != nil {
			return nil, err
		}
	}
	release, err = lock(e.below("lock"))
	if err != nil {
		return nil, err
	}
	left, err := filepath.Glob(e.below("tmp", "*"))
	for _, f := range left {
		err = errors.Join(err, os.Remove(f))
	}
	if err == nil {
		e.index, err = openIndex(e.Dir)
	}
	if err == nil {
		err = e.index.belongs(e.Mailbox, e.Format)
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// lock keeps others out of a destination; the lock goes with the process.
func lock(file string) (release func(), err error) {
	l := flock.New(file)
	held, err := l.TryLock()
	if err != nil {
		return nil, disk(err)
	}
	if !held {
		return nil, fmt.Errorf("%s: %w", filepath.Dir(filepath.Dir(file)), ErrBusy)
	}
	return func() { _ = l.Close() }, nil
}

func (e *exporter) run(ctx context.Context) error {
	all, err := tree(ctx, e.Mailbox)
	if err != nil {
		return err
	}
	chosen := e.choose(all)
	if err := e.arrange(all, chosen); err != nil {
		return err
	}
	for _, f := range chosen {
		e.progress.Total += int64(f.count)
	}
	for _, f := range chosen {
		e.progress.Folder = f.name()
		e.Progress(e.progress)
		if err := e.folder(ctx, f); err != nil {
			return fmt.Errorf("%s: %w", f.name(), err)
		}
		e.result.Folders++
	}
	return nil
}

// choose gives the folders that are asked for.
func (e *exporter) choose(all []*folder) []*folder {
	if e.Folder == 0 {
		return all
	}
	i := slices.IndexFunc(all, func(f *folder) bool { return f.id == e.Folder })
	if i < 0 {
		return nil
	}
	top := all[i].Path
	last := i + 1
	for last < len(all) && len(all[last].Path) > len(top) {
		last++
	}
	return all[i:last]
}

// arrange gives every folder its place, moves those that have another one than
// at the last run, and notes those that are gone. The index gets those that are asked for.
func (e *exporter) arrange(all, chosen []*folder) error {
	here := make(map[string]bool, len(all))
	var above []string // places of the folders above
	for _, f := range all {
		here[f.Key] = true
		depth := len(f.Path)
		parent := ""
		if depth > 1 {
			parent = above[depth-2]
		}
		known := e.index.find(f.Key)
		f.Place = e.index.place(f, parent)
		above = append(above[:depth-1], f.Place)
		if known == nil {
			if slices.Contains(chosen, f) {
				e.index.Folders = append(e.index.Folders, f)
			}
			continue
		}
		if known.Place != f.Place {
			if err := e.relocate(known, f.Place); err != nil {
				return err
			}
		}
		*known = *f
	}
	for _, f := range e.index.Folders {
		if !here[f.Key] && !f.Gone {
			if err := e.lose(f); err != nil {
				return err
			}
		}
	}
	return e.index.save()
}

// relocate moves the messages of a folder to another place on disk.
func (e *exporter) relocate(f *folder, place string) error {
	m, s, err := e.open(f)
	if err != nil {
		return err
	}
	defer m.close()
	if err := s.relocate(filepath.Join(e.Dir, filepath.FromSlash(place)), m.sorted()); err != nil {
		return err
	}
	e.result.Moved++
	return nil
}

// lose notes that a folder is no longer there.
func (e *exporter) lose(f *folder) error {
	m, s, err := e.open(f)
	if err != nil {
		return err
	}
	defer m.close()
	for _, r := range m.sorted() {
		if err := e.gone(m, s, r); err != nil {
			return err
		}
	}
	if err := s.commit(m.sorted()); err != nil {
		return err
	}
	f.Gone = true
	return m.commit(nil)
}

// gone notes that a message is no longer in its folder.
func (e *exporter) gone(m *manifest, s store, r *record) error {
	if !e.Delete {
		if r.Gone {
			return nil
		}
		e.result.Gone++
		left := *r
		left.Gone = true
		return m.note(line{Message: &left})
	}
	if !r.Gone {
		e.result.Gone++
	}
	if err := s.remove(r); err != nil {
		return err
	}
	return m.note(line{Forget: r.Key})
}

// open opens the manifest and the place of a folder.
func (e *exporter) open(f *folder) (*manifest, store, error) {
	m, err := openManifest(e.below("folders", f.Key+".jsonl"))
	if err != nil {
		return nil, nil, err
	}
	for _, r := range m.records {
		if !inFolder(r.File) {
			return nil, nil, fmt.Errorf("%s: the file %q is not in its folder", m.path, r.File)
		}
	}
	s, err := newStore(e.Format, filepath.Join(e.Dir, filepath.FromSlash(f.Place)), e.below("stage", f.Key), m.sorted())
	return m, s, err
}

// String says in one line what came of it.
func (r *Result) String() string {
	parts := []string{fmt.Sprintf("%d folders: %d messages written (%d KiB), %d there already", r.Folders, r.Written, r.Bytes>>10, r.Unchanged)}
	for _, c := range []struct {
		n    int
		text string
	}{
		{r.Marked, "%d with other states"}, {r.Gone, "%d gone from their folders"}, {r.Moved, "%d folders moved"},
		{r.Lossy, "%d not carried over in full"}, {len(r.Failed), "%d FAILED"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf(c.text, c.n))
		}
	}
	return strings.Join(parts, ", ")
}
