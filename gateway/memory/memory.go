// Package memory knows how much memory the machine, or the container, has left.
package memory

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Floor is how much memory the machine must have left for mail to be taken in.
type Floor struct {
	min int64

	mu   sync.Mutex
	at   time.Time
	last int64
}

// NewFloor makes a floor of so many bytes; 0 is none.
func NewFloor(min int64) *Floor { return &Floor{min: min} }

// age is for how long a look is good.
const age = time.Second

// Check fails when the floor is reached. What cannot be known is enough.
func (m *Floor) Check() error {
	if m == nil || m.min <= 0 {
		return nil
	}
	if left := m.left(); left < m.min {
		return fmt.Errorf("%d MiB of memory left, the floor is %d MiB (queue.min_memory)", left>>20, m.min>>20)
	}
	return nil
}

func (m *Floor) left() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.at) > age {
		m.at, m.last = now, min(machineMemory("/proc/meminfo"), containerMemory("/sys/fs/cgroup"))
	}
	return m.last
}

// machineMemory is what Linux says could be had without swapping: proc_meminfo(5).
func machineMemory(path string) int64 {
	f, err := os.Open(path)
	if err != nil {
		return math.MaxInt64
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			if kB, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64); err == nil {
				return kB << 10
			}
		}
	}
	return math.MaxInt64
}

// containerMemory is what the control group of this process has left, in which a container sees itself as the root. What files take in
// memory can be given back.
func containerMemory(dir string) int64 {
	most, ok := number(dir + "/memory.max")
	used, ok2 := number(dir + "/memory.current")
	if !ok || !ok2 { // no limit, or no control group
		return math.MaxInt64
	}
	text, _ := os.ReadFile(dir + "/memory.stat") // without it nothing can be given back
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "inactive_file "); found {
			if n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64); err == nil {
				used -= n
			}
		}
	}
	return most - used
}

func number(path string) (int64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}
