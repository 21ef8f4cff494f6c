package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// An index tells which folders a destination has and where.
type index struct {
	Version int `json:"version"`
	// Mailbox names the mailbox on its server.
	Mailbox string    `json:"mailbox"`
	Format  Format    `json:"format"`
	Folders []*folder `json:"folders"`

	file string
}

const indexVersion = 1

// A folder is one of the mailbox and its place on disk.
type folder struct {
	// Key is the source key, in hex.
	Key  string   `json:"key"`
	Path []string `json:"path"`
	// Place is the folder below the destination, with slashes.
	Place string `json:"place"`
	Class string `json:"class,omitempty"`
	// Role says which of the folders it is that every mailbox has, whatever their names.
	Role string `json:"role,omitempty"`
	// Gone says that the mailbox no longer has it.
	Gone bool `json:"gone,omitempty"`

	id    mapi.FolderID
	count int
}

// openIndex reads the index of a destination; a new one is empty.
func openIndex(dir string) (*index, error) {
	x := &index{file: filepath.Join(dir, stateFolder, "index.json")}
	err := readJSON(x.file, x)
	if errors.Is(err, fs.ErrNotExist) {
		return x, nil
	}
	if err != nil {
		return nil, err
	}
	if x.Version != indexVersion {
		return nil, fmt.Errorf("%s: version %d, this program knows %d", x.file, x.Version, indexVersion)
	}
	for _, f := range x.Folders {
		if !filepath.IsLocal(filepath.FromSlash(f.Place)) || len(f.Path) == 0 {
			return nil, fmt.Errorf("%s: the place %q leads out of the folder", x.file, f.Place)
		}
	}
	return x, nil
}

// belongs makes the index one of a mailbox and a format, or says that it is another's.
func (x *index) belongs(m *mapiclient.Mailbox, f Format) error {
	guid := m.GUID().String()
	switch {
	case x.Mailbox != "" && x.Mailbox != guid:
		return fmt.Errorf("%s is of another mailbox: choose another destination", x.file)
	case x.Format != "" && x.Format != f:
		return fmt.Errorf("%s is of an export as %s: choose that, or another destination", x.file, x.Format)
	}
	x.Version, x.Mailbox, x.Format = indexVersion, guid, f
	return nil
}

func (x *index) save() error { return writeJSON(x.file, x) }

func (x *index) find(key string) *folder {
	for _, f := range x.Folders {
		if f.Key == key {
			return f
		}
	}
	return nil
}

// place chooses where a folder lies: by its name within the place of its
// parent, unless another lies there.
func (x *index) place(f *folder, parent string) string {
	return numbered(path.Join(parent, cleanName(f.Path[len(f.Path)-1], maxFolderName)), func(place string) bool {
		return slices.ContainsFunc(x.Folders, func(o *folder) bool { return o.Key != f.Key && fold(o.Place) == fold(place) })
	})
}

// Roles of folders that the logon names, and of those that properties of the
// Inbox name. [MS-OXCSTOR] 2.2.1.1.3, [MS-OXOSFLD] 2.2.3
var (
	logonRoles = map[int]string{
		rop.FolderInbox: "inbox", rop.FolderOutbox: "outbox", rop.FolderSentItems: "sent", rop.FolderDeletedItems: "deleted",
	}
	pointerRoles = map[mapi.PropTag]string{
		mapi.PidTagIpmDraftsEntryId.Tag(): "drafts", mapi.PidTagIpmAppointmentEntryId.Tag(): "calendar",
		mapi.PidTagIpmContactEntryId.Tag(): "contacts", mapi.PidTagIpmTaskEntryId.Tag(): "tasks",
		mapi.PidTagIpmNoteEntryId.Tag(): "notes", mapi.PidTagIpmJournalEntryId.Tag(): "journal",
	}
)

// roles finds the folders that every mailbox has.
func roles(ctx context.Context, m *mapiclient.Mailbox) (map[mapi.FolderID]string, error) {
	found := make(map[mapi.FolderID]string)
	for i, role := range logonRoles {
		found[m.SpecialFolder(i)] = role
	}
	var tags []mapi.PropTag
	for tag := range pointerRoles {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	props, err := m.FolderProps(ctx, m.SpecialFolder(rop.FolderInbox), tags...)
	if err != nil {
		return nil, err
	}
	for _, p := range props {
		entryID, _ := p.Value.([]byte)
		if id, err := m.FolderFromEntryID(ctx, entryID); err == nil {
			found[id] = pointerRoles[p.Tag]
		} else if m.Lost() != nil {
			return nil, err
		}
	}
	return found, nil
}

// tree lists the folders that users see, each behind its parent, as index
// entries without places.
func tree(ctx context.Context, m *mapiclient.Mailbox) ([]*folder, error) {
	rows, err := m.Folders(ctx, m.SpecialFolder(rop.FolderIPMSubtree))
	if err != nil {
		return nil, fmt.Errorf("listing folders: %w", err)
	}
	special, err := roles(ctx, m)
	if err != nil {
		return nil, fmt.Errorf("finding the special folders: %w", err)
	}
	list := make([]*folder, 0, len(rows))
	var above []string
	for _, r := range rows {
		above = append(slices.Clip(above[:r.Depth-1]), r.Name)
		key, err := m.FolderSourceKey(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, &folder{Key: hex.EncodeToString(key), Path: above, Class: r.Class, Role: special[r.ID], id: r.ID, count: r.Count})
	}
	return list, nil
}

// within tells whether a path is that of a folder or of one below it.
func within(p, top []string) bool {
	return len(p) >= len(top) && slices.EqualFunc(p[:len(top)], top, strings.EqualFold)
}

// name is how a folder is called in what people read.
func (f *folder) name() string { return strings.Join(f.Path, "/") }
