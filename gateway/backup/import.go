package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
)

// ImportOptions say what is imported. Mailbox and From are needed.
type ImportOptions struct {
	Mailbox *mapiclient.Mailbox
	// From is a folder that Export wrote, any tree of Maildirs, mboxes, .eml, .ics
	// and .vcf files, or one file.
	From string
	// Into is the folder, by the names that lead to it, that the tree is put into;
	// empty puts each folder where it was. It is made if need be.
	Into []string
	// Gone takes in what the mailbox no longer had when it was exported last.
	Gone bool
	// Progress and Loss are as in Options. Progress counts files.
	Progress func(Progress)
	Loss     func(folder, file string, losses []mapping.Loss)
}

// An ImportResult counts what an import did.
type ImportResult struct {
	Folders int `json:"folders"`
	// Made are folders that were not there.
	Made int `json:"made"`
	// Imported are the messages written, and There those that were there already.
	Imported int       `json:"imported"`
	There    int       `json:"there"`
	Lossy    int       `json:"lossy"`
	Failed   []Failure `json:"-"`
}

// ErrNowhere says that messages of a tree lie in no folder that could be put back.
var ErrNowhere = errors.New("messages lie in no folder: say which folder they go into")

// Import puts a tree of files into a mailbox. What is there already is left as
// it is, so that a run that was ended can be repeated. A file that alone cannot
// be read or written is among the Failed.
func Import(ctx context.Context, o ImportOptions) (*ImportResult, error) {
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	i := &importer{ImportOptions: o, result: &ImportResult{}, roles: map[string]string{}}
	folders, err := readTree(o.From, o.Gone)
	if err != nil {
		return i.result, err
	}
	if err := i.prepare(ctx, folders); err != nil {
		return i.result, err
	}
	defer i.release()
	for _, s := range folders {
		i.progress.Folder = strings.Join(s.path, "/")
		if err := i.folder(ctx, s); err != nil {
			return i.result, fmt.Errorf("%s: %w", i.progress.Folder, err)
		}
	}
	return i.result, nil
}

type importer struct {
	ImportOptions
	result   *ImportResult
	progress Progress
	have     []*folder         // of the mailbox
	roles    map[string]string // of folders of the tree, by their paths
	journal  *journal
	release  func()
	// refusesKeys says that the server keeps search keys to itself.
	refusesKeys bool
}

func (i *importer) prepare(ctx context.Context, folders []*sourceFolder) (err error) {
	for _, s := range folders {
		if len(s.path) == 0 && len(i.Into) == 0 && len(s.files) > 0 {
			return fmt.Errorf("%s: %w", i.From, ErrNowhere)
		}
		i.progress.Total += int64(len(s.files))
		if s.role != "" {
			i.roles[strings.Join(s.path, "\x00")] = s.role
		}
	}
	if i.have, err = tree(ctx, i.Mailbox); err != nil {
		return err
	}
	i.release = func() {}
	state := filepath.Join(i.From, stateFolder)
	if !exists(state) { // not ours, or a single file: what is in the mailbox tells
		i.journal = &journal{known: map[string]entry{}}
		return nil
	}
	unlock, err := lock(filepath.Join(state, "lock"))
	if err != nil {
		return err
	}
	name := i.Mailbox.GUID().String()
	if len(i.Into) > 0 {
		name += " " + cleanName(strings.Join(i.Into, "_"), maxFolderName)
	}
	if i.journal, err = openJournal(filepath.Join(state, "imports"), name+".jsonl"); err != nil {
		unlock()
		return err
	}
	i.release = func() {
		i.journal.close()
		unlock()
	}
	return nil
}

