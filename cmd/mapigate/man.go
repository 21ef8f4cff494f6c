package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"
	mangokong "github.com/alecthomas/mango-kong"
	"github.com/muesli/roff"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

type manCommand struct {
	Folder string `placeholder:"FOLDER" help:"Write mapigate.1.gz into this folder instead."`
}

// Run prints the man page, which is made from the commands themselves.
func (c manCommand) Run(parser *kong.Kong, std cli.Streams) error {
	page := mangokong.NewManPage(1, parser.Model).Build(dated{roff.NewDocument(), committed(buildInfo())})
	if c.Folder == "" {
		_, err := io.WriteString(std.Out, page)
		return err
	}
	return writeGzip(filepath.Join(c.Folder, "mapigate.1.gz"), page)
}

// dated is a document with a date of ours: the same program must print the same page on every day.
type dated struct {
	*roff.Document
	on time.Time
}

// Heading implements mango.Builder.
func (d dated) Heading(section uint, title, description string, _ time.Time) {
	d.Document.Heading(section, title, description, d.on)
}

// writeGzip writes a file that is the same for the same text.
func writeGzip(name, text string) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if closing := f.Close(); err == nil {
			err = closing
		}
	}()
	z := gzip.NewWriter(f)
	if _, err := io.WriteString(z, text); err != nil {
		return err
	}
	return z.Close()
}
