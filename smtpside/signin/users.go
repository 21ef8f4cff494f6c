package signin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/smtpside"
)

const (
	maxUsersFile  = 16 << 20
	usersInterval = time.Second // how often the file is looked at
)

// Users checks passwords against a file of lines
//
//	name:hash
//
// where a hash is bcrypt's ($2a$, $2b$, $2y$) or argon2id's ($argon2id$v=19$m=…,t=…,p=…$salt$hash). Empty lines and lines that
// start with # mean nothing. Names are compared exactly. The file is read again when it has changed; a broken one is logged
// and the old one stays in force.
type Users struct {
	path string
	log  *slog.Logger
	work chan struct{} // bounds the hashing at one time: each takes a core, argon2id also memory

	mu      sync.Mutex
	hashes  map[string]passwordHash
	dummy   passwordHash // checked for names that are not there, so that time does not tell
	seen    os.FileInfo
	checked time.Time
}

// OpenUsers reads the file; its errors name file and line. log is told of later changes; nil is silent.
func OpenUsers(path string, log *slog.Logger) (*Users, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	u := &Users{path: path, log: log, work: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if err := u.load(); err != nil {
		return nil, err
	}
	return u, nil
}

// Check implements Checker.
func (u *Users) Check(ctx context.Context, _ *smtpside.Peer, cred smtpside.Credentials) (string, error) {
	hash, known := u.lookup(cred.Username)
	select {
	case u.work <- struct{}{}:
		defer func() { <-u.work }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if ok := hash.matches(cred.Password); !ok || !known {
		return "", smtpside.AuthFailed("")
	}
	return cred.Username, nil
}

// Knows tells whether a name stands in the file.
func (u *Users) Knows(name string) bool {
	_, known := u.lookup(name)
	return known
}

// lookup returns the hash to check for a name, and whether it counts.
func (u *Users) lookup(name string) (passwordHash, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now := time.Now(); now.Sub(u.checked) >= usersInterval {
		u.checked = now
		u.reload()
	}
	if hash, ok := u.hashes[name]; ok {
		return hash, true
	}
	return u.dummy, false
}

// reload reads the file again if it has changed. Called with mu held.
func (u *Users) reload() {
	info, err := os.Stat(u.path)
	if err == nil && sameFile(info, u.seen) {
		return
	}
	if err == nil {
		err = u.load()
	}
	if err != nil {
		u.log.Error("users file not read again, the old one stays in force", "error", err)
		return
	}
	u.log.Info("users file read again", "file", u.path, "users", len(u.hashes))
}

func sameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// load reads the file.
func (u *Users) load() error {
	f, err := os.Open(u.path)
	if err != nil {
		return fmt.Errorf("users file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("users file: %w", err)
	}
	u.seen = info // also of a broken file: its error is told once
	hashes, err := readUsers(u.path, f)
	if err != nil {
		return err
	}
	u.hashes, u.dummy = hashes, dummyHash(hashes)
	return nil
}

// readUsers parses a users file; name is for its errors.
func readUsers(name string, r io.Reader) (map[string]passwordHash, error) {
	hashes := make(map[string]passwordHash)
	lines := bufio.NewScanner(io.LimitReader(r, maxUsersFile))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		user, hash, err := parseUser(line)
		if err == nil && hashes[user] != nil {
			err = fmt.Errorf("user %q stands here a second time", user)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		hashes[user] = hash
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return hashes, nil
}

// parseUser reads one line. Hashes have no colon, names may.
func parseUser(line string) (string, passwordHash, error) {
	colon := strings.LastIndexByte(line, ':')
	if colon <= 0 {
		return "", nil, errors.New("a line is name:hash")
	}
	hash, err := parseHash(line[colon+1:])
	return line[:colon], hash, err
}
