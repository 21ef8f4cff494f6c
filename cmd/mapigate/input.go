package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// An input is a file, or standard input kept in one, with random access.
type input struct {
	*io.SectionReader
	name  string
	close func() error
}

// Close gives back what the input holds.
func (in *input) Close() error { return in.close() }

// openInput opens a file; without a name, or with "-", what stdin has.
func openInput(ctx context.Context, name string, stdin io.Reader) (*input, error) {
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
			in.name = name
		}
		return in, err
	}
	return &input{SectionReader: io.NewSectionReader(f, 0, info.Size()), name: name, close: f.Close}, nil
}

// spool copies r into a temporary file that is gone when the input is closed.
func spool(ctx context.Context, r io.Reader) (*input, error) {
	f, err := os.CreateTemp("", "mapigate-input-")
	if err != nil {
		return nil, err
	}
	remove := func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
	n, err := copyUntil(ctx, f, r)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the message: %w", err), remove())
	}
	return &input{SectionReader: io.NewSectionReader(f, 0, n), name: "standard input", close: remove}, nil
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
