package fasttransfer

import (
	"iter"
	"slices"
)

// MaxCounter is the largest GLOBCNT: it has 48 bits. [MS-OXCFXICS] 2.2.2.5
const MaxCounter = 1<<48 - 1

// A Range is all counters from Low to High, both included.
type Range struct{ Low, High uint64 }

// A GlobSet is a set of counters: ranges in ascending order that neither
// overlap nor touch. [MS-OXCFXICS] 2.2.2.6
type GlobSet []Range

// Contains tells whether a counter is in the set.
func (s GlobSet) Contains(n uint64) bool {
	_, found := slices.BinarySearchFunc(s, n, func(r Range, n uint64) int {
		switch {
		case r.High < n:
			return -1
		case r.Low > n:
			return 1
		}
		return 0
	})
	return found
}

// Len is how many counters are in the set.
func (s GlobSet) Len() uint64 {
	var n uint64
	for _, r := range s {
		n += r.High - r.Low + 1
	}
	return n
}

// All gives the counters in ascending order. A server may say that there are
// 2^48 of them.
func (s GlobSet) All() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for _, r := range s {
			for n := r.Low; n <= r.High; n++ {
				if !yield(n) {
					return
				}
			}
		}
	}
}

// Add puts all counters from low to high into the set.
func (s *GlobSet) Add(low, high uint64) {
	// The first range that touches the new one, and the first behind it.
	from, _ := slices.BinarySearchFunc(*s, low, func(r Range, n uint64) int {
		if r.High+1 < n {
			return -1
		}
		return 1
	})
	to := from
	for to < len(*s) && (*s)[to].Low <= high+1 {
		low, high = min(low, (*s)[to].Low), max(high, (*s)[to].High)
		to++
	}
	*s = slices.Replace(*s, from, to, Range{low, high})
}

// Remove takes a counter out of the set.
func (s *GlobSet) Remove(n uint64) {
	for i, r := range *s {
		if n < r.Low || n > r.High {
			continue
		}
		var rest []Range
		if r.Low < n {
			rest = append(rest, Range{r.Low, n - 1})
		}
		if n < r.High {
			rest = append(rest, Range{n + 1, r.High})
		}
		*s = slices.Replace(*s, i, i+1, rest...)
		return
	}
}

// normalise makes a set of ranges in any order.
func normalise(ranges []Range) GlobSet {
	slices.SortFunc(ranges, func(a, b Range) int {
		if a.Low < b.Low {
			return -1
		}
		if a.Low > b.Low {
			return 1
		}
		return 0
	})
	out := ranges[:0]
	for _, r := range ranges {
		if n := len(out); n > 0 && r.Low <= out[n-1].High+1 {
			out[n-1].High = max(out[n-1].High, r.High)
			continue
		}
		out = append(out, r)
	}
	return out
}
