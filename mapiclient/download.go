package mapiclient

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Copy flags of downloads.
const (
	// copyBestBody gives bodies in the format they were written in rather than
	// as compressed RTF; to CopyTo it is another bit than to CopyMessages.
	// [MS-OXCFXICS] 2.2.3.1.1.1.1, 2.2.3.1.1.3.1
	copyBestBody         = 0x2000
	copyMessagesBestBody = 0x10
	// copySendEntryID lets messages say which they are. [MS-OXCFXICS] 2.2.3.1.1.3.1
	copySendEntryID = 0x20
)

// ErrNotDownloaded says that the server did not send a message, or not which one
// it sent. [Mailbox.Open] tells whether the message is there.
var ErrNotDownloaded = errors.New("the server did not send the message")

// DownloadOptions say how messages are downloaded. The zero value works.
type DownloadOptions struct {
	// Limit is how large a message may be, in bytes of its values; 0 is
	// [fasttransfer.DefaultMessageLimit].
	Limit int64
}

// A Downloaded is a message that was downloaded whole.
type Downloaded struct {
	// Message has everything in memory, contents of attachments included. It is
	// nil when Err is set.
	*mapi.Message
	ID mapi.MessageID
	// Warning is what the server says about a message that is not complete.
	Warning mapi.ErrorCode
	// Err is [fasttransfer.ErrTooLarge] for a message larger than the limit and
	// ErrNotDownloaded for one that did not come: most often it is gone.
	Err error
}

// Download reads messages of a folder whole, several with one request as far
// as they fit into its answer (256 KB), and gives each to take, in any
// order. An error of take ends it. Unlike [Mailbox.Open] nothing stays open on
// the server, and everything is held in memory: read a message with large
// attachments by Open. [MS-OXCFXICS] 2.2.3.1.1.3
func (m *Mailbox) Download(ctx context.Context, folder mapi.FolderID, ids []mapi.MessageID, opts DownloadOptions, take func(*Downloaded) error) error {
	wanted, err := m.wanted(ctx, ids)
	if err != nil {
		return err
	}
	// A request has room for thousands of ids; a failure should not cost thousands of messages.
	const most = 500
	for len(ids) > 0 {
		part := ids[:min(len(ids), most)]
		ids = ids[len(part):]
		if err := m.download(ctx, folder, part, wanted, opts, take); err != nil {
			return err
		}
	}
	return nil
}

// wanted gives ids by what they are called in the stream.
func (m *Mailbox) wanted(ctx context.Context, ids []mapi.MessageID) (map[mapi.LongTermID]mapi.MessageID, error) {
	wanted := make(map[mapi.LongTermID]mapi.MessageID, len(ids))
	for _, id := range ids {
		long, err := m.longTermID(ctx, uint64(id))
		if err != nil {
			return nil, err
		}
		wanted[long] = id
	}
	return wanted, nil
}

func (m *Mailbox) download(ctx context.Context, folder mapi.FolderID, ids []mapi.MessageID, wanted map[mapi.LongTermID]mapi.MessageID, opts DownloadOptions, take func(*Downloaded) error) error {
	p := m.session.pipeline(ctx)
	f := p.openFolder(folder)
	source := create(p, f, &rop.FastTransferSourceCopyMessagesRequest{
		MessageIDs: ids, CopyFlags: copyMessagesBestBody | copySendEntryID, SendOptions: sendUnicode,
	}, nil)
	d, err := startDownload(p, source)
	defer func() { d.close(f) }()
	if err != nil {
		return fmt.Errorf("downloading messages: %w", err)
	}
	pending := make(map[mapi.MessageID]bool, len(ids))
	for _, id := range ids {
		pending[id] = true
	}
	r := receiver{wanted: wanted, pending: pending, take: take}
	err = fasttransfer.ReadMessageList(fasttransfer.NewReader(d, 0), opts.Limit, r.item)
	// gromox 3.10 never comes to an end when the last message of the list is gone.
	if err != nil && !errors.Is(err, errStalled) {
		return fmt.Errorf("downloading messages: %w", err)
	}
	for _, id := range ids {
		if pending[id] {
			if err := take(&Downloaded{ID: id, Err: ErrNotDownloaded}); err != nil {
				return err
			}
		}
	}
	return nil
}

