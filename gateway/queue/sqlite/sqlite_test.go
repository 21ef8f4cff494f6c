package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/queuetest"
)

// engines are the queues under test: much as they are by default, and with so many mails in memory and as much in segments as can be.
func engines(known int) map[string]queuetest.Engine {
	return map[string]queuetest.Engine{
		fmt.Sprint("known=", knownMails): engine(Options{Inline: 4 << 10, Shared: 64 << 10, segment: 100 << 10}),
		fmt.Sprint("known=", known):      engine(Options{Inline: 1, Shared: 64 << 10, segment: 30, known: known}),
	}
}

func engine(opts Options) queuetest.Engine {
	opts.MinFree = -1
	return queuetest.Engine{
		Thresholds: []int{opts.Inline, opts.Shared},
		New: func(t testing.TB, policy queue.Policy, clock func() time.Time) queue.Queue {
			opts := opts
			opts.Policy, opts.Clock = policy, clock
			q, err := Open(t.TempDir(), opts)
			if err != nil {
				t.Fatal(err)
			}
			return q
		},
	}
}

func TestConformance(t *testing.T) {
	for name, e := range engines(-1) {
		t.Run(name, func(t *testing.T) { queuetest.Run(t, e) })
	}
}

func TestMachine(t *testing.T) {
	for name, e := range engines(3) {
		t.Run(name, func(t *testing.T) { queuetest.Machine(t, e) })
	}
}

func open(t testing.TB, dir string, opts Options) *Queue {
	t.Helper()
	q, err := Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

func put(t testing.TB, q *Queue, size int) mail.ID {
	t.Helper()
	r, err := q.Put(t.Context(), plainEntry("x@one.test", size))
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// What a process had leased when it died is in doubt for the next one, at once; its locks are free.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, Options{})
	waiting, leased := put(t, q, 10), put(t, q, 200<<10)
	if _, err := q.Lock(t.Context(), "box", "me", time.Hour); err != nil {
		t.Fatal(err)
	}
	b, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: "out", Worker: "w", Max: 2, Duration: time.Hour})
	if err != nil || len(b.Groups) != 2 {
		t.Fatal(b, err)
	}
	if err := q.GiveBack(t.Context(), b.Groups[0].Lease, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, dir, Options{})
	for id, want := range map[mail.ID]queue.State{waiting: queue.Waiting, leased: queue.Unknown} {
		rec, err := q.Show(t.Context(), id)
		if err != nil || rec.Recipients[0].State != want {
			t.Errorf("%s is %v, %v; want %v", id, rec.Recipients[0].State, err, want)
		}
	}
	after, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: "out", Worker: "w", Max: 2, Duration: time.Hour})
	if err != nil || len(after.Groups) != 2 || after.Groups[0].Lease.Token <= b.Groups[1].Lease.Token {
		t.Errorf("after the restart: %+v, %v", after, err)
	}
	if _, err := q.Lock(t.Context(), "box", "me again", time.Hour); err != nil {
		t.Errorf("the lock of a dead process: %v", err)
	}
}

func TestOneServer(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, Options{})
	_, err := Open(dir, Options{})
	if !errors.Is(err, queue.ErrInUse) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second one: %v", err)
	}
	put(t, q, 10) // the failed one has done no harm
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{})
}

// A reader sees what the server does, while it does it and after it has gone.
func TestReader(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenReader(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no queue here: %v", err)
	}
	q := open(t, dir, Options{})
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, size := range []int{10, 200 << 10} {
		id := put(t, q, size)
		rc, err := r.Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(rc); err != nil || len(data) != size {
			t.Errorf("%d of %d bytes, %v", len(data), size, err)
		}
		rc.Close()
	}
	if p, err := r.List(t.Context(), queue.Filter{}); err != nil || len(p.Records) != 2 {
		t.Errorf("list: %d, %v", len(p.Records), err)
	}
	if _, err := r.db.Exec("DELETE FROM mail"); err == nil {
		t.Error("a reader can write")
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := r.Stats(t.Context()); err != nil || len(s.Depths) != 1 {
		t.Errorf("stats: %+v, %v", s, err)
	}
}

// A full disk is ErrFull; what was accepted before is intact, and mail flows again when there is room.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, Options{MinFree: 10 << 20})
	free := int64(1 << 30)
	q.space.free = func(string) (int64, error) { return free, nil }
	first := put(t, q, 10)
	free = 9 << 20
	q.space.at = time.Time{}
	if _, err := q.Put(t.Context(), plainEntry("x@one.test", 10)); !errors.Is(err, queue.ErrFull) {
		t.Errorf("below the floor: %v", err)
	}
	free = 1 << 30
	q.space.at = time.Time{}
	put(t, q, 10)
	limitPages(t, q, true)
	var last error
	var accepted []mail.ID
	for range 1000 {
		r, err := q.Put(t.Context(), plainEntry("x@one.test", 60<<10))
		if last = err; err != nil {
			break
		}
		accepted = append(accepted, r.ID)
	}
	if !errors.Is(last, queue.ErrFull) {
		t.Errorf("the database is full: %v", last)
	}
	for _, id := range append(accepted, first) {
		if rc, err := q.Open(t.Context(), id); err != nil {
			t.Error(err)
		} else {
			rc.Close()
		}
	}
	limitPages(t, q, false)
	put(t, q, 60<<10)
}

