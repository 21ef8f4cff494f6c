package main

import (
	"bytes"
	"os"
	"testing"
)

func TestTableIsFresh(t *testing.T) {
	const dir = "../.."
	want, err := table(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(dir + "/registry_table.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("registry_table.go is stale: run go generate in mapiclient/mapi")
	}
}
