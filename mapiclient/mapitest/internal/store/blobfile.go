package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/journal"
)

// keep writes the value into a file of its own in dir, once, and gives its
// name. The file is on the disk when it returns, its name too.
func (b *Blob) keep(dir string) (string, error) {
	b.naming.Lock()
	defer b.naming.Unlock()
	if b.name != "" {
		return b.name, nil
	}
	name := rand.Text()
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("keeping a large value: %w", err)
	}
	_, err = io.Copy(f, io.NewSectionReader(b, 0, b.size))
	if err = errors.Join(err, f.Sync(), f.Close(), journal.SyncDir(dir)); err != nil {
		return "", fmt.Errorf("keeping a large value: %w", err)
	}
	b.name = name
	return name, nil
}

// fileName is the name that keep gave, or "".
func (b *Blob) fileName() string {
	b.naming.Lock()
	defer b.naming.Unlock()
	return b.name
}

// openBlob opens a value that was kept.
func openBlob(dir, name string) (*Blob, error) {
	if name == "" || strings.ContainsAny(name, `/\.`) {
		return nil, fmt.Errorf("%q is no name of a value", name)
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, fmt.Errorf("a large value: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Blob{file: f, size: info.Size(), name: name}, nil
}
