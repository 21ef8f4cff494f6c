package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// crashDirEnv makes the test binary the process that is killed: it puts mail into the queue in that folder and prints
// each id when Put has returned.
const crashDirEnv = "MAPIGATE_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDirEnv); dir != "" {
		crashChild(dir)
		return
	}
	os.Exit(m.Run())
}

// crashChild puts small, middling and large mails from many goroutines until it is killed.
func crashChild(dir string) {
	q, err := Open(dir, Options{MinFree: -1})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var mu sync.Mutex
	out := bufio.NewWriter(os.Stdout)
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				size := []int{4 << 10, 60 << 10, 200 << 10}[i%3] // one of each place
				r, err := q.Put(context.Background(), plainEntry(fmt.Sprintf("%d-%d@one.test", worker, i), size))
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Fprintln(out, r.ID, size)
				out.Flush()
				mu.Unlock()
			}
		})
		wg.Go(func() {
			for {
				b, err := q.Lease(context.Background(), queue.LeaseRequest{Courier: "out", Worker: "w", Max: 1, Duration: time.Hour})
				if err != nil {
					os.Exit(1)
				}
				for _, g := range b.Groups {
					q.Report(context.Background(), g, []mail.Outcome{{Verdict: mail.Retry}})
				}
			}
		})
	}
	wg.Wait()
}

func plainEntry(to string, size int) queue.Entry {
	return queue.Entry{
		Mail: mail.Mail{Envelope: mail.Envelope{From: "a@here.test", Recipients: []mail.Recipient{{Address: to}}}},
		Body: strings.NewReader(text(size)),
		Legs: []queue.Leg{{Courier: "out", Destination: "one.test"}},
	}
}

// text is a body of that size.
func text(size int) string {
	const line = "0123456789abcdef\r\n"
	return strings.Repeat(line, size/len(line)+1)[:size]
}

// Everything that Put has answered for is there after a kill, and nothing else lies about.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds; not with -short")
	}
	dir := t.TempDir()
	acknowledged := map[string]int64{}
	for round := range 4 {
		for id, size := range killDuringPuts(t, dir, 40*(round+1)) {
			acknowledged[id] = size
		}
		plantOrphan(t, dir, round)
		checkAfterCrash(t, dir, acknowledged)
	}
	t.Logf("%d mails acknowledged in 4 rounds, none lost", len(acknowledged))
}

// killDuringPuts runs the child until it has put so many mails, kills it, and returns what it had acknowledged.
func killDuringPuts(t *testing.T, dir string, after int) map[string]int64 {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDirEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // a line without its end was not acknowledged
			break
		}
		if len(got) == after {
			cmd.Process.Kill()
		}
		var id string
		var size int64
		if _, err := fmt.Sscan(line, &id, &size); err != nil {
			t.Fatalf("child said %q", line)
		}
		got[id] = size
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return got
}

// plantOrphan leaves files behind as a crash between a body and its row does.
func plantOrphan(t *testing.T, dir string, n int) {
	folder := filepath.Join(dir, bodiesName, fmt.Sprintf("aaaaa%d", n))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fmt.Sprintf("aaaaa%d00000000000000", n), "not an id"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func checkAfterCrash(t *testing.T, dir string, acknowledged map[string]int64) {
	q, err := Open(dir, Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	for id, size := range acknowledged {
		rec, err := q.Show(t.Context(), mail.ID(id))
		if err != nil {
			t.Fatalf("acknowledged, and lost: %v", err)
		}
		if s := rec.Recipients[0].State; s != queue.Waiting && s != queue.Unknown {
			t.Errorf("%s is %v", id, s)
		}
		r, err := q.Open(t.Context(), mail.ID(id))
		if err != nil {
			t.Fatalf("acknowledged, but: %v", err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || string(got) != text(int(size)) {
			t.Fatalf("%s: body of %d bytes has %d, %v", id, size, len(got), err)
		}
	}
	for n, g := range q.bodies.segments.all {
		if rows, err := q.shelved(t.Context(), n, 1); err != nil || len(rows) == 0 {
			t.Errorf("segment %d of %d bytes holds nobody's body, %v", n, g.size, err)
		}
	}
	for _, path := range bodyFiles(t, dir) {
		id := filepath.Base(path)
		if keep, err := q.hasFile(t.Context(), id); err != nil || !keep {
			t.Errorf("%s belongs to no mail, %v", path, err)
		}
	}
}

func bodyFiles(t *testing.T, dir string) []string {
	files, err := filepath.Glob(filepath.Join(dir, bodiesName, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}
