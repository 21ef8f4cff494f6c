package main

import (
	"context"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/mapiclient/trace"
)

type ropCommand struct {
	Decode ropDecodeCommand `cmd:"" help:"Print what a captured buffer says."`
}

type ropDecodeCommand struct {
	File string `arg:"" optional:"" placeholder:"FILE" help:"The captured buffer (default: standard input)."`
}

// Help says what is understood.
func (ropDecodeCommand) Help() string {
	return `The file is a recording, or the body of an Execute request, an extended ROP buffer or the bare ROPs: as bytes, in
hexadecimal or in base64. In the last two forms an answer may follow its request behind an empty line.`
}

// maxCaptured bounds what is read, in bytes.
const maxCaptured = 64 << 20

// Run decodes.
func (c ropDecodeCommand) Run(ctx context.Context, std cli.Streams) error {
	in, err := cli.OpenInput(ctx, c.File, std.In)
	if err != nil {
		return err
	}
	defer in.Close()
	captured, err := io.ReadAll(io.LimitReader(in, maxCaptured+1))
	if err != nil {
		return err
	}
	if len(captured) > maxCaptured {
		return fmt.Errorf("more than %d MiB", maxCaptured>>20)
	}
	return trace.Buffer(std.Out, captured)
}