// folder brings the files of one folder into the mailbox.
func (i *importer) folder(ctx context.Context, s *sourceFolder) error {
	if len(s.path) == 0 && len(s.files) == 0 {
		return nil
	}
	id, err := i.destination(ctx, s)
	if err != nil {
		return err
	}
	i.result.Folders++
	if len(s.files) == 0 {
		return nil
	}
	here, err := listPresent(ctx, i.Mailbox, id)
	if err != nil {
		return err
	}
	d := &delivery{importer: i, source: s, folder: id, here: here}
	r := &parcelReader{take: d.take, pass: d.pass, failed: d.failed}
	if r.temporary, err = os.MkdirTemp("", "mapigate-import-*"); err != nil {
		return disk(err)
	}
	defer os.RemoveAll(r.temporary)
	for n := range s.files {
		f := &s.files[n]
		if err := d.failed(ctx, f.name, r.read(ctx, s, f)); err != nil {
			return err
		}
		i.progress.Done++
		i.Progress(i.progress)
	}
	return nil
}

// destination finds or makes the folder of the mailbox that a folder of the
// tree belongs into.
func (i *importer) destination(ctx context.Context, s *sourceFolder) (mapi.FolderID, error) {
	parent, whole := i.Mailbox.SpecialFolder(rop.FolderIPMSubtree), i.where(s)
	for at := range whole {
		here := whole[:at+1]
		if n := slices.IndexFunc(i.have, func(f *folder) bool { return len(f.Path) == len(here) && within(f.Path, here) }); n >= 0 {
			parent = i.have[n].id
			continue
		}
		id, err := i.Mailbox.CreateFolder(ctx, parent, whole[at])
		if err != nil {
			return 0, err
		}
		if at == len(whole)-1 && s.class != "" {
			if err := i.Mailbox.SetFolderProps(ctx, id, mapi.Props{mapi.PidTagContainerClass.Of(s.class)}); err != nil {
				return 0, err
			}
		}
		i.result.Made++
		i.have = append(i.have, &folder{Path: slices.Clone(here), id: id})
		parent = id
	}
	return parent, nil
}

// where gives the names that lead to a folder in the mailbox. A folder that every
// mailbox has, and those below it, go where this mailbox has it, whatever its name.
func (i *importer) where(s *sourceFolder) []string {
	if len(i.Into) > 0 {
		return slices.Concat(i.Into, s.path)
	}
	for n := len(s.path); n > 0; n-- {
		role, known := i.roles[strings.Join(s.path[:n], "\x00")]
		if !known {
			continue
		}
		if k := slices.IndexFunc(i.have, func(f *folder) bool { return f.Role == role }); k >= 0 {
			return slices.Concat(i.have[k].Path, s.path[n:])
		}
	}
	return s.path
}

// A journal tells which files were imported as what, by earlier runs.
type journal struct {
	file  *os.File
	known map[string]entry
}

type entry struct {
	File string `json:"file"` // below the top of the tree
	Size int64  `json:"size"`
	Time int64  `json:"time"` // nanoseconds since 1970
	// Key is the source key of the message that was made of it, in hex.
	Key string `json:"key"`
}

func openJournal(dir, name string) (*journal, error) {
	j := &journal{known: make(map[string]entry)}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, name)
	b, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		return nil, disk(err)
	}
	for l := range strings.Lines(string(b)) {
		var e entry
		if json.Unmarshal([]byte(l), &e) == nil { // half a line is not known
			j.known[e.File] = e
		}
	}
	if j.file, err = os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return nil, disk(err)
	}
	if len(b) > 0 && b[len(b)-1] != '\n' {
		_, err = j.file.WriteString("\n")
	}
	return j, disk(err)
}

func (j *journal) note(e entry) error {
	if j.file == nil {
		return nil
	}
	b, err := json.Marshal(e)
	if err == nil {
		_, err = j.file.Write(append(b, '\n'))
	}
	return disk(err)
}

func (j *journal) close() {
	if j.file != nil {
		_ = j.file.Close()
	}
}

// String says in one line what came of it.
func (r *ImportResult) String() string {
	s := fmt.Sprintf("%d folders (%d made): %d messages imported, %d there already", r.Folders, r.Made, r.Imported, r.There)
	if r.Lossy > 0 {
		s += fmt.Sprintf(", %d not carried over in full", r.Lossy)
	}
	if len(r.Failed) > 0 {
		s += fmt.Sprintf(", %d FAILED", len(r.Failed))
	}
	return s
}

func (s *sourceFolder) name(file string) string { return path.Join(s.place, file) }
