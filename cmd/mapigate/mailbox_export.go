package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type mailboxExportCommand struct {
	accessFlags
	Output string `short:"o" placeholder:"FOLDER" help:"Write one .eml file for each message there."`
	Mbox   string `placeholder:"FILE" help:"Write one mbox file, - being standard output."`
	Place  string `arg:"" help:"A folder, or ADDRESS/FOLDER."`
}

// Run writes the messages of a folder.
func (c mailboxExportCommand) Run(ctx context.Context, std streams) error {
	if (c.Output == "") == (c.Mbox == "") {
		return usagef("mailbox export: give either -o FOLDER or --mbox FILE")
	}
	p := parsePlace(c.Place, false)
	b, err := c.open(ctx, p.mailbox)
	if err != nil {
		return err
	}
	defer b.close(ctx)
	list, err := b.messages(ctx, p.folder)
	if err != nil {
		return err
	}
	e := exporter{ctx: ctx, box: b, std: std}
	if c.Output != "" {
		err = e.files(list, c.Output)
	} else {
		err = e.mbox(list, c.Mbox)
	}
	fmt.Fprintf(std.err, "mapigate: %d of %d messages written\n", e.written, len(list))
	return err
}

// An exporter writes the messages of one folder.
type exporter struct {
	ctx     context.Context
	box     box
	std     streams
	written int
}

// files writes each message to a file named by its id.
func (e *exporter) files(list []messageInfo, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, m := range list {
		f, err := os.CreateTemp(dir, ".export-") // mode 0600
		if err != nil {
			return err
		}
		err = errors.Join(e.message(f, m), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), filepath.Join(dir, m.ID+".eml"))
		}
		if err != nil {
			return errors.Join(err, os.Remove(f.Name()))
		}
		e.written++
	}
	return nil
}

func (e *exporter) message(w io.Writer, m messageInfo) error {
	losses, err := e.box.write(e.ctx, w, m.Folder, m.ID, false)
	for _, l := range losses {
		fmt.Fprintf(e.std.err, "mapigate: %s: lost: %v\n", m.Place, l)
	}
	return err
}

// mbox writes all messages one after another in the form called mboxrd.
func (e *exporter) mbox(list []messageInfo, file string) (err error) {
	out := e.std.out
	if file != "-" {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = f
	}
	for _, m := range list {
		if _, err := io.WriteString(out, fromLine(m)); err != nil {
			return err
		}
		w := &mboxWriter{w: out}
		if err := e.message(w, m); err != nil {
			return err
		}
		if err := w.end(); err != nil {
			return err
		}
		e.written++
	}
	return nil
}

// fromLine begins a message of an mbox file. RFC 4155
func fromLine(m messageInfo) string {
	sender := m.From
	if sender == "" || strings.ContainsAny(sender, " \t\r\n") {
		sender = "MAILER-DAEMON"
	}
	return "From " + sender + " " + m.Time.UTC().Format(time.ANSIC) + "\n"
}

// An mboxWriter turns CRLF into LF and puts ">" before lines that would look
// like the beginning of a message, however many ">" they have already.
type mboxWriter struct {
	w    io.Writer
	line []byte
}

// Write implements io.Writer.
func (m *mboxWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			m.line = append(m.line, p...)
			break
		}
		m.line = append(m.line, p[:i]...)
		p = p[i+1:]
		if err := m.flush(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (m *mboxWriter) flush() error {
	line := bytes.TrimSuffix(m.line, []byte("\r"))
	if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
		if _, err := io.WriteString(m.w, ">"); err != nil {
			return err
		}
	}
	_, err := m.w.Write(append(line, '\n'))
	m.line = m.line[:0]
	return err
}

// end ends the message with an empty line.
func (m *mboxWriter) end() error {
	if len(m.line) > 0 {
		if err := m.flush(); err != nil {
			return err
		}
	}
	_, err := io.WriteString(m.w, "\n")
	return err
}
