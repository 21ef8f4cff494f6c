package mapiclient

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// FolderProps reads properties of a folder. What it does not have is left out. [MS-OXCPRPT] 2.2.2
func (m *Mailbox) FolderProps(ctx context.Context, folder mapi.FolderID, tags ...mapi.PropTag) (mapi.Props, error) {
	p := m.session.pipeline(ctx)
	f := p.openFolder(folder)
	var row mapi.Props
	add(p, f, &rop.GetPropertiesSpecificRequest{WantUnicode: true, Tags: tags},
		func(r *rop.GetPropertiesSpecificResponse) error { row = r.Row; return nil })
	p.release(f)
	if err := p.flush(); err != nil {
		return nil, fmt.Errorf("reading properties of a folder: %w", err)
	}
	there := row[:0]
	for _, v := range row {
		if v.Tag.Type() != mapi.PtypErrorCode {
			there = append(there, v)
		}
	}
	return there, nil
}

// SetFolderProps sets properties of a folder. [MS-OXCPRPT] 2.2.5
func (m *Mailbox) SetFolderProps(ctx context.Context, folder mapi.FolderID, props mapi.Props) error {
	p := m.session.pipeline(ctx)
	f := p.openFolder(folder)
	add(p, f, &rop.SetPropertiesRequest{Props: props}, func(r *rop.SetPropertiesResponse) error {
		return problems(rop.SetProperties, props, r.Problems)
	})
	p.release(f)
	if err := p.flush(); err != nil {
		return fmt.Errorf("setting properties of a folder: %w", err)
	}
	return nil
}

// MessageSourceKey gives what names a message across logons, as
// [Change.SourceKey] does. [MS-OXCFXICS] 2.2.1.2.5
func (m *Mailbox) MessageSourceKey(ctx context.Context, id mapi.MessageID) ([]byte, error) {
	long, err := m.longTermID(ctx, uint64(id))
	return long.SourceKey(), err
}

// MessageFromSourceKey is the opposite of MessageSourceKey. The server is asked once
// for each replica; whether the message is there is not. [MS-OXCSTOR] 2.2.1.9
func (m *Mailbox) MessageFromSourceKey(ctx context.Context, key []byte) (mapi.MessageID, error) {
	long, err := mapi.ParseSourceKey(key)
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	for replica, guid := range m.replicas {
		if guid == long.Replica {
			m.mu.Unlock()
			return mapi.MessageID(long.Short(replica)), nil
		}
	}
	m.mu.Unlock()
	id, err := m.idFromLongTermID(ctx, long)
	if err != nil {
		return 0, err
	}
	replica, _ := mapi.SplitID(id)
	m.mu.Lock()
	m.replicas[replica] = long.Replica
	m.mu.Unlock()
	return mapi.MessageID(id), nil
}

// FolderSourceKey gives what names a folder across logons.
func (m *Mailbox) FolderSourceKey(ctx context.Context, id mapi.FolderID) ([]byte, error) {
	long, err := m.longTermID(ctx, uint64(id))
	return long.SourceKey(), err
}