// A receiver finds out which message is which.
type receiver struct {
	wanted  map[mapi.LongTermID]mapi.MessageID
	pending map[mapi.MessageID]bool
	take    func(*Downloaded) error
	came    int
}

// errFlood says that a server sends more than it was asked for.
var errFlood = errors.New("the server sends more messages than it was asked for")

func (r *receiver) item(item *fasttransfer.Item) error {
	if item.Message == nil && item.Err == nil {
		return nil // a warning about a message that is not there
	}
	if r.came++; r.came > 2*len(r.wanted)+16 {
		return errFlood
	}
	id := r.identify(item)
	if !r.pending[id] {
		return nil // gromox 3.10 repeats messages when another of the list is gone
	}
	delete(r.pending, id)
	if item.Message != nil {
		finish(item.Message)
	}
	return r.take(&Downloaded{Message: item.Message, ID: id, Warning: item.Warning, Err: item.Err})
}

// identify tells which of the messages asked for an item is: by its source
// key, its id, or because there is only one. 0 is none of them.
func (r *receiver) identify(item *fasttransfer.Item) mapi.MessageID {
	if long, err := mapi.ParseSourceKey(item.SourceKey); err == nil {
		if id, known := r.wanted[long]; known {
			return id
		}
	}
	if len(r.wanted) == 1 {
		for _, id := range r.wanted {
			return id
		}
	}
	return item.ID
}

// Download reads the message whole, as it is on the server: what was changed
// but not saved is not in it. [MS-OXCFXICS] 2.2.3.1.1.1
func (o *Opened) Download(ctx context.Context, opts DownloadOptions) (*mapi.Message, error) {
	p := o.mailbox.session.pipeline(ctx)
	source := create(p, o.object, &rop.FastTransferSourceCopyToRequest{CopyFlags: copyBestBody, SendOptions: sendUnicode}, nil)
	d, err := startDownload(p, source)
	defer d.close()
	var msg *mapi.Message
	if err == nil {
		msg, err = fasttransfer.ReadMessageContent(fasttransfer.NewReader(d, 0), opts.Limit)
	}
	if err != nil {
		return nil, fmt.Errorf("downloading a message: %w", err)
	}
	finish(msg)
	return msg, nil
}

// finish makes a downloaded message look like one that was read property by
// property: strings that can be are in Unicode, and there is a subject.
func finish(msg *mapi.Message) {
	plainStrings(msg.Props)
	if !msg.Props.Has(mapi.PidTagSubject.Tag()) && msg.Props.Has(mapi.PidTagNormalizedSubject.Tag()) {
		msg.Props.Set(mapi.PidTagSubject.Of(mapi.PidTagSubjectPrefix.Get(msg.Props) + mapi.PidTagNormalizedSubject.Get(msg.Props)))
	}
	for i := range msg.Recipients {
		plainStrings(msg.Recipients[i].Props)
	}
	for i := range msg.Attachments {
		plainStrings(msg.Attachments[i].Props)
		if msg.Attachments[i].Message != nil {
			finish(msg.Attachments[i].Message)
		}
	}
}

// plainStrings turns 8-bit strings of ASCII into strings: gromox 3.10 sends
// PidTagMessageClass so, whatever it is asked for.
func plainStrings(props mapi.Props) {
	for i := range props {
		s, ok := props[i].Value.(mapi.String8)
		if !ok || strings.ContainsFunc(string(s), func(r rune) bool { return r >= 0x80 }) {
			continue
		}
		props[i].Tag, props[i].Value = props[i].Tag.WithType(mapi.PtypString), string(s)
	}
}
