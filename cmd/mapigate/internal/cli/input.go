package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// An Input is a file, or standard input kept in one, with random access.
type Input struct {
	*io.SectionReader
	Name  string
	close func() error
}

// Close gives back what the input holds.
func (in *Input) Close() error { return in.close() }

// OpenInput opens a file; without a name, or with "-", what stdin has.
func OpenInput(ctx context.Context, name string, stdin io.Reader) (*Input, error) {
	if name == "" || name == "-" {
		return spool(ctx, stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, errors.Join(err, f.Close())
	case info.IsDir():
		return nil, errors.Join(fmt.Errorf("%s is a folder, not a message", name), f.Close())
	case !info.Mode().IsRegular(): // a pipe has no size
		defer f.Close()
		in, err := spool(ctx, f)
		if in != nil {
			in.Name = name
		}
		return in, err
	}
	return &Input{SectionReader: io.NewSectionReader(f, 0, info.Size()), Name: name, close: f.Close}, nil
}

// spool copies r into a temporary file that is gone when the input is closed.
func spool(ctx context.Context, r io.Reader) (*Input, error) {
	f, err := os.CreateTemp("", "mapigate-input-")
	if err != nil {
		return nil, err
	}
	remove := func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
	n, err := copyUntil(ctx, f, r)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the message: %w", err), remove())
	}
	return &Input{SectionReader: io.NewSectionReader(f, 0, n), Name: "standard input", close: remove}, nil
}

// copyUntil is io.Copy that returns when ctx ends, since a read from a
// terminal cannot be ended. The read goes on until the process does.
func copyUntil(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	type result struct {
		n   int64
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := io.Copy(w, r)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}
