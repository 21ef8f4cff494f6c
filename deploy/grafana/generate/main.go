// Command generate writes the Grafana boards of this folder's parent, one JSON file each:
//
//	go run ./deploy/grafana/generate deploy/grafana
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generate FOLDER")
		os.Exit(2)
	}
	for _, b := range boards() {
		data, err := b.encode()
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], b.Name+".json"), data, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}

// encode gives the board as Grafana imports it.
func (b board) encode() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(b.model())
	return out.Bytes(), err
}
