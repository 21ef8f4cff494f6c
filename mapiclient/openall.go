package mapiclient

import (
	"context"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A Ref names a message that is to be opened.
type Ref struct {
	ID mapi.MessageID
	// Size is what a table told as PidTagMessageSize, in bytes; 0 is unknown.
	Size int
}

const (
	// openedPerRequest is how many messages are opened with one request.
	openedPerRequest = 16
	// answerBytes is what the messages opened with one request may take of its
	// answer, of which servers fill 32 KiB at most.
	answerBytes = 28 << 10
	// answerOverhead is what a message takes besides its size: the columns of
	// its recipients, the properties that are asked for twice, the table.
	answerOverhead = 1 << 10
)

// OpenAll opens messages of a folder for reading, in order, as many with one
// request as fit into its answer by their sizes, and calls each with every one
// of them or with why it could not be opened. Each closes what it gets. The
// first error of each ends it.
//
// Messages are opened ahead of their turn: changes made to one of the list by
// each may not show.
func (m *Mailbox) OpenAll(ctx context.Context, folder mapi.FolderID, list []Ref, each func(Ref, *Opened, error) error) error {
	for len(list) > 0 {
		n := together(list)
		if err := m.openGroup(ctx, folder, list[:n], each); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// together tells how many messages from the beginning of a list fit into one answer.
func together(list []Ref) int {
	n, size := 0, 0
	for n < len(list) && n < openedPerRequest {
		if list[n].Size <= 0 {
			break
		}
		if size += list[n].Size + answerOverhead; size > answerBytes {
			break
		}
		n++
	}
	return max(n, 1)
}

func (m *Mailbox) openGroup(ctx context.Context, folder mapi.FolderID, list []Ref, each func(Ref, *Opened, error) error) error {
	opened := make([]*Opened, 0, len(list))
	if len(list) > 1 {
		p := m.session.pipeline(ctx)
		for _, ref := range list {
			opened = append(opened, m.beginOpen(p, folder, ref.ID, rop.MessageReadOnly))
		}
		if err := p.flush(); err != nil {
			// One that is gone, or an answer too big: each by itself then.
			for _, o := range opened {
				o.abandon()
			}
			opened = opened[:0]
		}
	}
	for i, ref := range list {
		var o *Opened
		err := ctx.Err()
		switch {
		case err != nil:
		case len(opened) > 0:
			o, err = opened[i].finish(ctx, nil)
		default:
			o, err = m.Open(ctx, folder, ref.ID, OpenOptions{})
		}
		if err := each(ref, o, err); err != nil {
			for _, rest := range opened[min(i+1, len(opened)):] {
				rest.abandon()
			}
			return err
		}
	}
	return nil
}

// abandon drops what has been opened and not read.
func (o *Opened) abandon() {
	o.mailbox.session.discard(o.reading.attachments.table)
	o.Close()
}
