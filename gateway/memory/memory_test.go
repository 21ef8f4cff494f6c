package memory

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestMemory(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := containerMemory(dir); got != math.MaxInt64 {
		t.Errorf("without a control group: %d", got)
	}
	write("memory.max", "max\n")
	write("memory.current", "100\n")
	if got := containerMemory(dir); got != math.MaxInt64 {
		t.Errorf("without a limit: %d", got)
	}
	write("memory.max", "1000\n")
	write("memory.stat", "anon 70\ninactive_file 30\nactive_file 5\n")
	if got := containerMemory(dir); got != 930 {
		t.Errorf("container: %d, want 930", got)
	}
	write("meminfo", "MemTotal:       24684 kB\nMemAvailable:    2048 kB\n")
	if got := machineMemory(filepath.Join(dir, "meminfo")); got != 2<<20 {
		t.Errorf("machine: %d, want 2 MiB", got)
	}
	if err := (&Floor{min: math.MaxInt64 - 1}).Check(); err == nil && machineMemory("/proc/meminfo") != math.MaxInt64 {
		t.Error("no memory has that floor")
	}
	if err := (&Floor{min: 1}).Check(); err != nil {
		t.Error(err)
	}
}
