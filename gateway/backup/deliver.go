package backup

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// present tells what a folder of the mailbox has already. Each message there
// answers for one file: of two files with one Message-ID, both belong there.
type present struct {
	messages []presentMessage
	// Places in messages.
	byID, bySearchKey map[string][]int
	bySourceKey       map[string]int
}

type presentMessage struct {
	id, search string
	taken      bool
}

// listPresent asks what is in a folder.
func listPresent(ctx context.Context, m *mapiclient.Mailbox, folder mapi.FolderID) (*present, error) {
	rows, err := m.Messages(ctx, folder, mapiclient.Query{
		Columns: []mapi.PropTag{mapi.PidTagInternetMessageId.Tag(), mapi.PidTagSearchKey.Tag()},
	})
	if err != nil {
		return nil, fmt.Errorf("listing what is there: %w", err)
	}
	p := &present{byID: map[string][]int{}, bySearchKey: map[string][]int{}, bySourceKey: map[string]int{}}
	for n, row := range rows {
		one := presentMessage{id: mapi.PidTagInternetMessageId.Get(row.Props), search: string(mapi.PidTagSearchKey.Get(row.Props))}
		key, err := m.MessageSourceKey(ctx, row.ID)
		if err != nil {
			return nil, err
		}
		p.messages = append(p.messages, one)
		p.bySourceKey[hex.EncodeToString(key)] = n
		if one.id != "" {
			p.byID[one.id] = append(p.byID[one.id], n)
		}
		if one.search != "" {
			p.bySearchKey[one.search] = append(p.bySearchKey[one.search], n)
		}
	}
	return p, nil
}

// takeKey tells whether the message that a file became is there.
func (p *present) takeKey(key string) bool {
	n, ok := p.bySourceKey[key]
	return ok && p.take(n)
}

func (p *present) take(n int) bool {
	if p.messages[n].taken {
		return false
	}
	p.messages[n].taken = true
	return true
}

// takeLike tells whether a message is there: by its search key, which copies
// have as well, or by its Message-ID.
func (p *present) takeLike(id, search string) bool {
	for _, n := range p.bySearchKey[search] {
		if p.take(n) {
			return true
		}
	}
	for _, n := range p.byID[id] {
		if p.take(n) {
			return true
		}
	}
	return false
}

// A delivery brings the files of one folder into a folder of the mailbox.
type delivery struct {
	*importer
	source  *sourceFolder
	folder  mapi.FolderID
	here    *present
	current entry
}

// pass tells whether a file was imported by an earlier run and what it became is still there.
func (d *delivery) pass(name string, size int64, t time.Time) bool {
	d.current = entry{File: d.source.name(name), Size: size}
	if !t.IsZero() {
		d.current.Time = t.UnixNano()
	}
	e, known := d.journal.known[d.current.File]
	if !known || e.Size != d.current.Size || e.Time != d.current.Time || !d.here.takeKey(e.Key) {
		return false
	}
	d.result.There++
	return true
}

// take writes a message into the mailbox unless it is there.
func (d *delivery) take(ctx context.Context, p *parcel) error {
	msg := p.message
	p.states.apply(&msg.Props)
	id, search := mapi.PidTagInternetMessageId.Get(msg.Props), string(mapi.PidTagSearchKey.Get(msg.Props))
	if d.here.takeLike(id, search) {
		d.result.There++
		return nil
	}
	made, err := d.save(ctx, msg)
	if err != nil {
		return err
	}
	d.result.Imported++
	if len(p.losses) > 0 {
		d.result.Lossy++
		if d.Loss != nil {
			d.Loss(strings.Join(d.source.path, "/"), p.name, p.losses)
		}
	}
	if p.several {
		return nil // what is in the mailbox tells
	}
	key, err := d.Mailbox.MessageSourceKey(ctx, made)
	if err != nil {
		return err
	}
	d.current.Key = hex.EncodeToString(key)
	return d.journal.note(d.current)
}

// save writes a message, without a search key where the server takes none.
func (d *delivery) save(ctx context.Context, msg *mapi.Message) (mapi.MessageID, error) {
	if d.refusesKeys {
		msg.Props.Delete(mapi.PidTagSearchKey.Tag())
	}
	id, err := d.Mailbox.Save(ctx, d.folder, msg)
	var refused *mapiclient.ProblemsError
	if !errors.As(err, &refused) {
		return id, err
	}
	for _, p := range refused.Problems {
		if p.Prop.Tag != mapi.PidTagSearchKey.Tag() {
			return id, err
		}
	}
	d.refusesKeys = true
	msg.Props.Delete(mapi.PidTagSearchKey.Tag())
	return d.Mailbox.Save(ctx, d.folder, msg)
}

// failed notes what is the fault of one file alone, and gives back what is not.
func (d *delivery) failed(ctx context.Context, name string, err error) error {
	var local *diskError
	if err == nil || ctx.Err() != nil || errors.As(err, &local) || d.Mailbox.Lost() != nil {
		return err
	}
	d.result.Failed = append(d.result.Failed, Failure{Folder: strings.Join(d.source.path, "/"), Message: name, Err: err})
	return nil
}
