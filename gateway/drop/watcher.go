package drop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/smtpside"
)

// The folders within a folder.
const (
	takenFolder = "taken"
	badFolder   = "bad"
	suffix      = ".eml"
)

// A Taker takes a mail; *ingress.Backend does.
type Taker interface {
	Take(ctx context.Context, d ingress.Dropped) error
}

// Options say which folder is watched. Folder, Taker and Known are needed.
type Options struct {
	Name   string
	Folder string
	Taker  Taker
	// Known tells whether a mail is in the queue already.
	Known func(ctx context.Context, id mail.ID) (bool, error)

	Poll  time.Duration // default 1 s
	Grace time.Duration // how long a file must have been left alone; default 1 s, negative none
	Retry time.Duration // the pause after a mail that cannot be taken now; default 30 s
	Log   *slog.Logger
	// Observe is told what became of each file: "taken", "bad" or "waiting". For metrics.
	Observe func(name, what string)
}

// A Watcher watches a folder.
type Watcher struct {
	opts Options
	log  *slog.Logger
	// waited counts how often each claimed file has had to wait. Only Scan touches it.
	waited map[string]int
}

// New checks the options and makes the folders within the folder, which must exist.
func New(o Options) (*Watcher, error) {
	if o.Folder == "" || o.Taker == nil || o.Known == nil {
		return nil, errors.New("drop: Folder, Taker and Known are needed")
	}
	fill := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	fill(&o.Poll, time.Second)
	fill(&o.Grace, time.Second)
	fill(&o.Retry, 30*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(string, string) {}
	}
	for _, sub := range []string{takenFolder, badFolder} {
		if err := os.Mkdir(filepath.Join(o.Folder, sub), 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("drop folder %s: %w", o.Name, err)
		}
	}
	return &Watcher{opts: o, log: o.Log.With("drop", o.Name), waited: map[string]int{}}, nil
}

// Run takes files until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	for {
		pause := w.opts.Poll
		if err := w.Scan(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("cannot take what lies in a drop folder", "folder", w.opts.Folder, "error", err, "pause", w.opts.Retry)
			w.opts.Observe(w.opts.Name, "waiting")
			pause = w.opts.Retry
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// maxFailures are how many files are tried that have to wait: by then it is perhaps not the files.
const maxFailures = 10

// Scan takes what lies there now: what was claimed before, what is new, and last what has had to wait, most often last, so that
// files that nobody takes keep no other waiting. Its error says which files have to wait, and why.
func (w *Watcher) Scan(ctx context.Context) error {
	claimed, err := os.ReadDir(w.path(takenFolder))
	if err != nil {
		return err
	}
	fresh, err := os.ReadDir(w.opts.Folder)
	if err != nil {
		return err
	}
	untried, waiting := w.sort(claimed)
	var failed []error
	enough := func() bool { return ctx.Err() != nil || len(failed) == maxFailures }
	try := func(name string) {
		if err := w.take(ctx, name); err != nil {
			w.waited[name]++
			failed = append(failed, err)
		}
	}
	for i := 0; i < len(untried) && !enough(); i++ {
		try(untried[i])
	}
	for i := 0; i < len(fresh) && !enough(); i++ {
		if name, ok := w.claim(fresh[i]); ok {
			try(name)
		}
	}
	for i := 0; i < len(waiting) && !enough(); i++ {
		try(waiting[i])
	}
	return errors.Join(failed...)
}

// sort tells the claimed files that have not been tried yet from those that had to wait, most often last, and forgets those that are gone.
func (w *Watcher) sort(claimed []fs.DirEntry) (untried, waiting []string) {
	waited := make(map[string]int, len(w.waited))
	for _, f := range claimed {
		if n := w.waited[f.Name()]; n > 0 {
			waited[f.Name()] = n
			waiting = append(waiting, f.Name())
		} else {
			untried = append(untried, f.Name())
		}
	}
	w.waited = waited
	slices.SortStableFunc(waiting, func(a, b string) int { return waited[a] - waited[b] })
	return untried, waiting
}

func (w *Watcher) path(parts ...string) string {
	return filepath.Join(append([]string{w.opts.Folder}, parts...)...)
}

// claim renames a file that is for us, and gives its new name.
func (w *Watcher) claim(f fs.DirEntry) (string, bool) {
	if !f.Type().IsRegular() || f.Name()[0] == '.' || !strings.EqualFold(filepath.Ext(f.Name()), suffix) {
		return "", false
	}
	info, err := f.Info()
	if err != nil || time.Since(info.ModTime()) < w.opts.Grace {
		return "", false
	}
	name := string(mail.NewID(time.Now())) + "-" + f.Name()
	if err := os.Rename(w.path(f.Name()), w.path(takenFolder, name)); err != nil {
		if !errors.Is(err, fs.ErrNotExist) { // another watcher was faster
			w.log.Error("cannot claim a file", "file", f.Name(), "error", err)
		}
		return "", false
	}
	return name, true
}

// take puts a claimed file into the queue. Its error is a reason to wait.
func (w *Watcher) take(ctx context.Context, name string) error {
	prefix, original, ok := strings.Cut(name, "-")
	id := mail.ID(prefix)
	if !ok || !id.Valid() {
		return w.bad(name, name, errors.New("the name of a claimed file begins with an id"))
	}
	known, err := w.opts.Known(ctx, id)
	if err != nil {
		return fmt.Errorf("asking the queue: %w", err)
	}
	if !known {
		err = w.read(ctx, id, name)
	}
	var status smtpside.Status
	switch {
	case err == nil:
		w.opts.Observe(w.opts.Name, "taken")
		w.log.Info("taken", "msg", id, "file", original)
		return os.Remove(w.path(takenFolder, name))
	case errors.As(err, &status) && status.Permanent(), errors.Is(err, errMalformed):
		return w.bad(name, original, err)
	}
	return fmt.Errorf("%s: %w", original, err)
}

// read hands a claimed file on.
func (w *Watcher) read(ctx context.Context, id mail.ID, name string) error {
	f, err := openPlain(w.path(takenFolder, name))
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return fmt.Errorf("%w: no regular file", errMalformed)
	}
	d, err := readEnvelope(f)
	if err != nil {
		return err
	}
	d.ID = id
	return w.opts.Taker.Take(ctx, *d)
}

// bad moves a file aside, with the reason.
func (w *Watcher) bad(name, original string, why error) error {
	w.opts.Observe(w.opts.Name, "bad")
	w.log.Error("a file in a drop folder is no mail that can be taken", "file", original, "error", why, "moved to", w.path(badFolder, name))
	if err := os.WriteFile(w.path(badFolder, name+".txt"), []byte(why.Error()+"\n"), 0o640); err != nil {
		return err
	}
	return os.Rename(w.path(takenFolder, name), w.path(badFolder, name))
}
