package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTally(t *testing.T) {
	tests := []struct {
		name     string
		accepted []string
		arrived  [][2]string // id, where
		want     result
		fine     bool
	}{
		{"all arrived", []string{"a", "b"}, [][2]string{{"a", "sink"}, {"b", "mailbox"}}, result{2, 2, 0, 0, 0}, true},
		{"one lost", []string{"a", "b"}, [][2]string{{"a", "sink"}}, result{2, 1, 1, 0, 0}, false},
		{"arrived without being accepted", []string{"a"}, [][2]string{{"a", "sink"}, {"x", "sink"}}, result{1, 1, 0, 0, 0}, true},
		{"doubled by a kill", []string{"cut"}, [][2]string{{"cut", "sink"}, {"cut", "sink"}}, result{1, 1, 0, 1, 0}, true},
		{"three copies, one kill", []string{"cut"}, [][2]string{{"cut", "sink"}, {"cut", "sink"}, {"cut", "sink"}}, result{1, 1, 0, 1, 1}, false},
		{"doubled for nothing", []string{"a"}, [][2]string{{"a", "sink"}, {"a", "sink"}}, result{1, 1, 0, 1, 1}, false},
		{"a retry after an answer is no excuse", []string{"retried"}, [][2]string{{"retried", "sink"}, {"retried", "sink"}}, result{1, 1, 0, 1, 1}, false},
		{"doubled in a mailbox", []string{"cut"}, [][2]string{{"cut", "mailbox"}, {"cut", "mailbox"}}, result{1, 1, 0, 1, 1}, false},
	}
	log := filepath.Join(t.TempDir(), "log")
	err := os.WriteFile(log, []byte(`{"event":"tried","message_id":"cut","attempt":2}
{"event":"`+afterDoubt+`","message_id":"cut"}
not JSON
{"event":"tried","message_id":"retried","attempt":3}
{"event":"tried","message_id":"a","attempt":1}
{"event":"tried","message_id":"a","att`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	known, err := readTries(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			books, err := openLedgers(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer books.close()
			for _, id := range tt.accepted {
				if err := books.accept(id); err != nil {
					t.Fatal(err)
				}
			}
			for _, a := range tt.arrived {
				books.arrive(a[0], a[1], time.Now())
			}
			got := books.tally(known)
			if got != tt.want || got.fine() != tt.fine {
				t.Errorf("%+v, fine %v; want %+v, %v", got, got.fine(), tt.want, tt.fine)
			}
		})
	}
}

// TestCrash is a short form of make crash.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the gateway and kills it for some seconds; not with -short")
	}
	out := t.TempDir()
	if ok, err := run(200, 40, 3, out); err != nil || !ok {
		t.Errorf("fine: %v, %v", ok, err)
	}
}
