package mapiclient

import (
	"fmt"
	"testing"
)

// Whatever servers count from, depths begin at 1 and grow by one.
func TestDepths(t *testing.T) {
	for name, c := range map[string]struct{ told, want []int }{
		"from 1":                       {[]int{1, 2, 2, 3, 1}, []int{1, 2, 2, 3, 1}},
		"from 0":                       {[]int{0, 1, 1, 2, 0}, []int{1, 2, 2, 3, 1}},
		"from the mailbox's root":      {[]int{3, 4, 4, 5, 3}, []int{1, 2, 2, 3, 1}},
		"a level left out":             {[]int{1, 3, 4, 2}, []int{1, 2, 3, 2}},
		"nonsense":                     {[]int{1, -5, 1 << 30, 0}, []int{1, 1, 2, 1}},
		"a server without PidTagDepth": {[]int{0, 0, 0}, []int{1, 1, 1}},
		"nothing":                      {nil, nil},
	} {
		var list []Folder
		for _, d := range c.told {
			list = append(list, Folder{Depth: d})
		}
		countDepths(list)
		var got []int
		for _, f := range list {
			got = append(got, f.Depth)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
