package main

import (
	"slices"
	"testing"
)

func TestDifferences(t *testing.T) {
	lost, doubled := differences([]string{"a", "b", "c"}, []string{"a", "x", "c", "c", "c"})
	if !slices.Equal(lost, []string{"b"}) || !slices.Equal(doubled, []string{"c"}) {
		t.Errorf("lost %v, doubled %v; want b and c", lost, doubled)
	}
}
