package backup

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// A record is what a manifest knows of one message. Keys are in hex.
type record struct {
	// Key is the source key, which names the message on its server.
	Key string `json:"key"`
	// File is the file below the folder's place on disk, with slashes; that of
	// an mbox holds others as well.
	File string `json:"file"`
	// Change names the content that was exported. [MS-OXCFXICS] 2.2.1.2.7
	Change    string    `json:"change"`
	States    States    `json:"states"`
	Time      time.Time `json:"time,omitzero"`
	Class     string    `json:"class"`
	SearchKey string    `json:"search_key,omitempty"`
	// Gone says that the server no longer has it in this folder.
	Gone bool `json:"gone,omitempty"`
}

// A line of a manifest is one of these.
type line struct {
	Message *record `json:"message,omitempty"`
	// Forget is the key of a message whose file was removed.
	Forget string `json:"forget,omitempty"`
	// State is where the next synchronisation begins.
	State []byte `json:"state,omitempty"`
}

// A manifest is what is known of the messages of one folder: a file of JSON
// lines, the last of a message being the one that counts. Lines are added
// while messages come; at the end it is written anew.
type manifest struct {
	path    string
	state   []byte
	records map[string]*record
	journal *os.File
	dirty   bool // the file has lines that are not needed, or lacks the state
}

// openManifest reads a manifest, or begins one. A last line that was not
// written to its end does not count.
func openManifest(path string) (*manifest, error) {
	m := &manifest{path: path, records: make(map[string]*record)}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, disk(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for n := 1; ; n++ {
		b, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(b) > 0 {
				m.dirty = true
			}
			return m, nil
		}
		if err != nil {
			return nil, disk(err)
		}
		var l line
		if err := json.Unmarshal(b, &l); err != nil {
			return nil, fmt.Errorf("%s:%d: %w; remove this file, and the folder is exported again", path, n, err)
		}
		m.take(l)
	}
}

func (m *manifest) take(l line) {
	switch {
	case l.Message != nil:
		m.records[l.Message.Key] = l.Message
	case l.Forget != "":
		delete(m.records, l.Forget)
	case l.State != nil:
		m.state = l.State
	}
}

// note adds what was done.
func (m *manifest) note(l line) error {
	if m.journal == nil {
		if m.dirty { // behind half a line nothing could be read
			if err := m.rewrite(); err != nil {
				return err
			}
		}
		f, err := os.OpenFile(m.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return disk(err)
		}
		m.journal = f
	}
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if _, err := m.journal.Write(append(b, '\n')); err != nil {
		return disk(err)
	}
	m.take(l)
	m.dirty = true
	return nil
}

// commit ends a run over the folder: the next one begins with the state.
func (m *manifest) commit(state []byte) error {
	if !m.dirty && string(state) == string(m.state) {
		return nil
	}
	m.state = state
	return m.rewrite()
}

func (m *manifest) rewrite() error {
	if err := m.close(); err != nil {
		return err
	}
	err := whole(m.path, func(f *os.File) error {
		w := bufio.NewWriter(f)
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for _, r := range m.sorted() {
			if err := e.Encode(line{Message: r}); err != nil {
				return err
			}
		}
		if m.state != nil {
			if err := e.Encode(line{State: m.state}); err != nil {
				return err
			}
		}
		return w.Flush()
	})
	m.dirty = err != nil
	return err
}

// sorted gives the records, the oldest first.
func (m *manifest) sorted() []*record {
	list := make([]*record, 0, len(m.records))
	for _, r := range m.records {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *record) int {
		if c := a.Time.Compare(b.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return list
}

func (m *manifest) close() error {
	if m.journal == nil {
		return nil
	}
	err := m.journal.Close()
	m.journal = nil
	return disk(err)
}
