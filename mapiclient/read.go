package mapiclient

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

const (
	// readLimit is the largest value, in bytes, that is asked for together with
	// the others; longer ones are read as streams.
	readLimit = 12 << 10
	// maxAttachments bounds how many attachments of one message are read.
	maxAttachments = 4096
	// maxBodyBytes bounds a property other than attachment data that is read whole.
	maxBodyBytes = 64 << 20
)

// An Opened is a message that was read and is still open on the server. Its
// attachments' streams work until Close.
type Opened struct {
	mapi.Message
	// ID and Folder name the message within this logon.
	ID     mapi.MessageID
	Folder mapi.FolderID
	// Unread are properties, of the message or of what is in it, that the server
	// has and gives neither whole nor as a stream. A body or the content of an
	// attachment is never among them: that is an error.
	Unread []mapi.PropID

	mailbox *Mailbox
	object  *object
	mode    rop.MessageModeFlags
	inner   []*object // embedded messages and their attachments, outer ones first
	reading *reading  // until it has been read
}

// OpenOptions say how a message is opened. The zero value reads.
type OpenOptions struct {
	// Write opens it for changes.
	Write bool
}

// Open reads a message: its properties with their names, its recipients, its
// attachments and the messages within them. Bodies are read whole, contents of
// attachments when their streams are opened. A missing message is ErrGone.
// [MS-OXCMSG] 3.1.4
func (m *Mailbox) Open(ctx context.Context, folder mapi.FolderID, id mapi.MessageID, opts OpenOptions) (*Opened, error) {
	mode := rop.MessageReadOnly
	if opts.Write {
		mode = rop.MessageReadWrite
	}
	p := m.session.pipeline(ctx)
	opened := m.beginOpen(p, folder, id, mode)
	return opened.finish(ctx, p.flush())
}

// beginOpen queues the opening of a message and the reading of what fits.
func (m *Mailbox) beginOpen(p *pipeline, folder mapi.FolderID, id mapi.MessageID, mode rop.MessageModeFlags) *Opened {
	o := &Opened{ID: id, Folder: folder, mailbox: m, mode: mode}
	r := &reading{reader: reader{mailbox: m, ctx: p.ctx, opened: o}}
	o.reading = r
	r.object = create(p, p.logon, &rop.OpenMessageRequest{
		CodePageID: rop.CodePageLogon, FolderID: folder, OpenModeFlags: mode, MessageID: id,
	}, func(a *rop.OpenMessageResponse) error { r.head = a.MessageHead; return nil })
	o.object = r.object
	r.queue(p)
	return o
}

// finish reads what the first request did not bring; err is what came of that.
func (o *Opened) finish(ctx context.Context, err error) (*Opened, error) {
	r := o.reading
	o.reading = nil
	msg, err := r.finish(err)
	if err == nil {
		err = o.mailbox.name(ctx, r.bags(msg)...)
	}
	if err != nil {
		o.Close()
		if errors.Is(err, mapi.ErrNotFound) || errors.Is(err, mapi.ErrObjectDeleted) {
			err = errors.Join(ErrGone, err)
		}
		return nil, err
	}
	o.Message = *msg
	return o, nil
}

// Close lets the server drop the message, with the next request.
func (o *Opened) Close() {
	for i := len(o.inner) - 1; i >= 0; i-- {
		o.mailbox.session.discard(o.inner[i])
	}
	o.inner = nil
	o.mailbox.session.discard(o.object)
}

// A reader reads one message and those within it.
type reader struct {
	mailbox *Mailbox
	ctx     context.Context
	opened  *Opened
	depth   int
}

// A reading is a message on its way: what the request that opened it brought.
type reading struct {
	reader
	object      *object
	head        rop.MessageHead
	props, made mapi.Props
	attachments *reel
}

// queue asks for all of a message that fits into one answer.
func (r *reading) queue(p *pipeline) {
	add(p, r.object, &rop.GetPropertiesAllRequest{PropertySizeLimit: readLimit, WantUnicode: true},
		func(a *rop.GetPropertiesAllResponse) error { r.props = a.Props; return nil })
	add(p, r.object, &rop.GetPropertiesSpecificRequest{PropertySizeLimit: readLimit, WantUnicode: true, Tags: madeByServer},
		func(a *rop.GetPropertiesSpecificResponse) error { r.made = a.Row; return nil })
	r.queueAttachments(p)
}

// queueAttachments asks which attachments there are.
func (r *reading) queueAttachments(p *pipeline) {
	table := create(p, r.object, &rop.GetAttachmentTableRequest{TableFlags: rop.TableNoNotifications | rop.TableUnicode}, nil)
	r.attachments = start(p, table, tableQuery{columns: attachmentColumns, limit: maxAttachments + 1})
}

// finish reads what is still missing. err is what came of the request.
func (r *reading) finish(err error) (*mapi.Message, error) {
	if tooBig(err) {
		// The answer passed what the server can send in one go, and what it has
		// run of the request is unknown.
		r.mailbox.session.discard(r.attachments.table)
		if r.props, r.made, err = r.portions(r.object, &r.head); err == nil {
			p := r.mailbox.session.pipeline(r.ctx)
			r.queueAttachments(p)
			err = p.flush()
		}
	}
	if err == nil {
		err = r.attachments.rest(r.mailbox.session.pipeline(r.ctx))
	}
	r.mailbox.session.discard(r.attachments.table)
	if err != nil {
		return nil, err
	}
	if len(r.attachments.rows) > maxAttachments {
		return nil, fmt.Errorf("the message has more than %d attachments", maxAttachments)
	}
	msg := &mapi.Message{}
	if msg.Props, err = r.complete(r.object, r.props); err != nil {
		return nil, err
	}
	for _, p := range r.made {
		if p.Tag.Type() != mapi.PtypErrorCode {
			msg.Props.SetDefault(p)
		}
	}
	if msg.Recipients, err = r.recipients(r.object, &r.head); err != nil {
		return nil, err
	}
	msg.Attachments, err = r.readAttachments(r.object, r.attachments.rows)
	return msg, err
}

// madeByServer are properties that RopGetPropertiesAll leaves out because the
// server computes them. [MS-OXCPRPT] 2.2.3.2
var madeByServer = []mapi.PropTag{
	mapi.PidTagSubject.Tag(), mapi.PidTagSubjectPrefix.Tag(), mapi.PidTagNormalizedSubject.Tag(),
	mapi.PidTagMessageFlags.Tag(), mapi.PidTagHasAttachments.Tag(), mapi.PidTagMessageSize.Tag(),
	mapi.PidTagSearchKey.Tag(), mapi.PidTagEntryId.Tag(),
}

// tooBig tells whether the server could not fit an answer: ecBufferTooSmall,
// or what gromox 3.10 says instead when RopGetPropertiesAll passes 32 KiB.
func tooBig(err error) bool {
	var small *rop.BufferTooSmallError
	return errors.As(err, &small) || errors.Is(err, mapi.ErrBufferTooSmall) || errors.Is(err, mapi.ErrServerMemory)
}

// bags gives every bag of a message and of those within it, for naming.
func (r *reader) bags(msg *mapi.Message) []mapi.Props {
	if msg == nil {
		return nil
	}
	bags := []mapi.Props{msg.Props}
	for i := range msg.Attachments {
		bags = append(bags, msg.Attachments[i].Props)
		bags = append(bags, r.bags(msg.Attachments[i].Message)...)
	}
	return bags
}
