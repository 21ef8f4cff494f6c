package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
	"github.com/mapigate/mapigate/gateway/queue/wake"
)

// maxBatch bounds the jobs of one transaction, so that the first does not wait too long for the last.
const maxBatch = 256

// A writer is the one goroutine that changes the database.
type writer struct {
	db    *sql.DB
	conn  *sql.Conn
	clock func() time.Time
	wakes *wake.Calls
	// forget lets go of a body that no row names any more.
	forget func(mail.ID, spot)
	// sync sees to it that a segment is on the disk.
	sync   func(segment int64) error
	orders orders

	jobs chan *job
	mu   sync.RWMutex // guards closed; held for reading while a job is handed over
	shut bool
	done chan struct{} // closed when run has returned

	// What follows belongs to run.
	stmts  map[string]*sql.Stmt
	turns  map[string]*turns // by courier
	known  *known
	serial int64 // the last token or event time handed out
	stored int64 // the last one that is in the database
	// soonest is a time before which no lease lapses, in microseconds.
	soonest int64
}

// unknownTime is before every other.
const unknownTime = 0

// A job is one piece of a transaction. It fails alone: the others of the batch go on.
type job struct {
	// run may be called again when the transaction was rolled back, and must then do the same once more.
	run  func(*tx) error
	err  error
	done chan struct{}
}

func openWriter(path string, clock func() time.Time, w *wake.Calls, known int, forget func(mail.ID, spot)) (*writer, error) {
	db, err := openDatabase(path, "journal_mode(wal)", "synchronous(full)", "wal_autocheckpoint(4000)", "cache_size(-8192)", "temp_store(memory)")
	if err != nil {
		return nil, err
	}
	wr := &writer{
		db: db, clock: clock, wakes: w, forget: forget, stmts: map[string]*sql.Stmt{}, turns: map[string]*turns{}, known: newKnown(known),
		jobs: make(chan *job, maxBatch), done: make(chan struct{}),
	}
	if err := wr.start(context.Background()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	go wr.run()
	return wr, nil
}

func (w *writer) start(ctx context.Context) (err error) {
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return err
	}
	if err := migrate(ctx, w.conn); err != nil {
		return err
	}
	err = w.conn.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'serial'").Scan(&w.serial)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	w.stored = w.serial
	return err
}

// do runs a job in the next transaction and returns when that is on the disk. Once the job has been handed over it waits
// for the end, whatever becomes of ctx: half an answer would be none.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	j := &job{run: run, done: make(chan struct{})}
	if err := w.hand(ctx, j); err != nil {
		return err
	}
	<-j.done
	return j.err
}

