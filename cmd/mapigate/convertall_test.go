//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// What one conversion may cost: processor time, and memory of the whole process.
const (
	maxConvertCPU    = time.Second
	maxConvertMemory = 256 << 20
)

// A ran is what a process did.
type ran struct {
	code     int
	out, err string
	cpu      time.Duration
	memory   int64
}

func (r ran) same(o ran) bool { return r.code == o.code && r.out == o.out && r.err == o.err }

// convertProcess runs `mapigate convert` in a process of its own.
func convertProcess(t *testing.T, binary, stdin, to string, file ...string) ran {
	cmd := exec.Command(binary, append([]string{"convert", "--to", to}, file...)...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Error(err) // not Fatal: this is not the test's own goroutine
		return ran{code: -1}
	}
	p := cmd.ProcessState
	unit := int64(1024) // of Maxrss, but on Darwin
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return ran{p.ExitCode(), out.String(), errs.String(), p.UserTime() + p.SystemTime(), p.SysUsage().(*syscall.Rusage).Maxrss * unit}
}

// A kindCount counts what became of the files of one kind.
type kindCount struct {
	sync.Mutex
	files, both, refused, losses int
	cpu                          time.Duration
	memory                       int64
	slowest, largest             string
}

func (c *kindCount) note(name string, r ran) {
	c.Lock()
	defer c.Unlock()
	if r.cpu > c.cpu {
		c.cpu, c.slowest = r.cpu, name
	}
	if r.memory > c.memory {
		c.memory, c.largest = r.memory, name
	}
}

// isForeignJSON tells whether a file is JSON, which no file of the corpus that
// is a message is: the expected results of other programs are.
func isForeignJSON(t *testing.T, file string) bool {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF")), " \t\r\n")
	return bytes.HasPrefix(text, []byte("{")) && !bytes.HasPrefix(text, []byte(`{\`))
}

// file converts a file to each format and back, twice.
func (c *kindCount) file(t *testing.T, binary, file string) {
	name := filepath.Base(file)
	convert := func(what, stdin, to string, args ...string) ran {
		one, two := convertProcess(t, binary, stdin, to, args...), convertProcess(t, binary, stdin, to, args...)
		if !one.same(two) {
			t.Errorf("%s, %s: a second run gives something else", name, what)
		}
		if one.cpu > maxConvertCPU && two.cpu > maxConvertCPU || one.memory > maxConvertMemory {
			t.Errorf("%s, %s: %v of processor time, %d MiB", name, what, one.cpu, one.memory>>20)
		}
		c.note(name, one)
		return one
	}
	props := convert("to mapi", "", "mapi", file)
	if isForeignJSON(t, file) {
		if props.code != cli.Failed || props.out != "" || !strings.Contains(props.err, name) {
			t.Errorf("%s is JSON but no message: code %d, %d bytes out, %q", name, props.code, len(props.out), props.err)
		}
		c.Lock()
		c.refused++
		c.Unlock()
		return
	}
	mime := convert("mapi to mime", props.out, "mime")
	direct := convert("to mime", "", "mime", file)
	tnef := convert("mapi to tnef", props.out, "tnef")
	steps := []ran{props, mime, direct, tnef, convert("mime to mapi", mime.out, "mapi"), convert("tnef to mapi", tnef.out, "mapi")}
	for i, r := range steps {
		if r.code != cli.Fine || r.out == "" {
			t.Errorf("%s, step %d: code %d, %d bytes out, %s", name, i+1, r.code, len(r.out), r.err)
			return
		}
	}
	if direct.out != mime.out {
		t.Errorf("%s: MIME in one step and MIME by way of MAPI differ", name)
		return
	}
	c.Lock()
	c.both++
	c.losses += strings.Count(direct.err, "mapigate: lost: ")
	c.Unlock()
}

// TestConvertAll converts the files of the corpus as a shell does: to MAPI, on
// to MIME and to TNEF, from both back to MAPI, and to MIME at once; everything
// twice. Every 40th file of each kind, every one with MAPIGATE_CONVERT_ALL set.
func TestConvertAll(t *testing.T) {
	every := 40
	if os.Getenv("MAPIGATE_CONVERT_ALL") != "" {
		every = 1
	}
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(root, "corpus")); err != nil {
		t.Skipf("test material is missing (set MAPIGATE_SHARED): %v", err)
	}
	binary := buildBinary(t)
	for _, kind := range []string{"mime", "reports", "smime", "tnef", "rtf", "ical", "vcard", "msg"} {
		entries, err := os.ReadDir(filepath.Join(root, "corpus", kind))
		if err != nil {
			t.Fatal(err)
		}
		var c kindCount
		var wait sync.WaitGroup
		work := make(chan string)
		for range runtime.NumCPU() {
			wait.Go(func() {
				for file := range work {
					c.file(t, binary, file)
				}
			})
		}
		for i := 0; i < len(entries); i += every {
			c.files++
			work <- filepath.Join(root, "corpus", kind, entries[i].Name())
		}
		close(work)
		wait.Wait()
		fmt.Printf("convert, %s: %d files, %d both ways and by TNEF, the same twice; %d refused: JSON of other programs; %d losses listed; at most %d ms of processor time (%s) and %d MiB (%s)\n",
			kind, c.files, c.both, c.refused, c.losses, c.cpu.Milliseconds(), c.slowest, c.memory>>20, c.largest)
		if c.both+c.refused != c.files {
			t.Errorf("%s: %d of %d files did not go both ways", kind, c.files-c.both-c.refused, c.files)
		}
	}
}
