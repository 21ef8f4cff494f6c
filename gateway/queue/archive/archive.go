// Package archive carries mails from one queue to another: a tar file with two entries for each mail, ID.json with the envelope, what became of
// each recipient and the events, and ID.eml with the MIME, which mail programs open.
package archive

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// mostHead bounds in bytes what is read of an ID.json.
const mostHead = 64 << 20

// A Writer writes an archive.
type Writer struct{ tar *tar.Writer }

// NewWriter begins an archive. Close ends it.
func NewWriter(w io.Writer) *Writer { return &Writer{tar.NewWriter(w)} }

// Close writes the end; it does not close what is below.
func (w *Writer) Close() error { return w.tar.Close() }

// Add writes one mail as the queue knows it now, or fails with queue.ErrNotFound.
func (w *Writer) Add(ctx context.Context, q queue.Inspector, id mail.ID) error {
	rec, err := q.Show(ctx, id)
	if err != nil {
		return err
	}
	events, err := q.Events(ctx, id)
	if err != nil {
		return err
	}
	head, err := json.MarshalIndent(encode(rec, events), "", "  ")
	if err != nil {
		return err
	}
	body, err := q.Open(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return w.entry(string(id)+headSuffix, rec.Mail.Received, int64(len(head)), strings.NewReader(string(head)))
	}
	if err != nil {
		return err
	}
	defer body.Close()
	if err := w.entry(string(id)+headSuffix, rec.Mail.Received, int64(len(head)), strings.NewReader(string(head))); err != nil {
		return err
	}
	if err := w.entry(string(id)+bodySuffix, rec.Mail.Received, rec.Mail.Body.Size(), body); err != nil {
		return fmt.Errorf("body of %s: %w", id, err)
	}
	return nil
}

// suffixes of the entries' names.
const (
	headSuffix = ".json"
	bodySuffix = ".eml"
)

func (w *Writer) entry(name string, at time.Time, size int64, r io.Reader) error {
	err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: at.Truncate(time.Second)})
	if err != nil {
		return err
	}
	n, err := io.Copy(w.tar, r)
	if err == nil && n != size {
		err = fmt.Errorf("%s has %d bytes, want %d", name, n, size)
	}
	return err
}

// Options say how Read restores.
type Options struct {
	// Hold keeps back what would be tried.
	Hold bool
	// Done, when set, is told of each mail.
	Done func(queue.Receipt)
}

// Read restores all mails of an archive and returns how many were stored. Those that the queue has already are left as they are. An error leaves those
// stored that came before.
func Read(ctx context.Context, r io.Reader, q queue.Restorer, o Options) (stored int, err error) {
	a := &reading{tar: tar.NewReader(r)}
	for {
		saved, err := a.next()
		if errors.Is(err, io.EOF) {
			return stored, nil
		}
		if err != nil {
			return stored, fmt.Errorf("archive: %w", err)
		}
		saved.Hold = o.Hold
		receipt, err := q.Restore(ctx, *saved)
		if err != nil {
			return stored, fmt.Errorf("archive: %s: %w", saved.Record.Mail.ID, err)
		}
		if !receipt.Repeated {
			stored++
		}
		if o.Done != nil {
			o.Done(receipt)
		}
	}
}

// A reading is an archive that is being read.
type reading struct {
	tar *tar.Reader
	// ahead is an entry that was read to see whether it belongs to the mail before.
	ahead *tar.Header
}

func (a *reading) header() (h *tar.Header, err error) {
	if h, a.ahead = a.ahead, nil; h != nil {
		return h, nil
	}
	return a.tar.Next()
}

// next gives the next mail; its body must be read before the one after.
func (a *reading) next() (*queue.Saved, error) {
	h, err := a.header()
	if err != nil {
		return nil, err
	}
	id, ok := strings.CutSuffix(h.Name, headSuffix)
	if !ok || !mail.ID(id).Valid() {
		return nil, fmt.Errorf("%q stands where the %s of a mail should", h.Name, headSuffix)
	}
	var s saved
	d := json.NewDecoder(io.LimitReader(a.tar, mostHead))
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("%s: %w", h.Name, noEOF(err))
	}
	whole, err := s.decode()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.Name, err)
	}
	if whole.Record.Mail.ID != mail.ID(id) {
		return nil, fmt.Errorf("%s is about mail %q", h.Name, string(whole.Record.Mail.ID))
	}
	if a.ahead, err = a.tar.Next(); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	whole.Record.Mail.Body = size(s.Size)
	if err == nil && a.ahead.Name == id+bodySuffix {
		whole.Body, a.ahead = a.tar, nil
	}
	return whole, nil
}

// noEOF keeps a head that ends early from being taken for the end of the archive.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// A size is the body of a mail of which no more than that is known.
type size int64

func (s size) Size() int64 { return int64(s) }

func (s size) Open(context.Context) (io.ReadCloser, error) { return nil, queue.ErrNotFound }
