package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A tree of files is read folder by folder.
type sourceFolder struct {
	// path is where it belongs in the mailbox; empty for what lies at the top.
	path        []string
	class, role string
	dir         string // on disk
	place       string // below the top of the tree, with slashes
	records     map[string]*record
	gone        bool // what the mailbox no longer had counts as well
	files       []sourceFile
}

// A sourceFile is a message, or an mbox with many.
type sourceFile struct {
	name   string // below the folder, with slashes
	kind   kind
	states States
	known  bool // the states are those of the file, and not to be looked up
	size   int64
	time   time.Time
	record *record
}

const kindMbox kind = ".mbox"

// maxTreeDepth bounds how deep folders may lie in folders.
const maxTreeDepth = 100

// readTree finds the folders of a tree with the files in them: by the index of an
// export, or by the names of its folders. A single file is a tree as well. gone
// takes in what the mailbox no longer had at the last run.
func readTree(top string, gone bool) ([]*sourceFolder, error) {
	info, err := os.Stat(top)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		k := kindOfFile(top)
		if k == "" {
			return nil, fmt.Errorf("%s: neither .eml, .mbox, .ics nor .vcf", top)
		}
		return []*sourceFolder{{dir: filepath.Dir(top), files: []sourceFile{
			{name: filepath.Base(top), kind: k, size: info.Size(), time: info.ModTime()},
		}}}, nil
	}
	if !exists(filepath.Join(top, stateFolder, "index.json")) {
		return walkTree(top, "", nil)
	}
	x, err := openIndex(top)
	if err != nil {
		return nil, err
	}
	var list []*sourceFolder
	for _, f := range x.Folders {
		if f.Gone && !gone {
			continue
		}
		s, err := exported(top, f, gone)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b *sourceFolder) int { return len(a.path) - len(b.path) })
	return list, nil
}

// exported reads one folder of an export of ours.
func exported(top string, f *folder, gone bool) (*sourceFolder, error) {
	s := &sourceFolder{
		path: f.Path, class: f.Class, role: f.Role, gone: gone,
		place: f.Place, dir: filepath.Join(top, filepath.FromSlash(f.Place)), records: make(map[string]*record),
	}
	m, err := openManifest(filepath.Join(top, stateFolder, "folders", f.Key+".jsonl"))
	if err != nil {
		return nil, err
	}
	if err := s.list(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	byFile := make(map[string]*record, len(m.records))
	for _, r := range m.records {
		s.records[r.Key] = r
		base, _ := splitMaildir(path.Base(r.File))
		byFile[base] = r
	}
	keep := s.files[:0]
	for _, file := range s.files {
		base, _ := splitMaildir(path.Base(file.name))
		r := byFile[base]
		if r != nil && file.kind != kindMbox {
			if r.Gone && !gone {
				continue
			}
			if !file.known {
				file.states = r.States
			}
			file.record, file.time = r, r.Time
		}
		keep = append(keep, file)
	}
	s.files = keep
	return s, nil
}

// walkTree reads a tree that is no export of ours, or whose index is lost.
func walkTree(top, place string, names []string) ([]*sourceFolder, error) {
	if len(names) > maxTreeDepth {
		return nil, fmt.Errorf("%s: folders lie deeper than %d", top, maxTreeDepth)
	}
	s := &sourceFolder{path: names, place: place, dir: filepath.Join(top, filepath.FromSlash(place))}
	if err := s.list(); err != nil {
		return nil, err
	}
	s.class = s.guessClass()
	all := []*sourceFolder{s}
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || slices.Contains([]string{"cur", "new", "tmp"}, e.Name()) {
			continue
		}
		below, err := walkTree(top, path.Join(place, e.Name()), append(slices.Clone(names), e.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, below...)
	}
	if len(names) > 0 && len(all) == 1 && len(s.files) == 0 && !exists(filepath.Join(s.dir, "cur")) && len(list) > 0 {
		return nil, nil // something else lies there
	}
	return all, nil
}

// guessClass tells what a folder holds by its files, where nothing else does.
func (s *sourceFolder) guessClass() string {
	classes := map[kind]string{kindCalendar: "IPF.Appointment", kindCard: "IPF.Contact"}
	class := ""
	for _, f := range s.files {
		if classes[f.kind] == "" || class != "" && class != classes[f.kind] {
			return ""
		}
		class = classes[f.kind]
	}
	return class
}

// list finds the messages of a folder: files, and those of a Maildir.
func (s *sourceFolder) list() error {
	for _, below := range []string{"", "cur", "new"} {
		list, err := os.ReadDir(filepath.Join(s.dir, below))
		if below != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range list {
			if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			f := sourceFile{name: path.Join(below, e.Name()), kind: kindOfFile(e.Name()), size: info.Size(), time: info.ModTime()}
			if below != "" {
				_, f.states = splitMaildir(e.Name())
				f.kind, f.known = kindMail, true
			}
			if f.kind != "" {
				s.files = append(s.files, f)
			}
		}
	}
	return nil
}

func kindOfFile(name string) kind {
	switch k := kind(strings.ToLower(filepath.Ext(name))); k {
	case kindMail, kindCalendar, kindCard, kindMbox:
		return k
	}
	return ""
}
