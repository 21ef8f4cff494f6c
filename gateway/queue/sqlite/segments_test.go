package sqlite

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// inSegments keeps two bodies of shelfSize in a segment.
var inSegments = Options{MinFree: -1, Inline: 1, segment: 2*shelfSize + 1}

const shelfSize = 1000

func segmentFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, segmentsName, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// deliver leases a mail and reports it delivered.
func deliver(t *testing.T, q *Queue, want ...mail.ID) {
	t.Helper()
	b, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: "out", Worker: "w", Max: 100, Duration: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range b.Groups {
		outcome := mail.Outcome{Verdict: mail.Retry}
		for _, id := range want {
			if id == g.Mail.ID {
				outcome = mail.Outcome{Verdict: mail.Delivered}
			}
		}
		if _, err := q.Report(t.Context(), g, []mail.Outcome{outcome}); err != nil {
			t.Fatal(err)
		}
	}
}

func wantBody(t *testing.T, q queue.Inspector, id mail.ID) {
	t.Helper()
	rc, err := q.Open(t.Context(), id)
	if err != nil {
		t.Error(err)
		return
	}
	defer rc.Close()
	if got, err := io.ReadAll(rc); err != nil || string(got) != text(shelfSize) {
		t.Errorf("%s: %d bytes, %v", id, len(got), err)
	}
}

// A full segment goes with its last body; the one that is being filled stays.
func TestSegmentGoes(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, inSegments)
	first, second, third := put(t, q, shelfSize), put(t, q, shelfSize), put(t, q, shelfSize)
	if n := len(segmentFiles(t, dir)); n != 2 {
		t.Fatalf("%d segments, want 2", n)
	}
	deliver(t, q, first)
	if n := len(segmentFiles(t, dir)); n != 2 {
		t.Errorf("%d segments with two bodies, want 2", n)
	}
	if _, err := q.Hasten(t.Context(), "out", ""); err != nil {
		t.Fatal(err)
	}
	deliver(t, q, second)
	if n := len(segmentFiles(t, dir)); n != 1 {
		t.Errorf("%d segments with one body, want 1", n)
	}
	wantBody(t, q, third)
}

// One mail that waits does not keep a segment: its body moves, and whoever leased it before finds it there.
func TestPack(t *testing.T) {
	dir := t.TempDir()
	opts := inSegments
	opts.segment = 10 * shelfSize
	q := open(t, dir, opts)
	var ids []mail.ID
	for range 11 {
		ids = append(ids, put(t, q, shelfSize))
	}
	deliver(t, q, ids[1:10]...)
	if _, err := q.Hasten(t.Context(), "out", ""); err != nil {
		t.Fatal(err)
	}
	b, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: "out", Worker: "w", Max: 100, Duration: time.Minute})
	if err != nil || len(b.Groups) != 2 {
		t.Fatalf("leased %d, %v", len(b.Groups), err)
	}
	if err := q.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if files := segmentFiles(t, dir); len(files) != 1 {
		t.Errorf("%v after the sweep, want one", files)
	}
	for _, g := range b.Groups {
		rc, err := g.Mail.Body.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(rc); err != nil || string(got) != text(shelfSize) {
			t.Errorf("leased before: %d bytes, %v", len(got), err)
		}
		rc.Close()
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir, opts)
	wantBody(t, q, ids[0])
	wantBody(t, q, ids[10])
}

// What a crash leaves of segments goes at the next start, and numbers are not given out again while one is there.
func TestSegmentsAfterCrash(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, inSegments)
	id := put(t, q, shelfSize)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"000000aa.bodies", "what is this", "zz.bodies"} {
		if err := os.WriteFile(filepath.Join(dir, segmentsName, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	q = open(t, dir, inSegments)
	if files := segmentFiles(t, dir); len(files) != 1 {
		t.Errorf("segments %v, want one", files)
	}
	other := put(t, q, shelfSize)
	wantBody(t, q, id)
	wantBody(t, q, other)
	if files := segmentFiles(t, dir); len(files) != 2 {
		t.Errorf("segments %v, want two: nobody writes to one of before", files)
	}
}

// A segment that could not be synced takes no more mail, whatever the disk says the next time; those in it were refused.
func TestSyncFails(t *testing.T) {
	dir := t.TempDir()
	opts := inSegments
	opts.segment = 1 << 20
	q := open(t, dir, opts)
	kept := put(t, q, shelfSize)
	broken := errors.New("input/output error")
	q.writer.sync = func(n int64) error {
		g := q.bodies.segments.all[n]
		g.failed = broken
		return q.bodies.segments.sync(n)
	}
	if _, err := q.Put(t.Context(), plainEntry("x@one.test", shelfSize)); !errors.Is(err, broken) {
		t.Errorf("put: %v", err)
	}
	q.writer.sync = q.bodies.segments.sync
	after := put(t, q, shelfSize)
	wantBody(t, q, kept)
	wantBody(t, q, after)
	if n := len(segmentFiles(t, dir)); n != 2 {
		t.Errorf("%d segments, want 2", n)
	}
	if err := q.bodies.segments.sync(99); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such segment: %v", err)
	}
}
