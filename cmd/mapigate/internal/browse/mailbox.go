package browse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
)

// A Mailbox is a mailbox over MAPI.
type Mailbox struct {
	name   string // "" where only one mailbox is in question
	client *mapiclient.Client
	MAPI   *mapiclient.Mailbox
	tree   []treeFolder
	book   *mapiclient.AddressBook
}

// A treeFolder is a folder with the path that leads to it.
type treeFolder struct {
	id    mapi.FolderID
	names []string // from the top down
	info  Folder
}

// Address implements [Box].
func (b *Mailbox) Address() string { return b.name }

// Close implements [Box].
func (b *Mailbox) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	if b.book != nil {
		b.book.Close(ctx)
	}
	_ = b.MAPI.Close(ctx)
	b.client.Close()
}

// Folders implements [Box].
func (b *Mailbox) Folders(ctx context.Context) ([]Folder, error) {
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	list := make([]Folder, len(b.tree))
	for i := range b.tree {
		list[i] = b.tree[i].info
	}
	return list, nil
}

// load reads the hierarchy below the folder that users see as the top.
func (b *Mailbox) load(ctx context.Context) error {
	if b.tree != nil {
		return nil
	}
	rows, err := b.MAPI.Folders(ctx, b.MAPI.SpecialFolder(rop.FolderIPMSubtree))
	if err != nil {
		return fmt.Errorf("listing folders: %w", err)
	}
	var names []string // of the row before
	for _, r := range rows {
		names = append(slices.Clip(names[:r.Depth-1]), r.Name)
		b.tree = append(b.tree, treeFolder{r.ID, names, Folder{folderPath(names), r.Count, r.Unread}})
	}
	return nil
}

// wellKnown are folders that have the same name here whatever the mailbox's language.
var wellKnown = []struct {
	name  string
	index int
}{
	{"Inbox", rop.FolderInbox}, {"Outbox", rop.FolderOutbox},
	{"Sent Items", rop.FolderSentItems}, {"Deleted Items", rop.FolderDeletedItems},
}

// Folder finds a folder by its path, in any case.
func (b *Mailbox) Folder(ctx context.Context, path string) (mapi.FolderID, error) {
	names := FolderNames(path)
	special := specialFolder(names[0])
	if special >= 0 && len(names) == 1 {
		return b.MAPI.SpecialFolder(special), nil
	}
	if err := b.load(ctx); err != nil {
		return 0, err
	}
	for _, f := range b.tree {
		if special >= 0 && f.id == b.MAPI.SpecialFolder(special) {
			names = append(slices.Clip(f.names), names[1:]...) // whatever it is called in this mailbox
			break
		}
	}
	for _, f := range b.tree {
		if slices.EqualFunc(names, f.names, strings.EqualFold) {
			return f.id, nil
		}
	}
	return 0, fmt.Errorf("there is no folder %q; mailbox ls lists them", path)
}

// specialFolder gives the index of a well-known folder, or -1.
func specialFolder(name string) int {
	for _, w := range wellKnown {
		if strings.EqualFold(name, w.name) {
			return w.index
		}
	}
	return -1
}

// listed are the columns of a listing.
var listed = []mapi.PropTag{
	mapi.PidTagMessageDeliveryTime.Tag(), mapi.PidTagClientSubmitTime.Tag(), mapi.PidTagLastModificationTime.Tag(),
	mapi.PidTagSentRepresentingSmtpAddress.Tag(), mapi.PidTagSenderSmtpAddress.Tag(),
	mapi.PidTagSentRepresentingEmailAddress.Tag(), mapi.PidTagSentRepresentingName.Tag(),
	mapi.PidTagDisplayTo.Tag(), mapi.PidTagSubject.Tag(), mapi.PidTagMessageSize.Tag(),
	mapi.PidTagInternetMessageId.Tag(), mapi.PidTagMessageClass.Tag(), mapi.PidTagMessageFlags.Tag(),
}

// Messages implements [Box].
func (b *Mailbox) Messages(ctx context.Context, folder string) ([]Message, error) {
	id, err := b.Folder(ctx, folder)
	if err != nil {
		return nil, err
	}
	return b.list(ctx, id, folder, nil)
}

