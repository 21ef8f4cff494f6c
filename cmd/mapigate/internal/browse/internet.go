package browse

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

// An internet is what left the demo for other domains.
type internet struct{ dir string }

// Arrived is the one folder of an internet.
const Arrived = "Arrived"

// Address implements [Box].
func (b internet) Address() string { return Internet }

// Close implements [Box].
func (b internet) Close(context.Context) {}

// Folders implements [Box].
func (b internet) Folders(ctx context.Context) ([]Folder, error) {
	list, err := demo.Letters(b.dir)
	return []Folder{{Path: Arrived, Count: len(list)}}, err
}

// Messages implements [Box].
func (b internet) Messages(_ context.Context, folder string) ([]Message, error) {
	if folder != "" && !strings.EqualFold(folder, Arrived) {
		return nil, fmt.Errorf("%s has no folder %q, only %s", Internet, folder, Arrived)
	}
	letters, err := demo.Letters(b.dir)
	list := make([]Message, 0, len(letters))
	for _, l := range letters {
		list = append(list, b.info(l))
	}
	return list, err
}

func (b internet) info(l demo.Letter) Message {
	m := Message{
		Place: placeOf(Internet, Arrived, l.Name), Mailbox: Internet, Folder: Arrived, ID: l.Name,
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

// Find implements [Box].
func (b internet) Find(ctx context.Context, messageID string) ([]Message, error) {
	list, err := b.Messages(ctx, "")
	var found []Message
	for _, m := range list {
		if m.MessageID == messageID {
			found = append(found, m)
		}
	}
	return found, err
}

// Write implements [Box].
func (b internet) Write(ctx context.Context, w io.Writer, _, id string, asJSON bool) ([]mapping.Loss, error) {
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

func (b internet) writeJSON(ctx context.Context, w io.Writer, f *os.File) ([]mapping.Loss, error) {
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
