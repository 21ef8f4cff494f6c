package backup

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// A diskError says that the destination cannot be written: nothing goes on then.
type diskError struct{ err error }

// Error implements error.
func (e *diskError) Error() string { return e.err.Error() }

// Unwrap gives what went wrong.
func (e *diskError) Unwrap() error { return e.err }

func disk(err error) error {
	if err == nil {
		return nil
	}
	return &diskError{err}
}

// A diskWriter marks the errors of a file as those of the destination.
type diskWriter struct{ f *os.File }

// Write implements io.Writer.
func (d diskWriter) Write(b []byte) (int, error) {
	n, err := d.f.Write(b)
	return n, disk(err)
}

// unixLines turns CRLF into LF.
type unixLines struct {
	w  *bufio.Writer
	cr bool
}

// Write implements io.Writer.
func (u *unixLines) Write(p []byte) (int, error) {
	for _, b := range p {
		if u.cr && b != '\n' {
			_ = u.w.WriteByte('\r')
		}
		if u.cr = b == '\r'; !u.cr {
			_ = u.w.WriteByte(b)
		}
	}
	_, err := u.w.Write(nil) // the first error sticks
	return len(p), err
}

// whole writes a file that is either there as it should be or as it was before.
func whole(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return disk(err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return disk(fmt.Errorf("writing %s: %w", path, err))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes what was renamed in a folder last.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be opened for that
	}
	d, err := os.Open(dir)
	if err != nil {
		return disk(err)
	}
	return disk(errors.Join(d.Sync(), d.Close()))
}

func writeJSON(path string, v any) error {
	return whole(path, func(f *os.File) error {
		e := json.NewEncoder(f)
		e.SetIndent("", " ")
		e.SetEscapeHTML(false)
		return e.Encode(v)
	})
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// makeDir makes a folder and those above it, for its owner alone.
func makeDir(dir string) error { return disk(os.MkdirAll(dir, 0o700)) }

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
