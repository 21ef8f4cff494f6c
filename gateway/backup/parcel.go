package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
	"github.com/mapigate/mapigate/mapping/ical"
	"github.com/mapigate/mapigate/mapping/vcard"
)

// A parcel is one message on its way into the mailbox.
type parcel struct {
	// name is the file, with a number behind it for one of several in it.
	name    string
	message *mapi.Message
	losses  []mapping.Loss
	states  States
	// several says that the file has others, which the journal does not tell apart.
	several bool
}

// A parcelReader makes messages of files.
type parcelReader struct {
	temporary string // folder for what is read from mboxes
	take      func(context.Context, *parcel) error
	// failed takes what is the fault of one message alone, and gives back what is not.
	failed func(ctx context.Context, name string, err error) error
	// pass tells whether what has this name need not be read, and is counted as there.
	pass func(name string, size int64, t time.Time) bool
}

// maxHead is how much of a mail is looked at for its time, in bytes.
const maxHead = 256 << 10

// errUnreadable says that a file is not what its name says: the others are read.
var errUnreadable = errors.New("cannot be read")

// read reads one file of a folder.
func (p *parcelReader) read(ctx context.Context, s *sourceFolder, f *sourceFile) error {
	name := filepath.Join(s.dir, filepath.FromSlash(f.name))
	if f.kind != kindMbox && p.pass(f.name, f.size, f.time) {
		return nil
	}
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	switch f.kind {
	case kindMbox:
		return p.mbox(ctx, s, f, in)
	case kindCalendar:
		r, err := ical.ToMAPI(in, ical.Options{Now: f.time})
		if err != nil {
			return fmt.Errorf("%w: %w", errUnreadable, err)
		}
		return p.items(ctx, f, r.Messages, r.Losses)
	case kindCard:
		r, err := vcard.ToMAPI(in, vcard.Options{})
		if err != nil {
			return fmt.Errorf("%w: %w", errUnreadable, err)
		}
		return p.items(ctx, f, r.Messages, r.Losses)
	}
	return p.mail(ctx, f, in)
}

// items passes the items of a calendar or of a file of cards on.
func (p *parcelReader) items(ctx context.Context, f *sourceFile, list []*mapi.Message, losses []mapping.Loss) error {
	for i, msg := range list {
		out := &parcel{name: f.name, message: msg, states: f.states, several: len(list) > 1}
		if i == 0 {
			out.losses = losses
		} else {
			out.name = fmt.Sprintf("%s#%d", f.name, i+1)
		}
		if f.record == nil {
			out.states = "S"
		}
		msg.Props.SetDefault(mapi.PidTagSearchKey.Of(itemKey(f, msg, i)))
		if err := p.failed(ctx, out.name, p.take(ctx, out)); err != nil {
			return err
		}
	}
	return nil
}

// itemKey gives what finds an item again: the search key that it had, or one
// that an item of the same content gets again.
func itemKey(f *sourceFile, msg *mapi.Message, i int) []byte {
	if key := searchKey(f.record); key != nil && i == 0 {
		return key
	}
	if uid := mapi.PidLidCleanGlobalObjectId.Get(msg.Props); len(uid) > 0 {
		sum := sha256.Sum256(uid)
		return sum[:16]
	}
	h := sha256.New()
	for _, prop := range msg.Props {
		switch v := prop.Value.(type) {
		case string:
			fmt.Fprintf(h, "%x %v %s\n", prop.Tag, prop.Name, v)
		case []byte:
			fmt.Fprintf(h, "%x %v %x\n", prop.Tag, prop.Name, v)
		}
	}
	return h.Sum(nil)[:16]
}

func searchKey(r *record) []byte {
	if r == nil {
		return nil
	}
	key, err := hex.DecodeString(r.SearchKey)
	if err != nil || len(key) == 0 {
		return nil
	}
	return key
}

// mail makes a message of a mail. Its attachments are read from the file.
func (p *parcelReader) mail(ctx context.Context, f *sourceFile, in *os.File) error {
	if strings.Contains(f.name, "/") { // Maildirs have LF: what is signed was CRLF
		spool, err := p.spool(func(w *bufio.Writer) error { return wireLines(w, in) })
		if err != nil {
			return err
		}
		defer spool.remove()
		in = spool.File
		return p.message(ctx, in, f.name, f.states, f.time, f.record)
	}
	t := f.time
	if f.record == nil {
		t = arrival(f.name, in, t)
	}
	return p.message(ctx, in, f.name, f.states, t, f.record)
}

// arrival tells when a mail came of which no manifest tells: what our names of
// files say, the newest Received field, the Date field, or the time of the file.
func arrival(name string, in io.ReaderAt, file time.Time) time.Time {
	if stamp, _, ok := strings.Cut(name, "_"); ok {
		if t, err := time.Parse(stampLayout, stamp); err == nil {
			return t
		}
	}
	head, err := mail.ReadMessage(bufio.NewReader(io.NewSectionReader(in, 0, maxHead)))
	if err != nil {
		return file
	}
	received := head.Header.Get("Received")
	if i := strings.LastIndexByte(received, ';'); i >= 0 {
		if t, err := mail.ParseDate(strings.TrimSpace(received[i+1:])); err == nil {
			return t
		}
	}
	if t, err := head.Header.Date(); err == nil {
		return t
	}
	return file
}

func (p *parcelReader) message(ctx context.Context, in *os.File, name string, states States, t time.Time, r *record) error {
	info, err := in.Stat()
	if err != nil {
		return err
	}
	res, err := mapping.ToMAPI(ctx, io.NewSectionReader(in, 0, info.Size()), mapping.ToMAPIOptions{
		Now: t, Deposit: true, Draft: states.has(stateDraft),
	})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	msg := res.Message
	if key := searchKey(r); key != nil {
		msg.Props.Set(mapi.PidTagSearchKey.Of(key))
	}
	// A note, a post and the like look as mails in MIME.
	if r != nil && r.Class != "" && mapi.PidTagMessageClass.Get(msg.Props) == "IPM.Note" {
		msg.Props.Set(mapi.PidTagMessageClass.Of(r.Class))
	}
	if !t.IsZero() && !states.has(stateDraft) {
		msg.Props.Set(mapi.PidTagMessageDeliveryTime.Of(t.UTC()))
	}
	return p.take(ctx, &parcel{name: name, message: msg, losses: res.Losses, states: states})
}

// A spool is a temporary file.
type spool struct{ *os.File }

func (s *spool) remove() {
	_ = s.Close()
	_ = os.Remove(s.Name())
}

func (p *parcelReader) spool(write func(*bufio.Writer) error) (*spool, error) {
	f, err := os.CreateTemp(p.temporary, "mapigate-import-*")
	if err != nil {
		return nil, disk(err)
	}
	s := &spool{f}
	w := bufio.NewWriterSize(f, 64<<10)
	if err = write(w); err == nil {
		err = disk(w.Flush())
	}
	if err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// wireLines copies text with CRLF for every line end.
func wireLines(w *bufio.Writer, in io.Reader) error {
	m := newMboxReader(in)
	for {
		b, _, err := m.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := writeWireLine(w, b); err != nil {
			return err
		}
	}
}

func writeWireLine(w *bufio.Writer, b []byte) error {
	text, ended := bytes.CutSuffix(b, []byte("\n"))
	if !ended {
		_, err := w.Write(b)
		return disk(err)
	}
	_, err := w.Write(bytes.TrimSuffix(text, []byte("\r")))
	if err == nil {
		_, err = w.WriteString("\r\n")
	}
	return disk(err)
}
