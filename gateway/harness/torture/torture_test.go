package main

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// TestMain lets the test binary play the roles.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		if err := start(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "torture:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestTally(t *testing.T) {
	stories := map[string]told{
		"cut": {found: true, lostAnswers: 1}, "a": {found: true}, "waits": {found: true, open: true}, "failed": {found: true, failed: true},
	}
	for _, tt := range []struct {
		name     string
		accepted []string
		arrived  [][2]string // id, where
		want     result
		fine     bool
	}{
		{"all arrived", []string{"a", "b"}, [][2]string{{"a", internet}, {"b", mailbox}}, result{accepted: 2, arrived: 2}, true},
		{"one lost", []string{"a", "b"}, [][2]string{{"a", internet}}, result{accepted: 2, arrived: 1, lost: 1}, false},
		{"waits", []string{"waits"}, nil, result{accepted: 1, queued: 1}, true},
		{"bounced", []string{"failed"}, nil, result{accepted: 1, bounced: 1}, true},
		{"arrived without being accepted", []string{"a"}, [][2]string{{"a", internet}, {"x", internet}}, result{accepted: 1, arrived: 1}, true},
		{"doubled, the answer was lost", []string{"cut"}, [][2]string{{"cut", internet}, {"cut", internet}}, result{accepted: 1, arrived: 1, doubled: 1}, true},
		{"three copies, one answer lost", []string{"cut"}, [][2]string{{"cut", internet}, {"cut", internet}, {"cut", internet}}, result{accepted: 1, arrived: 1, doubled: 1, unexplained: 1}, false},
		{"doubled for nothing", []string{"a"}, [][2]string{{"a", internet}, {"a", internet}}, result{accepted: 1, arrived: 1, doubled: 1, unexplained: 1}, false},
		{"doubled in a mailbox", []string{"cut"}, [][2]string{{"cut", mailbox}, {"cut", mailbox}}, result{accepted: 1, arrived: 1, doubled: 1, unexplained: 1}, false},
	} {
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
		got, err := books.tally(func(id string) (told, error) { return stories[id], nil })
		if err != nil || got != tt.want || got.fine() != tt.fine {
			t.Errorf("%s: %+v, fine %v, %v; want %+v, %v", tt.name, got, got.fine(), err, tt.want, tt.fine)
		}
	}
}

// A short form of make torture.
func TestTorture(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills processes for half a minute; not with -short")
	}
	fine, err := torture(options{
		name: "torture", engines: "sqlite", kills: 20, saved: 50, seed: time.Now().UnixNano(), out: t.TempDir(), limit: 5 * time.Minute,
	})
	if err != nil || !fine {
		t.Errorf("fine: %v, %v", fine, err)
	}
}