// limitPages lets the database grow no further, as on a full disk, or lifts that again.
func limitPages(t *testing.T, q *Queue, limited bool) {
	err := q.writer.do(t.Context(), func(tx *tx) error {
		n := 1 << 30
		if limited {
			if err := tx.row("PRAGMA page_count", nil, &n); err != nil {
				return err
			}
			n += 100
		}
		return tx.row(fmt.Sprintf("PRAGMA max_page_count = %d", n), nil, &n)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// One job that fails does not take the others of its transaction with it.
func TestBatch(t *testing.T) {
	q := open(t, t.TempDir(), Options{})
	q.writer.mu.Lock() // so that all wait for one batch
	var wg sync.WaitGroup
	var failures atomic.Int32
	twice := mail.NewID(time.Now())
	for i := range 50 {
		wg.Go(func() {
			e := plainEntry("x@one.test", 10)
			if i%2 == 0 {
				e.Mail.ID = twice
			}
			if _, err := q.Put(t.Context(), e); err != nil {
				failures.Add(1)
			}
		})
	}
	q.writer.mu.Unlock()
	wg.Wait()
	if n := failures.Load(); n != 24 {
		t.Errorf("%d failed, want 24", n)
	}
	s, err := q.Stats(t.Context())
	if err != nil || len(s.Depths) != 1 || s.Depths[0].Count != 26 {
		t.Errorf("stats %+v, %v", s, err)
	}
}

func TestSchema(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string
		want string
	}{
		"newer":   {"PRAGMA user_version = 999", "newer"},
		"foreign": {"PRAGMA application_id = 1", "not a queue"},
	} {
		dir := t.TempDir()
		if err := open(t, dir, Options{}).Close(); err != nil {
			t.Fatal(err)
		}
		db, err := openDatabase(filepath.Join(dir, databaseName))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(c.sql); err != nil {
			t.Fatal(err)
		}
		db.Close()
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: open: %v", name, err)
		}
		if _, err := OpenReader(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: open reader: %v", name, err)
		}
	}
}

// The commit waits for the disk. A change of these settings would lose mail, and no other test would notice.
func TestDurable(t *testing.T) {
	q := open(t, t.TempDir(), Options{})
	var journal string
	var synchronous int
	err := q.writer.do(t.Context(), func(tx *tx) error {
		return errors.Join(tx.row("PRAGMA journal_mode", nil, &journal), tx.row("PRAGMA synchronous", nil, &synchronous))
	})
	if err != nil || journal != "wal" || synchronous != 2 {
		t.Errorf("journal_mode %s, synchronous %d, %v; want wal, 2 (FULL)", journal, synchronous, err)
	}
}

// Whoever sets the machine's clock ends no lease, and the queue's clock follows.
func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{3 * time.Hour, -3 * time.Hour} {
		var ahead atomic.Int64
		wall := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		q := open(t, t.TempDir(), Options{Wall: wall})
		put(t, q, 10)
		lease := queue.LeaseRequest{Courier: "out", Worker: "w", Max: 1, Duration: time.Minute}
		b, err := q.Lease(t.Context(), lease)
		if err != nil || len(b.Groups) != 1 {
			t.Fatalf("leased %+v, %v", b, err)
		}
		fence, err := q.Lock(t.Context(), "box", "w", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		ahead.Store(int64(jump))
		for range 2 { // the jump itself, and what Sweep makes of it
			if again, err := q.Lease(t.Context(), lease); err != nil || len(again.Groups) != 0 {
				t.Errorf("%v: leased again: %+v, %v", jump, again, err)
			}
			if _, err := q.Lock(t.Context(), "box", "other", time.Minute); !errors.Is(err, queue.ErrLocked) {
				t.Errorf("%v: locked again: %v", jump, err)
			}
			if err := q.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if off := q.clock.Now().Sub(wall()).Abs(); off > mostDrift {
			t.Errorf("%v: the clock is %v off", jump, off)
		}
		if err := q.Relock(t.Context(), fence, time.Minute); err != nil {
			t.Errorf("%v: %v", jump, err)
		}
		if _, err := q.Report(t.Context(), b.Groups[0], []mail.Outcome{{Verdict: mail.Delivered}}); err != nil {
			t.Errorf("%v: %v", jump, err)
		}
	}
}

// A queue of every earlier version is brought up to date with what is in it.
func TestMigrations(t *testing.T) {
	for version := 1; version <= len(migrations); version++ {
		dir := t.TempDir()
		db, err := openDatabase(filepath.Join(dir, databaseName))
		if err != nil {
			t.Fatal(err)
		}
		script, err := os.ReadFile(fmt.Sprintf("testdata/schema%d.sql", version))
		if err != nil {
			t.Fatalf("version %d has no queue to test with: %v", version, err)
		}
		for n, sql := range append(slices.Clone(migrations[:version]), string(script), fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", version, applicationID)) {
			if _, err := db.Exec(sql); err != nil {
				t.Fatalf("version %d, step %d: %v", version, n, err)
			}
		}
		db.Close()
		if r, err := OpenReader(dir); (err == nil) != (version == len(migrations)) {
			t.Errorf("version %d: open reader: %v", version, err)
		} else if err == nil {
			r.Close()
		}
		q := open(t, dir, Options{})
		checkKept(t, q)
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// checkKept looks for what the files in testdata hold.
func checkKept(t *testing.T, q *Queue) {
	t.Helper()
	if all, _, err := q.Occupied(t.Context(), mail.Source{Name: "apps"}); err != nil || all != 1 {
		t.Errorf("occupied %d, %v", all, err)
	}
	if page, err := q.List(t.Context(), queue.Filter{MessageID: "<1@here.test>", Recipient: "X@one.test"}); err != nil || len(page.Records) != 1 {
		t.Errorf("found %+v, %v", page, err)
	}
	if body, err := q.Open(t.Context(), "0b3z0k4qg0aaaaaaaaaa"); err != nil {
		t.Error(err)
	} else if text, err := io.ReadAll(body); err != nil || string(text) != "hello!" {
		t.Errorf("its body is %q, %v", text, err)
	}
	b, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: "out", Worker: "w", Max: 5, Duration: time.Minute})
	if err != nil || len(b.Groups) != 1 || b.Groups[0].Mail.Subject != "Grüße" || b.Groups[0].Items[0].Address != "x@one.test" {
		t.Fatalf("leased %+v, %v", b, err)
	}
	if _, err := q.Report(t.Context(), b.Groups[0], []mail.Outcome{{Verdict: mail.Delivered}}); err != nil {
		t.Fatal(err)
	}
	if body, err := q.Open(t.Context(), "0b3z0k4qg0aaaaaaaaaa"); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("its body after delivery: %v, %v", body, err)
	}
	var left int
	if err := q.reader.db.QueryRow("SELECT (SELECT count(*) FROM body) + (SELECT count(*) FROM content)").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d bodies are left, %v", left, err)
	}
	if all, client, err := q.Occupied(t.Context(), mail.Source{Name: "apps"}); err != nil || all != 0 || client != 0 {
		t.Errorf("occupied %d, %d afterwards, %v", all, client, err)
	}
	debts, err := q.Owed(t.Context(), 10)
	if err != nil || len(debts) != 1 || debts[0].Recipients[0].Last.Code != 550 {
		t.Errorf("owed %+v, %v", debts, err)
	}
}

