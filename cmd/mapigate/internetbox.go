package main

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"os"
	"strings"

	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
)

// An internetBox is what left the demo for other domains.
type internetBox struct{ dir string }

// sentFolder is the one folder of an internetBox.
const sentFolder = "Arrived"

func (b internetBox) address() string { return internetName }

func (b internetBox) close(context.Context) {}

func (b internetBox) folders(ctx context.Context) ([]folderInfo, error) {
	list, err := demo.Letters(b.dir)
	return []folderInfo{{Path: sentFolder, Count: len(list)}}, err
}

func (b internetBox) messages(_ context.Context, folder string) ([]messageInfo, error) {
	if folder != "" && !strings.EqualFold(folder, sentFolder) {
		return nil, fmt.Errorf("%s has no folder %q, only %s", internetName, folder, sentFolder)
	}
	letters, err := demo.Letters(b.dir)
	list := make([]messageInfo, 0, len(letters))
	for _, l := range letters {
		list = append(list, b.info(l))
	}
	return list, err
}

func (b internetBox) info(l demo.Letter) messageInfo {
	m := messageInfo{
		Place: placeOf(internetName, sentFolder, l.Name), Mailbox: internetName, Folder: sentFolder, ID: l.Name,
		Time: l.Time, From: l.From, To: strings.Join(l.To, "; "),
	}
	f, err := demo.OpenLetter(b.dir, l.Name)
	if err != nil {
		return m
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		m.Size = info.Size()
	}
	if parsed, err := mail.ReadMessage(f); err == nil {
		m.MessageID = parsed.Header.Get("Message-ID")
		m.Subject = parsed.Header.Get("Subject")
		if s, err := new(mime.WordDecoder).DecodeHeader(m.Subject); err == nil {
			m.Subject = s
		}
	}
	return m
}

func (b internetBox) find(ctx context.Context, messageID string) ([]messageInfo, error) {
	list, err := b.messages(ctx, "")
	var found []messageInfo
	for _, m := range list {
		if m.MessageID == messageID {
			found = append(found, m)
		}
	}
	return found, err
}

func (b internetBox) write(ctx context.Context, w io.Writer, _, id string, asJSON bool) ([]mapping.Loss, error) {
	f, err := demo.OpenLetter(b.dir, id)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if asJSON {
		return b.writeJSON(ctx, w, f)
	}
	_, err = io.Copy(w, f)
	return nil, err
}

func (b internetBox) writeJSON(ctx context.Context, w io.Writer, f *os.File) ([]mapping.Loss, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r, err := mapping.ToMAPI(ctx, io.NewSectionReader(f, 0, info.Size()), mapping.ToMAPIOptions{Headers: []string{"*"}})
	if err != nil {
		return nil, err
	}
	return r.Losses, mapi.EncodeJSON(ctx, w, r.Message)
}