func (w *writer) hand(ctx context.Context, j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.shut {
		return queue.ErrClosed
	}
	select {
	case w.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) close() error {
	w.mu.Lock()
	already := w.shut
	w.shut = true
	w.mu.Unlock()
	if !already {
		close(w.jobs)
	}
	<-w.done
	return errors.Join(w.conn.Close(), w.db.Close())
}

func (w *writer) run() {
	defer close(w.done)
	for first := range w.jobs {
		batch := w.collect(first)
		err := w.commit(batch)
		for _, j := range batch {
			if j.err == nil {
				j.err = err
			}
			close(j.done)
		}
	}
}

// collect takes what else waits already.
func (w *writer) collect(first *job) []*job {
	batch := []*job{first}
	for len(batch) < maxBatch {
		select {
		case j, ok := <-w.jobs:
			if !ok {
				return batch
			}
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit does the jobs in one transaction. An error means that none of them is done.
//
// A savepoint for each job would cost as much as the job: SQLite copies every page that it changes. So there are none at first, and only
// when a job fails that has changed something already all are done once more, each behind one.
func (w *writer) commit(batch []*job) error {
	err := w.transaction(batch, false)
	if !errors.Is(err, errSpoiled) {
		return err
	}
	if len(batch) == 1 && batch[0].err != nil {
		return batch[0].err
	}
	return w.transaction(batch, true)
}

// errSpoiled says that a job has failed which left something behind in the transaction.
var errSpoiled = errors.New("a job has failed")

func (w *writer) transaction(batch []*job, apart bool) (err error) {
	whole := &tx{w: w}
	if err := whole.exec("BEGIN IMMEDIATE"); err != nil {
		return classify("begin", err)
	}
	serial := w.serial
	defer func() {
		if err != nil {
			w.serial = serial
			w.soonest = unknownTime
			w.known.forgetAll()
			w.conn.ExecContext(context.Background(), "ROLLBACK") // fails when SQLite has done it already
		}
	}()
	b, stored := newEffects(), false
	for _, j := range batch {
		attempt := w.attempt
		if apart {
			attempt = w.attemptApart
		}
		effects, err := attempt(j)
		if err != nil {
			return err
		}
		if j.err == nil {
			b.add(effects)
		}
	}
	if !apart {
		f, err := w.fill(b)
		defer func() { f.end(stored) }()
		if err != nil {
			return errors.Join(errSpoiled, err)
		}
	}
	if err := w.flush(b); err != nil {
		return err
	}
	if err := whole.exec("COMMIT"); err != nil {
		return classify("commit", err)
	}
	stored = true
	w.stored = w.serial
	w.wakes.Wake(b.topics)
	for _, f := range b.forgotten {
		w.forget(f.mail, f.at)
	}
	return nil
}

// attempt runs one job. The error is about the transaction; that of the job is in j.err. One that fails without a change, and not by
// a fault of the database, harms nobody.
func (w *writer) attempt(j *job) (*effects, error) {
	t := &tx{w: w, now: w.clock(), effects: newEffects()}
	if j.err = j.run(t); j.err == nil {
		return t.effects, nil
	}
	spoiled := t.changed || primaryCode(j.err) != 0
	j.err = classify("write", j.err)
	if spoiled {
		return nil, errSpoiled
	}
	return nil, nil
}

// attemptApart runs one job behind a savepoint.
func (w *writer) attemptApart(j *job) (*effects, error) {
	t := &tx{w: w, now: w.clock(), effects: newEffects()}
	if err := t.exec("SAVEPOINT job"); err != nil {
		return nil, classify("savepoint", err)
	}
	if j.err = j.run(t); j.err != nil {
		j.err = classify("write", j.err)
		w.known.forgetAll()
		w.soonest = unknownTime
		if err := t.exec("ROLLBACK TO job"); err != nil {
			return nil, classify("savepoint", err)
		}
	}
	if err := t.exec("RELEASE job"); err != nil {
		return nil, classify("savepoint", err)
	}
	return t.effects, nil
}

// flush writes what the jobs have in common: synced bodies and folders, counts, the serial number.
func (w *writer) flush(b *effects) error {
	for segment := range b.segments {
		if err := w.sync(segment); err != nil {
			return classify("sync bodies", err)
		}
	}
	for dir := range b.dirs {
		if err := syncDir(dir); err != nil { // that it is there itself was synced when it was made
			return classify("sync folder", err)
		}
	}
	t := &tx{w: w, effects: b}
	for k, n := range b.depths {
		err := t.exec(`INSERT INTO depth (courier, state, n) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET n = n + excluded.n`, k.courier, int(k.state), n)
		if err != nil {
			return classify("count", err)
		}
	}
	for source, n := range b.occupied {
		if n == 0 {
			continue
		}
		err := t.exec(`INSERT INTO occupied (source, n) VALUES (?, max(0, ?))
			ON CONFLICT DO UPDATE SET n = max(0, n + ?)`, source, n, n)
		if err != nil {
			return classify("count", err)
		}
	}
	if w.serial != w.stored {
		if err := t.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('serial', ?)", w.serial); err != nil {
			return classify("serial", err)
		}
	}
	return nil
}

// effects are what a transaction does beside its rows: applied when it commits, forgotten when it does not.
type effects struct {
	depths map[depthKey]int64
	// occupied counts mails by source and lane.
	occupied map[string]int64
	dirs     map[string]bool
	segments map[int64]bool // that bodies were added to
	topics   map[queue.Topic]bool
	// forgotten are the bodies that no row names any more.
	forgotten []forgotten
}

// forgotten is a body, and where it was.
type forgotten struct {
	mail mail.ID
	at   spot
}

type depthKey struct {
	courier string
	state   queue.State
}

func newEffects() *effects {
	return &effects{depths: map[depthKey]int64{}, occupied: map[string]int64{}, dirs: map[string]bool{}, segments: map[int64]bool{}, topics: map[queue.Topic]bool{}}
}

func (e *effects) add(o *effects) {
	for k, n := range o.depths {
		e.depths[k] += n
	}
	for k, n := range o.occupied {
		e.occupied[k] += n
	}
	for d := range o.dirs {
		e.dirs[d] = true
	}
	for t := range o.topics {
		e.topics[t] = true
	}
	maps.Copy(e.segments, o.segments)
	e.forgotten = append(e.forgotten, o.forgotten...)
}

// A tx is the view that one job has of the transaction.
type tx struct {
	w   *writer
	now time.Time
	*effects
	// changed says that something may have been written.
	changed bool
}

// prepare gives the statement for a query; each query is prepared once.
func (t *tx) prepare(query string) (*sql.Stmt, error) {
	if s, ok := t.w.stmts[query]; ok {
		return s, nil
	}
	s, err := t.w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	t.w.stmts[query] = s
	return s, nil
}

func (t *tx) exec(query string, args ...any) error {
	_, err := t.result(query, args)
	return err
}

// execN is exec that says how many rows it has changed.
func (t *tx) execN(query string, args ...any) (int, error) {
	r, err := t.result(query, args)
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}

// insert is exec that gives the number of the row that it has inserted.
func (t *tx) insert(query string, args ...any) (int64, error) {
	r, err := t.result(query, args)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

func (t *tx) result(query string, args []any) (sql.Result, error) {
	s, err := t.prepare(query)
	if err != nil {
		return nil, err
	}
	t.changed = true
	return s.Exec(args...)
}

// row reads one row into dest; sql.ErrNoRows when there is none.
func (t *tx) row(query string, args []any, dest ...any) error {
	s, err := t.prepare(query)
	if err != nil {
		return err
	}
	return s.QueryRow(args...).Scan(dest...)
}

// rows calls scan for each row. scan must not use the transaction.
func (t *tx) rows(query string, args []any, scan func(*sql.Rows) error) error {
	s, err := t.prepare(query)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return err
	}
	return each(rows, scan)
}

// each calls scan for each row and closes rows.
func each(rows *sql.Rows, scan func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// serial gives a number that is greater than all before, and near the time in microseconds.
func (t *tx) serial() int64 {
	t.w.serial = max(t.w.serial+1, life.Micros(t.now))
	return t.w.serial
}

// moved counts a recipient that goes from one state to another; 0 is none.
func (t *tx) moved(courier string, from, to queue.State) {
	if from != 0 {
		t.depths[depthKey{courier, from}]--
	}
	if to != 0 {
		t.depths[depthKey{courier, to}]++
	}
}
