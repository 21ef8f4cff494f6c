package parts

import (
	"context"
	"slices"
	"testing"
)

// What two sets say the same of is made once, and closed behind what stands on it when the last of them lets go.
func TestSetsShareParts(t *testing.T) {
	var told []string
	ask := func(s *Set, name, of string, on ...string) {
		t.Helper()
		thing, err := Made(s, name, []any{of}, on, func(p *Part) (string, error) {
			told = append(told, "make "+name+" "+of)
			p.AtEnd(name, func(context.Context) error { told = append(told, "close "+name+" "+of); return nil })
			return of, nil
		})
		if err != nil || thing != of {
			t.Errorf("%s is %q, %v; want %q", name, thing, err, of)
		}
	}
	var k Keeper
	first := k.NewSet(nil)
	ask(first, "ground", "a")
	ask(first, "house", "a", "ground")
	ask(first, "tree", "a")
	first.Seal()
	second := k.NewSet(first)
	ask(second, "ground", "b")
	ask(second, "house", "a", "ground") // the same, but on other ground
	ask(second, "tree", "a")
	second.Seal()
	if err := first.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if err := second.Release(t.Context()); err != nil {
		t.Error(err)
	}
	want := []string{
		"make ground a", "make house a", "make tree a", "make ground b", "make house a",
		"close house a", "close ground a", "close tree a", "close house a", "close ground b",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// Going down, a stage is begun when all tasks of the one before have ended.
func TestStagesGoDownInOrder(t *testing.T) {
	r := NewRunner(t.Context(), func(err error) { t.Error(err) })
	var ended []Stage // the stages wait for each other, so that nobody writes at once
	p := New("all")
	for _, s := range []Stage{Keeping, Sources, Couriers} {
		p.Task(Task{Name: "task", Stage: s, Run: func(ctx context.Context) error {
			<-ctx.Done()
			ended = append(ended, s)
			return nil
		}})
	}
	r.Start(p, nil)
	r.Stop()
	<-p.Ended()
	if want := []Stage{Sources, Couriers, Keeping}; !slices.Equal(ended, want) {
		t.Errorf("ended %v, want %v", ended, want)
	}
}
