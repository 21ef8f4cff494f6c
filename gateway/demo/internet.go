package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// A Letter is the envelope of a mail that reached the demo's internet.
type Letter struct {
	// Name is the file's, without .eml.
	Name string    `json:"name"`
	From string    `json:"from"`
	To   []string  `json:"to"`
	Time time.Time `json:"time"`
}

// Letters lists what lies in the folder of the demo's internet, the oldest first.
func Letters(dir string) ([]Letter, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	sort.Strings(files)
	list := make([]Letter, 0, len(files))
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return list, err
		}
		var l Letter
		if err := json.Unmarshal(b, &l); err != nil {
			return list, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, l)
	}
	return list, nil
}

// OpenLetter opens the mail of a letter.
func OpenLetter(dir, name string) (*os.File, error) {
	if name == "" || strings.ContainsAny(name, `/\.`) {
		return nil, fmt.Errorf("%q is no name of a letter", name)
	}
	f, err := os.Open(filepath.Join(dir, name+".eml"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no letter %s", name)
	}
	return f, err
}

// keepLetter writes a mail and then its envelope, so that whoever sees the
// envelope finds the mail.
func keepLetter(dir string, l Letter, raw []byte) error {
	if err := replaceFile(filepath.Join(dir, l.Name+".eml"), raw); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, l.Name+".json"), l)
}
