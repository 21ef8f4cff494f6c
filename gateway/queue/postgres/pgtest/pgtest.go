// Package pgtest starts a PostgreSQL server of its own from the installed package, for tests and harnesses: in a temporary
// directory, reached by a unix socket there, under an unprivileged user when the caller is root.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrMissing says that PostgreSQL is not installed.
var ErrMissing = errors.New("PostgreSQL is not installed (apt-get install postgresql)")

// A Server is a running PostgreSQL server.
type Server struct {
	bin, dir string
	owner    *syscall.SysProcAttr
	process  *exec.Cmd
	exited   chan struct{}
	foreign  string // the URL of one that is somebody else's
}

// startTimeout bounds initdb and the start.
const startTimeout = time.Minute

// Start makes a database cluster and serves it. Settings, such as "max_connections=200", go to the server.
// It fails with ErrMissing when there is no PostgreSQL on this machine.
func Start(ctx context.Context, settings ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	if s.dir, err = os.MkdirTemp("", "mapigate-postgres-"); err != nil {
		return nil, err
	}
	if err := s.start(ctx, settings); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Attach uses a server that runs already: another one that speaks PostgreSQL's protocol, or what stands in front of one. It cannot be
// killed; what Schema makes there stays.
func Attach(url string) *Server { return &Server{foreign: url} }

// binaries finds the newest server of the machine.
func binaries() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // Debian's place; the pattern is good
	sort.Slice(dirs, func(i, j int) bool { return version(dirs[i]) > version(dirs[j]) })
	for _, d := range dirs {
		if _, err := os.Stat(filepath.Join(d, "initdb")); err == nil {
			return d, nil
		}
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb), nil
	}
	return "", ErrMissing
}

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // 0 for what is no number
	return n
}

func (s *Server) start(ctx context.Context, settings []string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := s.unprivileged(); err != nil {
		return err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", s.data(), "-U", "mapigate", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = s.owner, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "\nlisten_addresses = ''\nunix_socket_directories = '%s'\n%s\n", s.dir, strings.Join(settings, "\n"))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return s.Serve(ctx)
}

// unprivileged chooses the user that the server runs as: it refuses to run as root.
func (s *Server) unprivileged() error {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2, os.Chown(s.dir, int(uid), int(gid))); err != nil {
			return err
		}
		s.owner = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return nil
	}
	return errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// errOldMemory: processes of the server that was killed have not ended yet.
var errOldMemory = errors.New("pre-existing shared memory block")

// Serve starts the server after Kill, and waits until it answers.
func (s *Server) Serve(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := s.serve(ctx)
		if !errors.Is(err, errOldMemory) || ctx.Err() != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (s *Server) serve(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	before, err := log.Stat()
	if err != nil {
		return err
	}
	s.process = exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.data())
	s.process.SysProcAttr, s.process.Dir, s.process.Stdout, s.process.Stderr = s.owner, s.dir, log, log
	if err := s.process.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	s.exited = exited
	go func() { defer close(exited); s.process.Wait() }() // ends with the process, which Kill and Close wait for
	for {
		c, err := pgx.Connect(ctx, s.URL(""))
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case <-exited:
			all, _ := os.ReadFile(log.Name())
			words := string(all[min(before.Size(), int64(len(all))):])
			if strings.Contains(words, errOldMemory.Error()) {
				return errOldMemory
			}
			return fmt.Errorf("the server ended: %s", words)
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// URL is how to reach the server; schema, when set, is where unqualified names lie.
func (s *Server) URL(schema string) string {
	if s.foreign != "" {
		return s.foreignURL(schema)
	}
	q := url.Values{"host": {s.dir}}
	if schema != "" {
		q.Set("search_path", schema)
	}
	return (&url.URL{Scheme: "postgres", User: url.User("mapigate"), Path: "/postgres", RawQuery: q.Encode()}).String()
}

// foreignURL names the database that stands for a schema.
func (s *Server) foreignURL(database string) string {
	u, err := url.Parse(s.foreign)
	if err != nil || database == "" {
		return s.foreign
	}
	u.Path = "/" + database
	return u.String()
}

// Schema makes an empty schema and gives the URL to it.
func (s *Server) Schema(ctx context.Context) (string, error) {
	c, err := pgx.Connect(ctx, s.URL(""))
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	name := "s" + strings.ToLower(rand.Text())
	kind := "SCHEMA "
	if s.foreign != "" { // a pooler knows no search_path of its clients
		kind = "DATABASE "
	}
	_, err = c.Exec(ctx, "CREATE "+kind+name)
	return s.URL(name), err
}

// Kill ends the server as a power cut would: every process at once, nothing flushed.
func (s *Server) Kill() error {
	// The postmaster's children notice its death and end too; the next start waits for that.
	err := s.process.Process.Kill()
	<-s.exited
	return err
}

// Close ends the server and removes its files.
func (s *Server) Close() error {
	if s.foreign != "" {
		return nil
	}
	if s.process != nil && s.process.Process != nil {
		s.process.Process.Signal(syscall.SIGINT) // fast shutdown; fails when it has ended already
		select {
		case <-s.exited:
		case <-time.After(10 * time.Second):
			s.process.Process.Kill()
			<-s.exited
		}
	}
	return os.RemoveAll(s.dir)
}
