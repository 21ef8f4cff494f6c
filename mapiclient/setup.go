package mapiclient

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A Setup is what the user of a mailbox needs before its work begins.
type Setup struct {
	// Folders are made or found, as by EnsureFolder.
	Folders []NewFolder
	// Names are named properties that will be used.
	Names []mapi.PropertyName
	// Watch are folders to be told of changes in, as by Watch.
	Watch []mapi.FolderID
}

// A NewFolder is a folder to make or find.
type NewFolder struct {
	Parent mapi.FolderID
	Name   string
}

// Prepare does all of a setup with one request where it fits, and nothing of it
// that is known from before. Afterwards EnsureFolder and Tag answer without asking.
func (m *Mailbox) Prepare(ctx context.Context, s Setup) error {
	p := m.session.pipeline(ctx)
	for _, f := range s.Folders {
		m.prepareFolder(p, f)
	}
	var ask []mapi.PropertyName
	for _, n := range s.Names {
		if _, known := m.names.id(n); !known {
			ask = append(ask, n)
		}
	}
	if len(ask) > 0 && len(ask) <= namesPerRequest {
		m.queueNames(p, ask)
		ask = nil
	}
	for _, f := range s.Watch {
		queueWatch(p, f)
	}
	if err := p.flush(); err != nil && !isWarning(err) {
		return fmt.Errorf("preparing the mailbox: %w", err)
	}
	return m.resolveNames(ctx, ask)
}

func (m *Mailbox) prepareFolder(p *pipeline, f NewFolder) {
	key := folderKey{f.Parent, f.Name}
	m.mu.Lock()
	_, known := m.folders[key]
	m.mu.Unlock()
	if known {
		return
	}
	p.release(p.makeFolder(f.Parent, f.Name, func(id mapi.FolderID) {
		m.mu.Lock()
		m.folders[key] = id
		m.mu.Unlock()
	})...)
}

// makeFolder queues the making or finding of a folder and gives what to release.
func (p *pipeline) makeFolder(parent mapi.FolderID, name string, found func(mapi.FolderID)) []*object {
	folder := p.openFolder(parent)
	made := create(p, folder, &rop.CreateFolderRequest{
		FolderType: rop.FolderGeneric, UseUnicodeStrings: true, OpenExisting: true, DisplayName: name,
	}, func(r *rop.CreateFolderResponse) error { found(r.FolderID); return nil })
	return []*object{made, folder}
}
