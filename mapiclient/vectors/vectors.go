// Package vectors gives tests the worked examples of Microsoft's Open
// Specifications and keeps the count of those that are covered.
//
//  1. A room that can check examples has a test named TestVectors, which calls
//     [Test] with what it covers and what it leaves out, and why.
//  2. When the environment names a folder in LedgerEnv, each room writes down
//     there how its examples fared.
//  3. [Count] adds the ledgers up over the whole house (make vectors). What no
//     room speaks for has failed.
//
// Only tests and the tally command import it.
package vectors

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Environment variables.
const (
	// SharedEnv names the folder that holds vectors/; by default it is ../shared
	// relative to the repository.
	SharedEnv = "MAPIGATE_SHARED"
	// LedgerEnv names the folder for the ledgers.
	LedgerEnv = "MAPIGATE_VECTORS_LEDGER"
)

// A Vector is one worked example: bytes, and what they mean.
type Vector struct {
	// Key is the specification, section and number of the example, such as
	// MS-OXCFOLD_4.1.1_01.
	Key string
	// Title tells what it is about, Kind what the bytes are.
	Title, Kind string
	Bytes       []byte
	// Plain is the decompressed form, and Text the printed one, where there is one.
	Plain  []byte
	Text   string
	Fields []Field
	// Notes and Suspect warn of what is odd or wrong with the page.
	Notes, Suspect string
}

// A Field is a name and a value as the page prints them.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Dir gives the folder of the vectors, or an error that says why there is none.
func Dir() (string, error) {
	shared := os.Getenv(SharedEnv)
	if shared == "" {
		root, err := repository()
		if err != nil {
			return "", err
		}
		shared = filepath.Join(root, "..", "shared")
	}
	dir := filepath.Join(shared, "vectors")
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("no vectors (set %s): %w", SharedEnv, err)
	}
	return dir, nil
}

// repository finds the folder of go.mod above the working folder.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod above the working folder")
		}
		dir = up
	}
}

// Load reads all vectors of a folder, by key.
func Load(dir string) (map[string]Vector, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	all := make(map[string]Vector, len(files))
	for _, file := range files {
		v, err := read(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		if _, twice := all[v.Key]; twice {
			return nil, fmt.Errorf("%s: there are two vectors %s", filepath.Base(file), v.Key)
		}
		all[v.Key] = v
	}
	return all, nil
}

func read(file string) (Vector, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Vector{}, err
	}
	var raw struct {
		Title, Kind, Hex, Text, Notes, Suspect string
		PlainHex                               string `json:"plain_hex"`
		Fields                                 []Field
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return Vector{}, err
	}
	v := Vector{Title: raw.Title, Kind: raw.Kind, Text: raw.Text, Fields: raw.Fields, Notes: raw.Notes, Suspect: raw.Suspect}
	parts := strings.SplitN(filepath.Base(file), "_", 4)
	if len(parts) != 4 {
		return v, fmt.Errorf("the file's name is not of the form specification_section_number_title.json")
	}
	v.Key = strings.Join(parts[:3], "_")
	if v.Bytes, err = hex.DecodeString(raw.Hex); err == nil {
		v.Plain, err = hex.DecodeString(raw.PlainHex)
	}
	return v, err
}
