package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// What a command says to Exchange is written down, without what nobody else may read.
func TestTraceFlag(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace")
	ls := runLine(t, "", append([]string{"mailbox", "ls", "inbox", "--trace", file}, annasMailbox(t)...)...)
	if ls.code != cli.Fine {
		t.Fatalf("code %d: %s", ls.code, ls.err)
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Connect", "RopLogon", "RopQueryRows", "PidTagSubject"} {
		if !strings.Contains(string(written), want) {
			t.Errorf("%q is not in the trace", want)
		}
	}
	if strings.Contains(string(written), "secret") || strings.Contains(string(written), "cannot be read") {
		t.Errorf("the trace:\n%s", written)
	}
}

func TestRopDecode(t *testing.T) {
	recorded := runLine(t, "", "rop", "decode", "../../mapiclient/testdata/recordings/gromox-3.10/address-book.txt")
	if recorded.code != cli.Fine || !strings.Contains(recorded.out, "ResolveNames") {
		t.Errorf("code %d: %s%s", recorded.code, recorded.out, recorded.err)
	}
	// RopRelease of the first object. [MS-OXCROPS] 2.2.15.3
	bare := runLine(t, "05 00 01 00 00 FF 00 00 00\n", "rop", "decode")
	if bare.code != cli.Fine || !strings.Contains(bare.out, "RopRelease") {
		t.Errorf("code %d: %s%s", bare.code, bare.out, bare.err)
	}
	if other := runLine(t, "hello", "rop", "decode"); other.code != cli.Failed || !strings.Contains(other.err, "neither a recording") {
		t.Errorf("code %d: %s%s", other.code, other.out, other.err)
	}
}