// A clock that was ahead and is set right makes nobody wait for the difference, whether the gateway runs meanwhile or not.
func TestClockSetBack(t *testing.T) {
	for _, restart := range []bool{false, true} {
		var ahead atomic.Int64
		ahead.Store(int64(3 * time.Hour))
		dir, opts := t.TempDir(), Options{Wall: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }}
		q := open(t, dir, opts)
		deferred := plainEntry("deferred@one.test", 10)
		deferred.NotBefore = q.clock.Now().Add(time.Hour)
		if _, err := q.Put(t.Context(), deferred); err != nil {
			t.Fatal(err)
		}
		tried := put(t, q, 10)
		lease := queue.LeaseRequest{Courier: "out", Worker: "w", Max: 5, Duration: time.Minute}
		b, err := q.Lease(t.Context(), lease)
		if err != nil || len(b.Groups) != 1 {
			t.Fatalf("leased %+v, %v", b, err)
		}
		if _, err := q.Report(t.Context(), b.Groups[0], []mail.Outcome{{}}); err != nil {
			t.Fatal(err)
		}
		fresh := put(t, q, 10)
		ahead.Store(0)
		if restart {
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			q = open(t, dir, opts)
		} else if err := q.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if b, err = q.Lease(t.Context(), lease); err != nil || len(b.Groups) != 1 || b.Groups[0].Mail.ID != fresh {
			t.Errorf("restart %v: leased %+v, %v; want %s", restart, b, err, fresh)
		}
		rec, err := q.Show(t.Context(), tried)
		if wait := time.Until(rec.Recipients[0].Next); err != nil || wait < time.Minute || wait > 10*time.Minute {
			t.Errorf("restart %v: what was tried waits for %v, %v", restart, wait, err)
		}
		page, err := q.List(t.Context(), queue.Filter{Recipient: "deferred@one.test"})
		if err != nil || time.Until(page.Records[0].Recipients[0].Next) < 3*time.Hour {
			t.Errorf("restart %v: what was deferred is due at %+v, %v", restart, page, err)
		}
	}
}
