package peers

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of times in /proc; the same on all of Linux.
const clockTick = time.Second / 100

// A Usage is what processes have used so far.
type Usage struct {
	CPU time.Duration
	RSS int64 // bytes, now
}

// Used adds up what processes use, those that have ended and were waited for among them.
func Used(pids []int) Usage {
	var u Usage
	for _, pid := range pids {
		fields, err := stat(pid)
		if err != nil {
			continue // ended
		}
		for _, at := range []int{11, 12, 13, 14} { // utime stime cutime cstime
			ticks, _ := strconv.ParseInt(fields[at], 10, 64)
			u.CPU += time.Duration(ticks) * clockTick
		}
		pages, _ := strconv.ParseInt(fields[21], 10, 64)
		u.RSS += pages * int64(os.Getpagesize())
	}
	return u
}

// stat reads /proc/pid/stat from the state on, which is field 3 of proc(5).
func stat(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	line := string(text)
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) < 22 {
		return nil, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	return fields, nil
}

// descendants finds a process and all below it.
func descendants(root int) ([]int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, file := range files {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		fields, err := stat(pid)
		if err != nil {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], pid)
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}
