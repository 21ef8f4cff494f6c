package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mapigate/mapigate/gateway/queue"
)

// An inUse says that this process serves the queue. It is an exclusive lock on a database file of its own:
// the operating system drops it when the process dies, and SQLite knows how to lock on every system.
type inUse struct {
	db   *sql.DB
	conn *sql.Conn
	pid  string
}

func takeInUse(dir string) (*inUse, error) {
	db, err := openDatabase(filepath.Join(dir, "serving.lock"))
	if err != nil {
		return nil, err
	}
	u := &inUse{db: db, pid: filepath.Join(dir, "serving.pid")}
	if err := u.lock(context.Background()); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return u, nil
}

func (u *inUse) lock(ctx context.Context) (err error) {
	if u.conn, err = u.db.Conn(ctx); err != nil {
		return err
	}
	if _, err := u.conn.ExecContext(ctx, "PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE"); err != nil {
		if isBusy(err) {
			return fmt.Errorf("%w (%s)", queue.ErrInUse, u.holder())
		}
		return fmt.Errorf("lock: %w", err)
	}
	return os.WriteFile(u.pid, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600)
}

// holder names the process that holds the lock, as far as it can be known.
func (u *inUse) holder() string {
	b, err := os.ReadFile(u.pid)
	if pid := strings.TrimSpace(string(b)); err == nil && pid != "" {
		return "process " + pid
	}
	return "its number is not known"
}

func (u *inUse) release() error {
	os.Remove(u.pid) // only for people: the lock is what counts
	return errors.Join(u.conn.Close(), u.db.Close())
}