func (b *Mailbox) list(ctx context.Context, id mapi.FolderID, path string, where mapi.Restriction) ([]Message, error) {
	rows, err := b.MAPI.Messages(ctx, id, mapiclient.Query{Columns: listed, Where: where})
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", path, err)
	}
	list := make([]Message, len(rows))
	for i, r := range rows {
		list[i] = b.info(path, r)
	}
	return list, nil
}

func (b *Mailbox) info(path string, r mapiclient.Row) Message {
	flags := mapi.PidTagMessageFlags.Get(r.Props)
	m := Message{
		Mailbox: b.name, Folder: path, ID: r.ID.String(),
		MessageID: mapi.PidTagInternetMessageId.Get(r.Props),
		To:        mapi.PidTagDisplayTo.Get(r.Props),
		Subject:   mapi.PidTagSubject.Get(r.Props),
		Size:      int64(mapi.PidTagMessageSize.Get(r.Props)),
		Class:     mapi.PidTagMessageClass.Get(r.Props),
		Unread:    flags&mapi.MfRead == 0, Draft: flags&mapi.MfUnsent != 0,
		From: firstOf(r.Props, mapi.PidTagSentRepresentingSmtpAddress, mapi.PidTagSenderSmtpAddress,
			mapi.PidTagSentRepresentingEmailAddress, mapi.PidTagSentRepresentingName),
	}
	m.Place = placeOf(b.name, path, m.ID)
	for _, t := range []mapi.Tag[time.Time]{mapi.PidTagMessageDeliveryTime, mapi.PidTagClientSubmitTime, mapi.PidTagLastModificationTime} {
		if v, ok := t.From(r.Props); ok && m.Time.IsZero() {
			m.Time = v
		}
	}
	return m
}

// firstOf gives the first property that has a value.
func firstOf(props mapi.Props, tags ...mapi.Tag[string]) string {
	for _, t := range tags {
		if v := t.Get(props); v != "" {
			return v
		}
	}
	return ""
}

// Find implements [Box].
func (b *Mailbox) Find(ctx context.Context, messageID string) ([]Message, error) {
	if err := b.load(ctx); err != nil {
		return nil, err
	}
	var found []Message
	for _, f := range b.tree {
		if f.info.Count == 0 {
			continue
		}
		list, err := b.list(ctx, f.id, f.info.Path, mapi.Equal(mapi.PidTagInternetMessageId.Of(messageID)))
		if err != nil {
			return found, err
		}
		found = append(found, list...)
	}
	return found, nil
}

// Write implements [Box].
func (b *Mailbox) Write(ctx context.Context, w io.Writer, folder, id string, asJSON bool) ([]mapping.Loss, error) {
	parent, err := b.Folder(ctx, folder)
	if err != nil {
		return nil, err
	}
	message, err := parseMessageID(id)
	if err != nil {
		return nil, err
	}
	opened, err := b.MAPI.Open(ctx, parent, message, mapiclient.OpenOptions{})
	if errors.Is(err, mapiclient.ErrGone) {
		return nil, fmt.Errorf("%s is not there (any more)", placeOf(b.name, folder, id))
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", placeOf(b.name, folder, id), err)
	}
	defer opened.Close()
	if asJSON {
		return nil, mapi.EncodeJSON(ctx, w, &opened.Message)
	}
	r, err := mapping.ToMIME(ctx, w, &opened.Message, mapping.ToMIMEOptions{Resolver: b})
	if err != nil {
		return nil, err
	}
	return r.Losses, nil
}

// SMTPAddress asks the address book, which is opened when it is first needed.
func (b *Mailbox) SMTPAddress(ctx context.Context, addressType, address string) (string, error) {
	if b.book == nil {
		book, err := b.client.AddressBook(ctx)
		if err != nil {
			return "", err
		}
		b.book = book
	}
	return b.book.SMTPAddress(ctx, addressType, address)
}

// parseMessageID is the opposite of MessageID.String.
func parseMessageID(s string) (mapi.MessageID, error) {
	replica, counter, ok := strings.Cut(s, "-")
	r, err1 := strconv.ParseUint(replica, 16, 16)
	c, err2 := strconv.ParseUint(counter, 16, 48)
	if !ok || err1 != nil || err2 != nil {
		return 0, cli.Usagef("%q is no message id; mailbox ls prints them, such as 1-2f3a", s)
	}
	return mapi.MessageID(mapi.MakeID(uint16(r), c)), nil
}
