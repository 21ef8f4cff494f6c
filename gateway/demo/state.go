package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A State tells other processes of the same user where a running demo is. The
// file that holds it is readable by that user alone.
type State struct {
	// PID is the process of the demo.
	PID int `json:"pid"`
	// AutodiscoverURL finds the mailboxes, CA is the PEM certificate to trust.
	AutodiscoverURL string `json:"autodiscover_url"`
	CA              string `json:"ca"`
	// Mailboxes are the addresses that have one, which are their login names as
	// well. Password opens all of them.
	Mailboxes []string `json:"mailboxes"`
	Password  string   `json:"password"`
	// SMTP and Admin are where the gateway listens.
	SMTP  string `json:"smtp"`
	Admin string `json:"admin"`
	// Internet is the folder where mail to other domains ends: NAME.eml with
	// NAME.json beside it, a [Letter].
	Internet string `json:"internet"`
	// Data is the gateway's data folder.
	Data string `json:"data"`
}

// stateVariable names a file to use instead of the usual one.
const stateVariable = "MAPIGATE_DEMO_STATE"

// StatePath gives the file that holds the state of this user's demo.
func StatePath() string {
	if path := os.Getenv(stateVariable); path != "" {
		return path
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "mapigate", "demo.json")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("mapigate-demo-%d.json", os.Getuid()))
}

// ErrNotRunning says that no demo has left its state.
var ErrNotRunning = errors.New("no demo is running here; start one with: mapigate demo")

// ReadState gives the state of the running demo.
func ReadState() (*State, error) {
	path := StatePath()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, fmt.Errorf("state of the demo: %w", err)
	}
	var s State
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("state of the demo: %s: %w", path, err)
	}
	return &s, nil
}

// write replaces the file.
func (s *State) write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("state of the demo: %w", err)
	}
	if err := writeFile(path, s); err != nil {
		return fmt.Errorf("state of the demo: %w", err)
	}
	return nil
}

// remove takes the file away unless another demo has put its own there.
func (s *State) remove(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var now State
	if json.Unmarshal(b, &now) == nil && now.PID != s.PID {
		return nil
	}
	return os.Remove(path)
}

// writeFile writes a value as JSON so that readers see all of it or nothing.
func writeFile(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(path, append(b, '\n'))
}

// replaceFile writes a file beside its place, then moves it there.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
